//! Every kind of finding that mad tells, by its name: `users/chown-r`, `mad/cache-miss`.

use super::{build, patches, users};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingRule {
    /// Its name in reports.
    pub id: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What it means and what to do.
    pub help: &'static str,
}

/// All of them, by their names.
pub fn rules() -> Vec<FindingRule> {
    let audit = users::audit::rules().into_iter();
    let all = audit.chain(patches::RULES).chain(build::RULES);
    let mut all: Vec<FindingRule> =
        all.map(|rule| FindingRule { id: rule.id, title: rule.title, help: rule.help }).collect();
    all.sort_by_key(|rule| rule.id);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_one_name() {
        let all = rules();
        assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id), "{all:?}");
        assert!(
            ["users/chown-r", "mad/cache-miss", "mad/patch-probe"]
                .iter()
                .all(|id| all.iter().any(|rule| rule.id == *id && !rule.help.is_empty()))
        );
    }
}
