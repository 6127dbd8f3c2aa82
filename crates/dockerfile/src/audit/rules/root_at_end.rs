//! `users/root-at-end`: containers of the image run as root. Judges the last stage only:
//! the others are there to be copied from.

use super::super::facts::{BaseKind, Severity, UserKind};
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/root-at-end",
    title: "The image's user is root",
    severity: Severity::Warning,
    help: "End with `USER` and an unprivileged user; if the entrypoint drops privileges itself, say so in a comment.",
    check: |context| {
        let Some(stage) = context.stages.last() else { return Vec::new() };
        let line =
            stage.user_runs.iter().rev().find_map(|run| run.set_at).unwrap_or(stage.lines.first);
        let found = match (stage.last_user.is_root, stage.last_user.text.as_str()) {
            (Some(true), _) => RuleMatch::at(line, "the image's user is root".to_owned()),
            (None, "") if stage.base_kind == BaseKind::Scratch => {
                RuleMatch::at(line, "no `USER`: on `scratch` the image's user is root".to_owned())
            }
            (None, "")
                if stage.last_user.kind == UserKind::Inherited && stage.base_user.is_some() =>
            {
                let user = stage.base_user.as_deref().unwrap_or_default();
                let name = user.split(':').next().unwrap_or_default();
                if !matches!(name, "root" | "0") {
                    return Vec::new();
                }
                let message = format!(
                    "no `USER`: the image's user is that of `{}`, which is root",
                    stage.base
                );
                RuleMatch::at(line, message)
            }
            (None, "") => {
                let message = format!(
                    "no `USER`: the image's user is that of `{}`, which is root in most images",
                    stage.base
                );
                RuleMatch::at(line, message).with(Severity::Note)
            }
            _ => return Vec::new(),
        };
        vec![found]
    },
};
