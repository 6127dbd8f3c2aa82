//! Which step of an earlier plan a step of this plan is.
//!
//! A step with the same id is the same step. An edited instruction has another id: of what is left
//! over, the steps between the same neighbours belong together, the most similar first:
//!
//! ```text
//! earlier   a   b   c   d            a, d keep their ids: they are the neighbours
//!           │   :   :   │
//! now       a   x   y   z   d        x, y, z against b, c: x is most like b, y like c; z is new
//! ```
//!
//! What is left after that and reads the same in another stage was moved there.

use std::collections::{BTreeMap, HashMap};

/// What of a step tells which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StepKey<'a> {
    pub id: &'a str,
    pub stage: &'a str,
    pub label: &'a str,
}

/// Which belongs to which.
#[derive(Debug, Default)]
pub(super) struct Matching {
    /// For each step now, the earlier one.
    pub partner: Vec<Option<usize>>,
    /// The steps that are not known by their ids, by the neighbours that they stand between: those
    /// now stand for the earlier ones, with a partner or without.
    pub gaps: Vec<Gap>,
}

/// The steps without their like between two neighbours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gap {
    pub now: Vec<usize>,
    pub earlier: Vec<usize>,
}

impl Matching {
    /// The gap that a step now stands in.
    pub fn gap_of(&self, mine: usize) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.now.contains(&mine))
    }

    /// Whether steps were merged, split, added or taken away in a gap: more than edits.
    pub fn is_shared(&self, gap: &Gap) -> bool {
        gap.now.iter().any(|&mine| self.partner[mine].is_none())
            || gap.earlier.iter().any(|theirs| !self.partner.contains(&Some(*theirs)))
    }
}

/// Matches the steps of two plans, both in the order of their Dockerfiles.
pub(super) fn match_steps(now: &[StepKey<'_>], earlier: &[StepKey<'_>]) -> Matching {
    let by_id: HashMap<&str, usize> =
        earlier.iter().enumerate().map(|(index, step)| (step.id, index)).collect();
    let mut partner: Vec<Option<usize>> =
        now.iter().map(|step| by_id.get(step.id).copied()).collect();
    let mut taken = vec![false; earlier.len()];
    for &index in partner.iter().flatten() {
        taken[index] = true;
    }
    if partner.iter().all(Option::is_some) {
        return Matching { partner, gaps: Vec::new() };
    }
    let gaps = gaps(now, earlier, &partner);
    for gap in gaps.values() {
        pair_most_similar(gap, now, earlier, &mut partner, &mut taken);
    }
    pair_moved(now, earlier, &mut partner, &mut taken);
    Matching { partner, gaps: gaps.into_values().collect() }
}

