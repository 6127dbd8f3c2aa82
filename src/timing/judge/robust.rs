//! Median and spread that a few wild values cannot move.
//!
//! The spread is the median absolute deviation from the median, scaled by 1.4826 so that it
//! estimates the standard deviation of normal data, and corrected for small samples by the factors
//! of C. Croux and P. J. Rousseeuw, *Time-efficient algorithms for two highly robust estimators of
//! scale*, Computational Statistics 1 (1992), 411–428. Half of the values may be anything before
//! either number breaks down; a mean and a standard deviation fall to one.

/// `1 / Φ⁻¹(3/4)`.
const NORMAL: f64 = 1.4826;

/// Corrections for 2 to 9 values; beyond, `n / (n - 0.8)`.
const SMALL: [f64; 8] = [1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107];

/// The middle value, or the mean of the two in the middle; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The median of whole milliseconds, rounded; `None` of nothing.
pub(super) fn median_ms(values: &[u64]) -> Option<u64> {
    let values: Vec<f64> = values.iter().map(|&ms| ms as f64).collect();
    median(&values).map(|median| median.round() as u64)
}

/// How far each value lies from `centre`, the farthest first.
pub(super) fn distances(values: &[f64], centre: f64) -> Vec<f64> {
    let mut distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    distances.sort_by(|a, b| b.total_cmp(a));
    distances
}

/// A robust standard deviation; `None` of fewer than two values.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let deviation = median(&distances(values, median(values)?))?;
    let correction = SMALL.get(n - 2).copied().unwrap_or_else(|| n as f64 / (n as f64 - 0.8));
    Some(correction * NORMAL * deviation)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Noise;
    use super::*;

    #[test]
    fn the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median_ms(&[1, 2]), Some(2));
    }

    #[test]
    fn one_wild_value_of_five_moves_nothing() {
        let calm = spread(&[10.0, 10.1, 9.9, 10.2, 9.8]).unwrap();
        let wild = spread(&[10.0, 10.1, 9.9, 10.2, 1000.0]).unwrap();
        assert!((calm - 1.206 * 1.4826 * 0.1).abs() < 1e-9, "{calm}");
        assert!(wild < 2.0 * calm, "{wild}");
    }

    /// What the corrections are for: on average the spread of normal data is its deviation.
    #[test]
    fn the_spread_of_few_normal_values_is_right_on_average() {
        let mut noise = Noise::seeded(7);
        for n in [2, 3, 4, 5, 7, 9, 10, 20] {
            let rounds = 4000;
            let sum: f64 = (0..rounds)
                .map(|_| spread(&(0..n).map(|_| noise.normal()).collect::<Vec<_>>()).unwrap())
                .sum();
            let mean = sum / f64::from(rounds);
            assert!((mean - 1.0).abs() < 0.06, "{n} values: {mean}");
        }
    }
}
