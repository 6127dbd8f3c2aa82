//! Sentences that several formats share.

use crate::timing::clean_line;
use crate::ui::count;
use dockerfile::audit::{
    Audit, BaseKind, Finding, Lines, Severity, StageAudit, User, UserKind, UserRun,
};
use dockerfile::users::RedundancyReason;

/// `3 USER lines, 2 switches, in 1 stage`.
pub(super) fn summary(audit: &Audit) -> String {
    let lines = count(audit.user_lines, "USER line");
    let mut text = format!(
        "{lines}, {} between steps, in {}",
        count(audit.switches, "user switch"),
        count(audit.stages.len(), "stage")
    );
    if audit.fewest < audit.user_lines {
        text.push_str(&format!("; {} would be enough", audit.fewest));
    }
    match audit.limit {
        Some(limit) if audit.is_over() => text.push_str(&format!(" (at most {limit} allowed)")),
        Some(limit) => text.push_str(&format!(" ({limit} allowed)")),
        None => {}
    }
    text
}

/// `from debian:12`, `on stage base`, `from scratch`.
pub(super) fn base(stage: &StageAudit) -> String {
    match stage.base_kind {
        BaseKind::Image => {
            let image = stage.base_expanded.as_ref().unwrap_or(&stage.base);
            match &stage.base_user {
                Some(user) => {
                    format!("from {}, user {}", clean_line(image), clean_line(user))
                }
                None => format!("from {}", clean_line(image)),
            }
        }
        BaseKind::Stage => format!("on stage {}", clean_line(&stage.base)),
        BaseKind::Scratch => "from scratch".to_owned(),
    }
}

/// `dev`, `$U = dev`, `the base image's user`.
pub(super) fn user(user: &User) -> String {
    let text = clean_line(&user.text);
    match (user.kind, &user.expanded) {
        (UserKind::Inherited, _) => "the base image's user".to_owned(),
        (UserKind::Variable, Some(expanded)) => format!("{text} = {}", clean_line(expanded)),
        (UserKind::Variable, None) => format!("{text} (unknown here)"),
        (UserKind::Unknown, _) => "unknown, after an instruction of another frontend".to_owned(),
        _ => text,
    }
}

/// `line 4`, `lines 4-9`.
pub(super) fn lines(lines: Lines) -> String {
    match lines {
        Lines { first, last } if first == last => format!("line {first}"),
        Lines { first, last } => format!("lines {first}-{last}"),
    }
}

/// What a run does: `4 RUN, 1 WORKDIR, 2 others`.
pub(super) fn work(run: &UserRun) -> String {
    let of = |keyword: &str| run.steps.iter().filter(|step| step.keyword == keyword).count();
    let mut parts = Vec::new();
    for (keyword, number) in [("RUN", of("RUN")), ("WORKDIR", of("WORKDIR"))] {
        if number > 0 {
            parts.push(format!("{number} {keyword}"));
        }
    }
    let unknown = run.steps.len() - of("RUN") - of("WORKDIR");
    if unknown > 0 {
        parts.push(format!("{unknown} of another frontend"));
    }
    if run.others > 0 {
        parts.push(count(run.others, "other"));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// What a `USER` line costs, and why it is needless where it is.
pub(super) fn cost(stage: &StageAudit, run: &UserRun) -> String {
    let Some(line) = run.set_at else { return String::new() };
    // Both are in the order of their lines.
    if let Ok(at) = stage.redundant.binary_search_by_key(&line, |redundant| redundant.line) {
        return match stage.redundant[at].why {
            RedundancyReason::NothingBetween => "redundant: another USER follows directly",
            RedundancyReason::NoStepNeedsIt => "redundant: no step before the next USER",
            RedundancyReason::SameUser => "redundant: already the current user",
            RedundancyReason::SameUserAgain => "redundant: back to the same user, no step between",
        }
        .to_owned();
    }
    let cost = stage.costs.binary_search_by_key(&line, |cost| cost.line);
    let merge = cost.map_or(0, |at| stage.costs[at].could_merge);
    if merge > 0 { format!("{merge} RUN could join those above") } else { String::new() }
}

/// What comes of the `USER` lines of a stage.
pub(super) fn costs(stage: &StageAudit) -> Option<String> {
    let merge: usize = stage.costs.iter().map(|cost| cost.could_merge).sum();
    let keys: usize = stage.costs.iter().map(|cost| cost.cache_keys).sum();
    let needless = stage.redundant.len();
    if merge == 0 && needless == 0 {
        return None;
    }
    let mut parts = Vec::new();
    if needless > 0 {
        parts.push(count(needless, "redundant USER line"));
    }
    if merge > 0 {
        parts.push(format!("{merge} RUN could join others of the same user"));
    }
    if keys > 0 {
        parts.push(format!("the user is in the cache key of {}", count(keys, "step")));
    }
    Some(parts.join("; "))
}

/// `error`, `warning`, `note`.
pub(super) fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// What needs doing, in one line.
pub(super) fn conclusion(audit: &Audit) -> String {
    let of = |severity| audit.findings.iter().filter(|f| f.severity == severity).count();
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .zip(["error", "warning", "note"])
        .filter(|(severity, _)| of(*severity) > 0)
        .map(|(severity, noun)| count(of(severity), noun))
        .collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}
