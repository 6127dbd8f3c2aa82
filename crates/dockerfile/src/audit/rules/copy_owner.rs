//! `users/copy-owner`: a file copied without `--chown`, which a step of another user than root changes
//! later. Copied files are root's whatever `USER` says: the step fails, or what runs in the image does. To
//! read them needs no owner.

use std::collections::HashMap;

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};
use crate::{Instruction, State, Workdir};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/copy-owner",
    title: "COPY without --chown, changed by another user",
    severity: Severity::Warning,
    help: "Add `--chown` with the user's name or number, or change the file in a step of root.",
    check: |context| {
        let mut found = Vec::new();
        for view in context.file.stages() {
            // Copied files that are root's: where, and from which line.
            let mut copied: HashMap<String, usize> = HashMap::new();
            for index in view.blocks.clone() {
                let block = &context.file.blocks()[index];
                let instruction = &block.instruction;
                let state = context.file.state(index);
                match instruction.keyword.as_str() {
                    "COPY" | "ADD" => {
                        let owner = instruction.flag("chown").next();
                        for path in files(instruction, state) {
                            match owner {
                                None => copied.insert(path, *block.lines.start()),
                                Some(_) => copied.remove(&path),
                            };
                        }
                    }
                    "RUN" => {
                        let is_other = state.user().is_root() == Some(false);
                        for command in context.commands.at(index) {
                            for path in changed(command, state) {
                                // Root's steps, and those through sudo, may do what they like with it.
                                let line = copied.remove(&path);
                                let is_other = is_other && command.through.is_none();
                                let Some(line) = line.filter(|_| is_other) else { continue };
                                let message = format!(
                                    "`{path}` is root's, and `{}` of `{}` at line {} may not change it",
                                    command.program(),
                                    state.user(),
                                    command.line
                                );
                                found.push(RuleMatch::at(line, message));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    },
};

/// The files that a copy makes, as far as their names are certain.
fn files(instruction: &Instruction, state: &State) -> Vec<String> {
    let words = instruction.words();
    let Some((to, sources)) = words.split_last() else { return Vec::new() };
    let Some(to) = state.expand(to) else { return Vec::new() };
    let is_folder = to.ends_with('/') || matches!(to.as_str(), "." | "./") || sources.len() > 1;
    let name = |source: &String| {
        let is_plain = !source.contains(['*', '?', '[', '$']) && !source.ends_with('/');
        let name =
            source.rsplit('/').next().filter(|name| is_plain && !matches!(*name, "." | ".."));
        name.map(|name| format!("{}/{name}", to.trim_end_matches('.').trim_end_matches('/')))
    };
    let paths: Vec<String> =
        if is_folder { sources.iter().filter_map(name).collect() } else { vec![to.clone()] };
    // `COPY a .` is relative, and so is `/a` of `COPY a ./`.
    let is_relative = !to.starts_with('/');
    let absolute = |path: String| match (is_relative, state.workdir()) {
        (false, _) => Some(path),
        (true, Workdir::Known(folder)) => Some(join(folder, &path)),
        _ => None,
    };
    paths.into_iter().filter_map(absolute).collect()
}

/// The files that a command changes in place, which only their owner may (or may replace, who owns the
/// folder, which is not known here: those commands are left out).
fn changed(command: &Command, state: &State) -> Vec<String> {
    let words = command.arguments();
    let operands = || words.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let named: Vec<&str> = match command.program() {
        "chmod" | "chown" | "chgrp" => operands().skip(1).collect(),
        "truncate" => operands().collect(),
        _ => Vec::new(),
    };
    let paths = named.into_iter().chain(command.output.iter().map(String::as_str));
    let absolute = |path: &str| match state.workdir() {
        _ if path.starts_with('/') => Some(path.to_owned()),
        Workdir::Known(folder) => Some(join(folder, path)),
        _ => None,
    };
    paths.filter_map(absolute).collect()
}

fn join(folder: &str, path: &str) -> String {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    format!("{}/{path}", folder.trim_end_matches('/'))
}
