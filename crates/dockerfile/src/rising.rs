//! What stays in its order where things changed places.

/// A longest run of values that rise, as flags; `None` is in no run (Fredman, "On computing the
/// length of longest increasing subsequences", 1975).
pub(crate) fn longest_rising<T: Ord>(values: &[Option<T>]) -> Vec<bool> {
    // `tails[k]` is where a run of length k + 1 can end with the lowest value.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; values.len()];
    for (at, value) in values.iter().enumerate().filter(|(_, value)| value.is_some()) {
        let length = tails.partition_point(|&tail| values[tail] < *value);
        before[at] = length.checked_sub(1).map(|shorter| tails[shorter]);
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut stays = vec![false; values.len()];
    let mut at = tails.last().copied();
    while let Some(index) = at {
        stays[index] = true;
        at = before[index];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longest_run_stays() {
        for (values, stays) in [
            (&[][..], ""),
            (&[Some(0), Some(1), Some(2)], "xxx"),
            (&[Some(0), Some(2), Some(3), Some(1)], "xxx."),
            (&[Some(3), None, Some(1), Some(2)], "..xx"),
            (&[Some(1), Some(1)], ".x"),
            (&[None], "."),
        ] {
            let flags: String =
                longest_rising(values).iter().map(|stays| if *stays { 'x' } else { '.' }).collect();
            assert_eq!(flags, stays, "{values:?}");
        }
    }
}
