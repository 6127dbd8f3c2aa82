//! A rule: what it is called, how grave it is, what helps, and how it is checked.

use super::facts::{Finding, Severity};
use super::{RuleContext, rules};

/// A rule of the audit.
pub struct Rule {
    /// For example `users/chown-r`.
    pub id: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// How grave a finding is.
    pub severity: Severity,
    /// Why it matters and what to do.
    pub help: &'static str,
    pub(super) check: fn(&RuleContext<'_>) -> Vec<RuleMatch>,
}

impl Rule {
    pub(super) fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let finding = |found: RuleMatch| self.finding(found);
        (self.check)(context).into_iter().map(finding).collect()
    }

    pub(super) fn finding(&self, found: RuleMatch) -> Finding {
        Finding {
            rule: self.id,
            severity: found.severity.unwrap_or(self.severity),
            line: found.line,
            end_line: found.end_line,
            message: crate::readable(&found.message).into_owned(),
            help: self.help,
        }
    }
}

/// What a rule found.
pub(super) struct RuleMatch {
    pub line: usize,
    pub end_line: usize,
    pub message: String,
    /// Where it is not the rule's own.
    pub severity: Option<Severity>,
}

impl RuleMatch {
    /// On one line.
    pub fn at(line: usize, message: String) -> Self {
        Self { line, end_line: line, message, severity: None }
    }

    /// Graver or lighter than the rule.
    pub fn with(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }
}

/// All rules, by id.
pub const ALL: [&Rule; 17] = [
    &rules::account_files::RULE,
    &rules::before_it_exists::RULE,
    &rules::chown_r::RULE,
    &rules::copy_owner::RULE,
    &rules::home_differs::RULE,
    &rules::linked_homes::RULE,
    &rules::max_switches::RULE,
    &rules::no_account::RULE,
    &rules::password::RULE,
    &rules::powerful_group::RULE,
    &rules::redundant::RULE,
    &rules::root_at_end::RULE,
    &rules::set_uid::RULE,
    &rules::sudo::RULE,
    &rules::sudo_nopasswd::RULE,
    &rules::unset_variable::RULE,
    &rules::world_writable::RULE,
];
