//! `users/chown-r`: `chown -R` over what an earlier step wrote. A layer holds whole files, so every
//! file whose owner changes is stored a second time.

use std::collections::BTreeSet;

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::rule::{Found, Rule};
use crate::{State, Workdir};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/chown-r",
    title: "chown -R stores files a second time",
    severity: Severity::Warning,
    help: "Give files their owner where they are written: `COPY --chown`, `install -o`, the step run as that user, or `chown` in the same step.",
    check: |subject| {
        let mut found = Vec::new();
        for index in 0..subject.file.blocks().len() {
            let state = subject.file.state(index);
            let mut written = Written::default();
            for command in subject.commands.at(index) {
                for path in recursive_chown(command) {
                    let path = absolute(path, state);
                    if !written.touches(&path) {
                        let message = format!(
                            "`chown -R` of `{path}`, which no command above in this step wrote: each file is in the image twice"
                        );
                        found.push(Found::at(command.line, message));
                    }
                }
                written.add(command, state);
            }
        }
        found
    },
};

/// The paths of a `chown -R` or `chgrp -R`.
fn recursive_chown(command: &Command) -> Vec<&str> {
    if !matches!(command.program(), "chown" | "chgrp") {
        return Vec::new();
    }
    let is_recursive = |word: &String| {
        word == "--recursive"
            || (word.starts_with('-') && !word.starts_with("--") && word.contains('R'))
    };
    if !command.arguments().iter().any(is_recursive) {
        return Vec::new();
    }
    let has_reference = command.arguments().iter().any(|word| word.starts_with("--reference"));
    let operands = command.arguments().iter().filter(|word| !word.starts_with('-'));
    operands.skip(usize::from(!has_reference)).map(String::as_str).collect()
}

/// Paths that commands of one step named.
#[derive(Default)]
struct Written(BTreeSet<String>);

impl Written {
    fn add(&mut self, command: &Command, state: &State) {
        if matches!(
            command.program(),
            "chown" | "chgrp" | "chmod" | "cd" | "ls" | "echo" | "test" | "["
        ) {
            return;
        }
        let words = command.arguments().iter().filter(|word| !word.starts_with('-'));
        self.0.extend(words.map(|word| absolute(word, state)));
        // `useradd -m dev` makes the home.
        if matches!(command.program(), "useradd" | "adduser") {
            let name = command.words.last().map_or("", String::as_str);
            self.0.insert(format!("/home/{name}"));
        }
    }

    /// Whether a path, something in it or a folder around it was named.
    fn touches(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let mut around = path;
        while !around.is_empty() {
            if self.0.contains(around) {
                return true;
            }
            around = around.rfind('/').map_or("", |slash| &around[..slash]);
        }
        let below = format!("{path}/");
        self.0.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
    }
}

fn absolute(path: &str, state: &State) -> String {
    let path = path.trim_end_matches("/.").trim_end_matches('/');
    match state.workdir() {
        _ if path.starts_with('/') || path.starts_with(['$', '~']) => path.to_owned(),
        Workdir::Known(folder) if matches!(path, "." | "") => folder.to_string(),
        Workdir::Known(folder) => format!("{folder}/{}", path.trim_start_matches("./")),
        _ => path.to_owned(),
    }
}