/// The gaps by stage and by the neighbour above, counted along the common steps.
fn gaps<'a>(
    now: &[StepKey<'a>],
    earlier: &[StepKey<'a>],
    partner: &[Option<usize>],
) -> BTreeMap<(&'a str, usize), Gap> {
    let common = longest_rising(partner);
    let mut gaps: BTreeMap<(&str, usize), Gap> = BTreeMap::new();
    let kept: Vec<bool> = {
        let mut kept = vec![false; earlier.len()];
        partner.iter().flatten().for_each(|&index| kept[index] = true);
        kept
    };
    for (index, step) in now.iter().enumerate().filter(|(index, _)| partner[*index].is_none()) {
        let above = common.partition_point(|&(mine, _)| mine < index);
        gaps.entry((step.stage, above)).or_default().now.push(index);
    }
    for (index, step) in earlier.iter().enumerate().filter(|(index, _)| !kept[*index]) {
        let above = common.partition_point(|&(_, theirs)| theirs < index);
        gaps.entry((step.stage, above)).or_default().earlier.push(index);
    }
    gaps
}

/// The longest run of pairs that keep their order in both plans: the longest common subsequence,
/// which for pairs that are known is the longest rising one.
fn longest_rising(partner: &[Option<usize>]) -> Vec<(usize, usize)> {
    let pairs: Vec<(usize, usize)> =
        partner.iter().enumerate().filter_map(|(mine, theirs)| Some((mine, (*theirs)?))).collect();
    // `ends[k]` is the pair that a rising run of length k + 1 can end with at the lowest.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, &(_, theirs)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < theirs);
        before.push(length.checked_sub(1).map(|last| ends[last]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.push(pairs[index]);
        at = before[index];
    }
    run.reverse();
    run
}

fn pair_most_similar(
    gap: &Gap,
    now: &[StepKey<'_>],
    earlier: &[StepKey<'_>],
    partner: &mut [Option<usize>],
    taken: &mut [bool],
) {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for &mine in &gap.now {
        for &theirs in &gap.earlier {
            // A `COPY` is no edited `RUN`.
            if keyword(now[mine].label).eq_ignore_ascii_case(keyword(earlier[theirs].label)) {
                let alike = strsim::sorensen_dice(now[mine].label, earlier[theirs].label);
                pairs.push((alike, mine, theirs));
            }
        }
    }
    // The most similar first; of equals those that stand in the same order.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, mine, theirs) in pairs {
        if partner[mine].is_none() && !taken[theirs] {
            partner[mine] = Some(theirs);
            taken[theirs] = true;
        }
    }
}

fn pair_moved(
    now: &[StepKey<'_>],
    earlier: &[StepKey<'_>],
    partner: &mut [Option<usize>],
    taken: &mut [bool],
) {
    for (mine, step) in now.iter().enumerate() {
        if partner[mine].is_some() {
            continue;
        }
        let moved = (0..earlier.len()).find(|&theirs| {
            !taken[theirs] && !step.label.is_empty() && earlier[theirs].label == step.label
        });
        if let Some(theirs) = moved {
            partner[mine] = Some(theirs);
            taken[theirs] = true;
        }
    }
}

fn keyword(label: &str) -> &str {
    label.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `stage/id/label`.
    fn plan<'a>(steps: &[&'a str]) -> Vec<StepKey<'a>> {
        steps
            .iter()
            .map(|step| {
                let mut parts = step.splitn(3, '/');
                let mut part = || parts.next().unwrap();
                StepKey { stage: part(), id: part(), label: part() }
            })
            .collect()
    }

    fn matched(now: &[&str], earlier: &[&str]) -> Vec<Option<usize>> {
        match_steps(&plan(now), &plan(earlier)).partner
    }

    #[test]
    fn an_edited_step_keeps_its_place_between_its_neighbours() {
        assert_eq!(
            matched(
                &["s/a/RUN a", "s/x/RUN pip install -r new.txt", "s/d/RUN d"],
                &["s/a/RUN a", "s/b/RUN pip install -r old.txt", "s/d/RUN d"]
            ),
            [Some(0), Some(1), Some(2)]
        );
    }

    #[test]
    fn of_several_the_most_similar_belong_together_and_the_rest_is_new() {
        assert_eq!(
            matched(
                &[
                    "s/a/RUN a",
                    "s/z/RUN sleep 20",
                    "s/x/RUN npm ci --y",
                    "s/y/COPY n /m",
                    "s/d/RUN d"
                ],
                &["s/a/RUN a", "s/b/COPY m /m", "s/c/RUN npm ci", "s/d/RUN d"]
            ),
            [Some(0), None, Some(2), Some(1), Some(3)]
        );
    }

    #[test]
    fn an_inserted_step_does_not_take_what_belongs_to_another() {
        let found = match_steps(
            &plan(&["s/a/RUN a", "s/x/RUN sleep 20", "s/b/RUN b"]),
            &plan(&["s/a/RUN a", "s/b/RUN b"]),
        );
        assert_eq!(found.partner, [Some(0), None, Some(1)]);
        assert_eq!(found.gaps, [Gap { now: vec![1], earlier: vec![] }]);
    }

    #[test]
    fn stages_are_apart_unless_a_step_moved_as_it_is() {
        assert_eq!(matched(&["s/x/RUN one thing"], &["t/b/RUN one thang"]), [None]);
        assert_eq!(matched(&["s/x/RUN one"], &["t/b/RUN one"]), [Some(0)]);
    }

    #[test]
    fn a_split_step_knows_what_it_was_part_of() {
        let found = match_steps(
            &plan(&["s/x/RUN make a && make b", "s/y/RUN make c"]),
            &plan(&["s/b/RUN make a && make b && make c"]),
        );
        assert_eq!(found.partner, [Some(0), None]);
        assert_eq!(found.gaps, [Gap { now: vec![0, 1], earlier: vec![0] }]);
    }

    proptest! {
        #![proptest_config(test_support::properties(256))]

        #[test]
        fn no_two_steps_share_a_partner_and_equal_ids_find_each_other(
            now in prop::collection::vec("[ab]/[a-f]/(RUN|COPY) [a-c]{1,3}", 0..8),
            earlier in prop::collection::vec("[ab]/[a-f]/(RUN|COPY) [a-c]{1,3}", 0..8),
        ) {
            // Ids are unique within a plan.
            let unique = |steps: &[String]| -> Vec<String> {
                let mut seen = std::collections::BTreeSet::new();
                steps.iter().filter(|step| seen.insert(step.as_bytes()[2])).cloned().collect()
            };
            let (now, earlier) = (unique(&now), unique(&earlier));
            let now: Vec<&str> = now.iter().map(String::as_str).collect();
            let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
            let (now, earlier) = (plan(&now), plan(&earlier));
            let found = match_steps(&now, &earlier);
            let mut partners: Vec<usize> = found.partner.iter().flatten().copied().collect();
            partners.sort_unstable();
            let count = partners.len();
            partners.dedup();
            prop_assert_eq!(partners.len(), count);
            for (index, step) in now.iter().enumerate() {
                if let Some(same) = earlier.iter().position(|other| other.id == step.id) {
                    prop_assert_eq!(found.partner[index], Some(same));
                }
                prop_assert!(found.partner[index].is_some() || found.gap_of(index).is_some());
            }
        }
    }
}
