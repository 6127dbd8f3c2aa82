//! Versions and ranges as npm reads them: a prerelease is in a range only where the range names a
//! prerelease of the same three numbers. Rules: <https://github.com/npm/node-semver#ranges>.

pub use nodejs_semver::{Range, Version};

#[cfg(test)]
mod tests {
    use super::*;

    /// What npm's own `semver` 7 answers, version by version: `y` in the range, `n` not.
    const TABLE: &str = include_str!("../../../tests/inputs/npm/ranges.tsv");

    #[test]
    fn ranges_mean_what_they_mean_to_npm() {
        let mut lines = TABLE.lines();
        let versions: Vec<Version> = lines
            .next()
            .unwrap()
            .split('\t')
            .skip(1)
            .map(|text| Version::parse(text).unwrap())
            .collect();
        for line in lines {
            let (range, answers) = line.split_once('\t').unwrap();
            let parsed = Range::parse(range).unwrap();
            for (version, answer) in versions.iter().zip(answers.split('\t')) {
                assert_eq!(version.satisfies(&parsed), answer == "y", "{version} in `{range}`");
            }
        }
    }

    #[test]
    fn order() {
        let mut versions: Vec<Version> =
            ["2.0.0", "2.0.0-alpha.113", "10.0.0", "2.0.0-alpha.88", "2.0.0-beta"]
                .map(|text| Version::parse(text).unwrap())
                .to_vec();
        versions.sort();
        let sorted: Vec<String> = versions.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["2.0.0-alpha.88", "2.0.0-alpha.113", "2.0.0-beta", "2.0.0", "10.0.0"]);
    }

    #[test]
    fn what_is_no_range() {
        for bad in ["foo", "latest", "1.2.3.4", "^1.2.3.4"] {
            assert!(Range::parse(bad).is_err(), "{bad}");
        }
    }
}
