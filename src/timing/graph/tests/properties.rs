//! What holds for every record, on generated ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::testing::{build, phase, span, step, work};
use super::super::{Graph, breakdown};
use crate::timing::WorkKind;
use crate::timing::record::{PhaseKind, Record};

/// Steps that begin when the last one that they need has ended, as in the model.
#[derive(Debug, Clone)]
struct Schedule {
    /// For each step: which earlier ones it needs, and how long it takes.
    steps: Vec<(Vec<usize>, u64)>,
}

fn id(index: usize) -> String {
    format!("{}.{index}", ["a", "b", "c"][index % 3])
}

impl Schedule {
    fn record(&self) -> Record {
        let mut ends: Vec<u64> = Vec::new();
        let mut steps = Vec::new();
        for (index, (needs, duration)) in self.steps.iter().enumerate() {
            let start = needs.iter().map(|&need| ends[need]).max().unwrap_or(0);
            ends.push(start + duration);
            let needs: Vec<String> = needs.iter().map(|&need| id(need)).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            steps.push(step(&id(index), &needs, &[(start, start + duration)]));
        }
        build(steps)
    }
}

prop_compose! {
    fn schedules()(
        raw in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1u64..500), 1..24),
    ) -> Schedule {
        let step = |(index, (needs, duration)): (usize, (Vec<prop::sample::Index>, u64))| {
            let needs = needs.into_iter().filter(|_| index > 0);
            let mut needs: Vec<usize> = needs.map(|need| need.index(index)).collect();
            needs.sort_unstable();
            needs.dedup();
            (needs, duration)
        };
        Schedule { steps: raw.into_iter().enumerate().map(step).collect() }
    }
}

prop_compose! {
    /// Anything at all: spans out of order, beyond the wall, needs of nobody and in rings.
    fn wild()(
        wall_ms in 0u64..1000,
        steps in prop::collection::vec(
            (prop::collection::vec(0usize..12, 0..4), prop::collection::vec((0u64..1200, 0u64..1200), 0..4)),
            0..12,
        ),
        works in prop::collection::vec((0usize..3, 0u64..1200, 0u64..1200), 0..6),
        phases in prop::collection::vec((0usize..4, 0u64..1200, 0u64..1200), 0..5),
    ) -> Record {
        let kinds = [WorkKind::Base, WorkKind::Export, WorkKind::Internal];
        let clients = [PhaseKind::Pack, PhaseKind::Upload, PhaseKind::Solve, PhaseKind::Promote];
        let steps = steps.into_iter().enumerate().map(|(index, (needs, spans))| {
            let needs: Vec<String> = needs.into_iter().map(id).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            step(&id(index), &needs, &spans)
        });
        Record {
            wall_ms,
            works: works.into_iter().map(|(kind, start, end)| work(kinds[kind], "x", start, end)).collect(),
            phases: phases.into_iter().map(|(kind, start, end)| phase(clients[kind], start, end)).collect(),
            ..build(steps.collect())
        }
    }
}

proptest! {
    #![proptest_config(test_support::properties(256))]

    #[test]
    fn the_parts_add_up_to_the_wall(record in wild()) {
        prop_assert_eq!(breakdown(&record).parts.total_ms(), record.wall_ms);
    }

    #[test]
    fn the_critical_path_goes_forward_within_the_wall(record in wild()) {
        let critical = breakdown(&record).critical;
        let mut now = 0;
        for link in &critical {
            prop_assert!(now <= link.span.start_ms && link.span.start_ms <= link.span.end_ms);
            now = link.span.end_ms;
        }
        prop_assert!(now <= record.wall_ms);
        let length: u64 = critical.iter().map(|link| link.span.length_ms()).sum();
        prop_assert!(length <= record.wall_ms);
    }

    #[test]
    fn as_measured_is_as_measured(record in wild()) {
        prop_assert_eq!(Graph::of(&record).replay(|_| None), record.wall_ms);
    }

    #[test]
    fn the_model_is_exact_on_a_schedule_of_its_own_kind(schedule in schedules()) {
        let record = schedule.record();
        let breakdown = breakdown(&record);
        prop_assert_eq!(breakdown.modelled_ms, record.wall_ms);
        prop_assert_eq!(breakdown.model_error, 0.0);
        // The path has no holes, and is connected by what the steps need.
        let length: u64 = breakdown.critical.iter().map(|link| link.span.length_ms()).sum();
        prop_assert_eq!(length, record.wall_ms);
        prop_assert_eq!(breakdown.critical[0].span.start_ms, 0);
        for pair in breakdown.critical.windows(2) {
            let (before, after) = (pair[0].step.as_ref().unwrap(), pair[1].step.as_ref().unwrap());
            prop_assert!(record.step(after).unwrap().inputs.needs.contains(before));
        }
    }

    #[test]
    fn a_replay_foretells_the_same_schedule_with_other_times(
        schedule in schedules(),
        others in prop::collection::vec(1u64..500, 24),
    ) {
        let mut other = schedule.clone();
        for ((_, duration), new) in other.steps.iter_mut().zip(&others) {
            *duration = *new;
        }
        let durations: BTreeMap<String, u64> =
            other.steps.iter().enumerate().map(|(index, (_, ms))| (id(index), *ms)).collect();
        let record = schedule.record();
        let foretold = Graph::of(&record).replay(|step| durations.get(step).copied());
        prop_assert_eq!(foretold, other.record().wall_ms);
    }

    #[test]
    fn a_longer_step_makes_no_build_shorter(
        record in wild(),
        which in 0usize..12,
        short in 0u64..2000,
        more in 0u64..2000,
    ) {
        let graph = Graph::of(&record);
        let step = id(which);
        let with = |ms: u64| graph.replay(|id| (id == step).then_some(ms));
        prop_assert!(with(short) <= with(short + more));
    }

    #[test]
    fn what_is_saved_was_spent(record in wild()) {
        for what_if in breakdown(&record).what_if {
            prop_assert!(what_if.saved_ms <= record.wall_ms);
        }
    }

    #[test]
    fn spans_of_no_length_are_links_too(at in 0u64..50) {
        let record = build(vec![step("a.1", &[], &[(at, at)]), step("a.2", &["a.1"], &[(at, at)])]);
        let critical = breakdown(&record).critical;
        prop_assert_eq!(critical.len(), 2);
        prop_assert_eq!(critical[1].span, span(at, at));
    }
}
