//! Words and styles that the live tree, the final table and the plain lines share.

use std::time::Duration;

use crate::timing::{Totals, Work, WorkKind, WorkState};
use crate::ui::{Glyphs, Line, Role, human_duration, plural, short_instruction};

/// What stands where a step has its stage.
pub(super) fn stage_label(work: &Work) -> &str {
    match work.kind {
        WorkKind::Step => &work.stage,
        WorkKind::Base => "pull",
        WorkKind::Export => "export",
        WorkKind::Internal => "engine",
    }
}

/// `3/5`; empty for the engine's own work.
pub(super) fn position(work: &Work) -> String {
    match work.kind {
        WorkKind::Step => format!("{}/{}", work.ordinal, work.of),
        _ => String::new(),
    }
}

/// The label, for the engine's own work without the words that its place already says.
pub(super) fn title(work: &Work) -> &str {
    let label = work.label.as_str();
    let starts: &[&str] = match work.kind {
        WorkKind::Step => &[],
        WorkKind::Base => &["FROM ", "docker-image://", "resolve image config for "],
        WorkKind::Export => &["exporting to ", "exporting "],
        WorkKind::Internal => &["[internal] ", "[auth] "],
    };
    starts.iter().find_map(|start| label.strip_prefix(start)).unwrap_or(label)
}

/// The title; of a step, without the flags that say how it runs.
pub(super) fn short_title(work: &Work) -> String {
    match work.kind {
        WorkKind::Step => short_instruction(title(work)),
        _ => title(work).to_owned(),
    }
}

/// The sign of a state; `turn` turns the spinner.
pub(super) fn sign(state: WorkState, glyphs: &Glyphs, turn: usize) -> Line {
    let (role, glyph) = match state {
        WorkState::Waiting => (Role::Dim, glyphs.waiting),
        WorkState::Running => (Role::Accent, glyphs.spinner[turn % glyphs.spinner.len()]),
        WorkState::Done => (Role::Good, glyphs.done),
        WorkState::Cached | WorkState::Shared => (Role::Dim, glyphs.done),
        WorkState::Failed => (Role::Bad, glyphs.failed),
        WorkState::Canceled => (Role::Dim, glyphs.stopped),
    };
    Line::new().with(role, glyph)
}

/// A time, unless it is too short to say anything.
pub(super) fn time(role: Role, duration: Duration) -> Line {
    if duration < Duration::from_millis(50) {
        return Line::new();
    }
    Line::new().with(role, human_duration(duration))
}

/// `12/26 steps · 5 cached · 1m 05s`.
pub(super) fn totals(totals: &Totals, elapsed: Duration, glyphs: &Glyphs) -> Line {
    let dot = format!(" {} ", glyphs.dot);
    let mut line = Line::new()
        .with(Role::Strong, format!("{}/{}", totals.finished(), totals.steps))
        .plain(format!(" {}", plural(totals.steps, "step")));
    if totals.cached > 0 {
        line = line.with(Role::Dim, &dot).plain(format!("{} cached", totals.cached));
    }
    if totals.failed > 0 {
        line = line.with(Role::Dim, &dot).with(Role::Bad, format!("{} failed", totals.failed));
    }
    line.with(Role::Dim, dot).plain(human_duration(elapsed))
}

/// `20 ran`, `5 cached`, `1 shared`: what became of the steps, without the zeros.
pub(super) fn outcomes(totals: &Totals) -> Vec<String> {
    [
        (totals.executed, "ran"),
        (totals.cached, "cached"),
        (totals.shared, "shared"),
        (totals.failed, "failed"),
        (totals.canceled, "stopped"),
        (totals.running, "unfinished"),
        (totals.waiting, "not needed"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::{PlannedStep, Tracker};

    #[test]
    fn flags_of_the_instruction_go_those_of_the_command_stay() {
        for (label, short) in [
            (
                "RUN --mount=type=cache,target=/root/.npm --network=none npm ci --link",
                "RUN npm ci --link",
            ),
            ("COPY --from=a --chown=1000:1000 --link /x /y", "COPY --from=a /x /y"),
            ("COPY --chmod=0755 --from=a /x  /y", "COPY --from=a /x  /y"),
            ("WORKDIR", "WORKDIR"),
        ] {
            let step = PlannedStep {
                id: String::new(),
                stage: String::new(),
                ordinal: 2,
                label: label.to_owned(),
            };
            assert_eq!(short_title(&Tracker::new(vec![step]).works()[0]), short);
        }
    }
}
