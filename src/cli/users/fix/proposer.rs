//! The consolidator, as the prover asks for it.

use std::collections::BTreeSet;

use crate::proof::{Proposal, ProposalRequest, Proposer};
use crate::report::users::fix::Note;
use dockerfile::File;
use dockerfile::consolidate::{Consolidation, Constraint, Move, Options, Strategy, consolidate};

/// Consolidates one file, with what is asked on top.
pub(super) struct Consolidator<'a> {
    pub file: &'a File,
    pub strategy: Strategy,
    pub merge: bool,
    /// The stages that the proof builds; `None` for all, where nothing is proven.
    pub proven: Option<BTreeSet<usize>>,
}

impl Consolidator<'_> {
    /// Whether it may do what a proof must confirm.
    pub fn guesses(&self) -> bool {
        self.merge || self.strategy != Strategy::Safe
    }

    /// What needs no proof.
    pub fn safe(&self) -> Consolidation {
        consolidate(self.file, Strategy::Safe, Options::default())
    }

    /// Stages left alone because the proof need not go through them.
    pub fn unbuilt(&self) -> Vec<Note> {
        let Some(proven) = self.proven.as_ref().filter(|_| self.guesses()) else {
            return Vec::new();
        };
        let stages = self.file.stages().iter().enumerate();
        let unbuilt = stages.filter(|(place, _)| !proven.contains(place));
        unbuilt
            .map(|(place, stage)| {
                let line = *self.file.blocks()[stage.blocks.start].lines.start();
                let title = stage.title(place);
                let target = target_name(self.file, place);
                let text = format!(
                    "stage `{title}` is not part of the proof: only redundant `USER` lines go; \
                     prove it with `--target {target}`"
                );
                Note { line, text }
            })
            .collect()
    }

    /// The consolidation under these conditions.
    pub fn consolidate(&self, ask: &ProposalRequest) -> Consolidation {
        let keep: Vec<Constraint> = ask.pinned.iter().copied().map(Constraint::Pin).collect();
        let strategy = if ask.safe { Strategy::Safe } else { self.strategy };
        let merge = self.merge && !ask.unmerged;
        let stages = self.proven.as_ref();
        consolidate(self.file, strategy, Options { merge, keep: &keep, stages })
    }
}

/// The stages that a build of `target` (the last stage, if none is named) goes through for certain.
/// Where an argument may choose the base of a stage, that is the target alone.
pub(super) fn built(file: &File, target: Option<&str>, has_arguments: bool) -> BTreeSet<usize> {
    let is_chosen = file.stages().iter().any(|stage| stage.base_text.contains('$'));
    match target_of(file, target) {
        // The engine refuses a stage that is not there.
        None => BTreeSet::new(),
        Some(place) if has_arguments && is_chosen => BTreeSet::from([place]),
        Some(place) => file.needed(place),
    }
}

/// Of the stages that are [`built`], those that the image does not start from, as `--target` calls
/// them: it only has what it takes from them.
pub(super) fn copied_from(file: &File, target: Option<&str>, has_arguments: bool) -> Vec<String> {
    let whole = target_of(file, target).map(|place| file.lineage(place)).unwrap_or_default();
    let mut stages = built(file, target, has_arguments);
    stages.retain(|place| !whole.contains(place));
    stages.into_iter().map(|place| target_name(file, place)).collect()
}

/// The stage that `--target` means: the last one, if none is named.
fn target_of(file: &File, target: Option<&str>) -> Option<usize> {
    match target {
        Some(name) => file.stage_named(name),
        None => file.stages().len().checked_sub(1),
    }
}

/// What `--target` calls a stage.
fn target_name(file: &File, place: usize) -> String {
    file.stages()[place].name.clone().unwrap_or_else(|| place.to_string())
}

impl Proposer for Consolidator<'_> {
    fn propose(&self, ask: &ProposalRequest) -> Proposal {
        let found = self.consolidate(ask);
        // Moves for which the texts speak come first: where halves are tried, theirs is the first. A
        // merged step has another place as well, and can be taken back like one that moved.
        let (shown, guessed): (Vec<&Move>, Vec<&Move>) =
            found.moves.iter().partition(|moved| moved.is_shown);
        let mut lines: Vec<usize> =
            shown.iter().chain(&guessed).map(|moved| *moved.lines.start()).collect();
        for line in found.merged.iter().flat_map(|merged| &merged.lines) {
            if !lines.contains(line) {
                lines.push(*line);
            }
        }
        Proposal {
            ask: ask.clone(),
            switches: found.after.switches,
            moved: lines,
            text: found.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        ARG VARIANT=slim\n\
        FROM debian AS slim\n\
        FROM debian AS test\n\
        USER dev\nRUN touch /home/dev/a\nUSER root\nRUN mkdir /opt/d\nUSER dev\nRUN touch /home/dev/b\n\
        FROM $VARIANT\n\
        USER dev\nRUN touch /home/dev/a\nUSER root\nRUN mkdir /opt/d\nUSER dev\nRUN touch /home/dev/b\n";

    #[test]
    fn only_stages_that_are_built_are_rewritten() {
        let file = File::parse(FILE.as_bytes()).unwrap();
        let moved = |target, has_arguments| {
            let proven = Some(built(&file, target, has_arguments));
            let strategy = Strategy::Minimal;
            let proposer = Consolidator { file: &file, strategy, merge: true, proven };
            let found = proposer.consolidate(&ProposalRequest::default());
            let mut lines: Vec<usize> =
                found.moves.iter().map(|moved| *moved.lines.start()).collect();
            lines.extend(found.merged.iter().flat_map(|merged| &merged.lines));
            (lines.iter().any(|line| *line < 10), lines.iter().any(|line| *line > 10))
        };
        assert_eq!(moved(None, false), (false, true));
        assert_eq!(moved(None, true), (false, true));
        assert_eq!(moved(Some("test"), false), (true, false));
        assert_eq!(moved(Some("slim"), false), (false, false));
        assert_eq!(moved(Some("nowhere"), false), (false, false));
        assert_eq!(built(&file, None, false), BTreeSet::from([0, 2]));
        // `--build-arg VARIANT=test` goes through other stages.
        assert_eq!(built(&file, None, true), BTreeSet::from([2]));
    }

    #[test]
    fn stages_that_are_only_copied_from_are_told_apart() {
        let of = |text: &str, target: Option<&str>, has_arguments| {
            let file = File::parse(text.as_bytes()).unwrap();
            copied_from(&file, target, has_arguments).join(" ")
        };
        let text = "FROM a AS base\nFROM base AS builder\nFROM b\nFROM c AS tools\nFROM d AS unused\n\
                    FROM base\nCOPY --from=builder /x /x\nCOPY --from=2 /y /y\n\
                    RUN --mount=from=tools,target=/t /t/make\n";
        assert_eq!(of(text, None, false), "builder 2 tools");
        // As a target a stage is compared as an image, and so is what it starts from.
        assert_eq!(of(text, Some("builder"), false), "");
        assert_eq!(of(text, Some("nowhere"), false), "");
        // A stage that is both started from and copied from is in the image whole.
        assert_eq!(of("FROM a AS b\nFROM b\nCOPY --from=b /x /y\n", None, false), "");
        // Where an argument may choose a stage, the target alone is part of the proof.
        assert_eq!(of(FILE, None, true), "");
        assert_eq!(of(FILE, None, false), "");
    }
}
