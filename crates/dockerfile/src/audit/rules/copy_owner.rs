//! `users/copy-owner`: `COPY` without `--chown` under a user that goes on to work there. Copied files
//! are root's whatever `USER` says.

use super::super::facts::Severity;
use super::super::home;
use super::super::rule::{Found, Rule};
use crate::{State, Workdir};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/copy-owner",
    title: "COPY without --chown under another user",
    severity: Severity::Warning,
    help: "Add `--chown` with the user's name or number; reading alone needs no owner.",
    check: |subject| {
        let mut found = Vec::new();
        for view in subject.file.stages() {
            for index in view.blocks.clone() {
                let block = &subject.file.blocks()[index];
                let instruction = &block.instruction;
                let is_copy = matches!(instruction.keyword.as_str(), "COPY" | "ADD");
                let state = subject.file.state(index);
                if !is_copy
                    || instruction.flag("chown").next().is_some()
                    || state.user().is_root() != Some(false)
                {
                    continue;
                }
                let Some(destination) = destination(&instruction.words(), state) else { continue };
                // A file below is enough; a stage with more steps than this is nobody's.
                let later = (index + 1..view.blocks.end).take(LATER);
                let worker = later.filter(|&later| {
                    let state = subject.file.state(later);
                    let is_run = subject.file.blocks()[later].instruction.keyword == "RUN";
                    is_run && state.user().is_root() == Some(false) && works_in(state, &destination)
                });
                if let Some(worker) = worker.into_iter().next() {
                    let line = subject.file.blocks()[worker].lines.start();
                    let message = format!(
                        "`{destination}` is root's, and `{}` works there at line {line}",
                        state.user()
                    );
                    found.push(Found::at(*block.lines.start(), message));
                }
            }
        }
        found
    },
};

/// Steps below a `COPY` that are looked at.
const LATER: usize = 100;

/// The folder that a copy goes to: the destination, or the folder of the file that it names.
fn destination(words: &[String], state: &State) -> Option<String> {
    let last = state.expand(words.last()?)?;
    let path = match (state.workdir(), last.starts_with('/')) {
        (_, true) => last,
        (Workdir::Known(folder), false) => {
            format!("{}/{}", folder.trim_end_matches('/'), last.trim_start_matches("./"))
        }
        _ => return None,
    };
    let path = path.trim_end_matches("/.").trim_end_matches('/');
    Some(if path.is_empty() { "/".to_owned() } else { path.to_owned() })
}

/// Whether a step's folder is the one copied to, or in it; or both are in one home.
fn works_in(state: &State, destination: &str) -> bool {
    let Workdir::Known(folder) = state.workdir() else { return false };
    let is_in = folder
        .strip_prefix(destination)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || destination == "/");
    let file_in = destination
        .rsplit_once('/')
        .is_some_and(|(parent, _)| parent == &**folder && home::around(destination).is_some());
    is_in || file_in
}
