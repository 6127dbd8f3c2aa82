//! Which of several builders a profile goes to: always the same one, where its cache is.
//!
//! Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998): every
//! builder has a weight for the profile, and the heaviest that answers takes it. A builder that comes or goes
//! moves only the profiles that it takes or had.

/// The builders in the order in which they are to be tried for `profile`.
pub fn order<'a, T>(profile: &str, builders: &'a [T], name: impl Fn(&T) -> &str) -> Vec<&'a T> {
    let weight = |builder: &T| hash::sha256(format!("{profile}\0{}", name(builder)));
    let mut weighed: Vec<(String, &T)> = builders.iter().map(|one| (weight(one), one)).collect();
    weighed.sort_by(|(one, _), (other, _)| other.cmp(one));
    weighed.into_iter().map(|(_, builder)| builder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(profile: &str, builders: &[String]) -> String {
        order(profile, builders, |name| name.as_str())[0].clone()
    }

    #[test]
    fn a_builder_more_takes_profiles_and_moves_no_other() {
        let farm = |count: usize| (0..count).map(|n| format!("farm-{n}")).collect::<Vec<_>>();
        let profiles: Vec<String> = (0..400).map(|n| format!("profile-{n}")).collect();
        let (three, four) = (farm(3), farm(4));
        let mut moved = 0;
        let mut counts = [0; 3];
        for profile in &profiles {
            let before = first(profile, &three);
            counts[three.iter().position(|name| *name == before).unwrap()] += 1;
            let after = first(profile, &four);
            assert!(after == before || after == "farm-3", "{profile}: {before} {after}");
            moved += usize::from(after != before);
        }
        // A quarter each of four, a third of three; the hash is fixed, and so are the numbers.
        assert!((60..140).contains(&moved), "{moved}");
        assert!(counts.iter().all(|count| (90..180).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_order_does_not_depend_on_how_they_are_written() {
        let mut names = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let one: Vec<String> = order("cpu", &names, |name| name).into_iter().cloned().collect();
        names.reverse();
        let other: Vec<String> = order("cpu", &names, |name| name).into_iter().cloned().collect();
        assert_eq!(one, other);
        assert_eq!(one.len(), 3);
    }
}
