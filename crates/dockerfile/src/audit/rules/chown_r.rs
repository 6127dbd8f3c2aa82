//! `users/chown-r`: `chown -R` over what an earlier step wrote. A layer holds whole files, so every
//! file whose owner changes is stored a second time.
//!
//! Named only where an instruction above is seen to fill the folder, or where every distribution does; and
//! only where the step itself, up to there, runs nothing that may have made or replaced the files.

use rpds::RedBlackTreeMapSync;

use super::super::RuleContext;
use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};
use crate::{Base, Instruction, State, Workdir};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/chown-r",
    title: "chown -R stores files a second time",
    severity: Severity::Warning,
    help: "Give files their owner where they are written: `COPY --chown`, `install -o`, the step run as that user, or `chown` in the same step.",
    check: |context| {
        let mut found = Vec::new();
        // What each stage has, for those that start from it.
        let mut after: Vec<NonEmptyPaths> = Vec::new();
        for view in context.file.stages() {
            let mut filled = match view.base {
                Base::Stage(below) => after[below].clone(),
                Base::Scratch => NonEmptyPaths::default(),
                Base::Image(_) => {
                    NonEmptyPaths { has_distribution: true, ..NonEmptyPaths::default() }
                }
            };
            for index in view.blocks.clone() {
                step(context, index, &mut filled, &mut found);
            }
            after.push(filled);
        }
        found
    },
};

/// Paths that were filled above, with the line and the owner that it gave.
#[derive(Clone, Default)]
struct NonEmptyPaths {
    paths: RedBlackTreeMapSync<String, (usize, Option<String>)>,
    /// The base is an image that has the folders of every distribution.
    has_distribution: bool,
}

/// Folders that have files in every distribution's image.
const DISTRIBUTION: &[&str] = &[
    "/",
    "/bin",
    "/etc",
    "/lib",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/share",
    "/var",
    "/var/lib",
];

impl NonEmptyPaths {
    fn add(&mut self, path: String, line: usize, owner: Option<String>) {
        self.paths.insert_mut(path, (line, owner));
    }

    /// Who filled a folder with files that are not the owner's.
    fn by(&self, path: &str, owner: &str) -> Option<String> {
        // More lines that give it the right owner are nobody's.
        const MOST: usize = 16;
        if self.has_distribution && DISTRIBUTION.contains(&path) {
            return Some("the base image".to_owned());
        }
        let is_in = |other: &str| {
            other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let from = self.paths.range(path.to_owned()..).take(MOST);
        let mut inside = from.take_while(|(other, _)| other.starts_with(path));
        let (_, (line, _)) =
            inside.find(|(other, (_, given))| is_in(other) && given.as_deref() != Some(owner))?;
        Some(format!("line {line}"))
    }
}

fn step(
    context: &RuleContext<'_>,
    index: usize,
    filled: &mut NonEmptyPaths,
    found: &mut Vec<RuleMatch>,
) {
    let block = &context.file.blocks()[index];
    let state = context.file.state(index);
    let line = *block.lines.start();
    if matches!(block.instruction.keyword.as_str(), "COPY" | "ADD") {
        if let Some(to) = destination(&block.instruction, state) {
            let owner =
                block.instruction.flag("chown").last().and_then(|owner| state.expand(owner));
            filled.add(to, line, owner.map(|owner| user_of(&owner).to_owned()));
        }
        return;
    }
    // What the step names itself, and what it fills for those below.
    let mut own = NonEmptyPaths::default();
    let mut fills = Vec::new();
    let mut is_certain = true;
    for command in context.commands.at(index) {
        if let Some((owner, paths)) = recursive_chown(command) {
            for path in paths.into_iter().filter_map(|path| absolute(path, state)) {
                // A part of it made here is reason enough to say nothing.
                let is_own = own.by(&path, "").is_some() || own.has_around(&path);
                let by = filled.by(&path, user_of(owner));
                if let Some(by) = by.filter(|_| is_certain && !is_own) {
                    let message = format!(
                        "`chown -R` of `{path}`, which {by} filled: each file whose owner changes is in the image twice"
                    );
                    found.push(RuleMatch::at(command.line, message));
                }
            }
            continue;
        }
        let effect = effect(command);
        is_certain &= effect != FileEffect::Unknown;
        if effect != FileEffect::Nothing {
            for path in command.arguments().iter().chain(&command.output) {
                let path = absolute(path, state).filter(|path| path != "/");
                let Some(path) = path else { continue };
                // Folders alone weigh nothing.
                if effect != FileEffect::Folders {
                    fills.push((path.clone(), command.line));
                }
                own.add(path, command.line, None);
            }
        }
        is_certain &= command.program() != "cd";
    }
    let user = state.user().name();
    for (path, line) in fills {
        filled.add(path, line, user.clone());
    }
}

impl NonEmptyPaths {
    /// Whether a folder around a path is in it.
    fn has_around(&self, path: &str) -> bool {
        let mut around = path;
        while let Some(slash) = around.rfind('/').filter(|slash| *slash > 0) {
            around = &around[..slash];
            if self.paths.contains_key(around) {
                return true;
            }
        }
        false
    }
}

/// What a command does to files that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileEffect {
    /// It makes none: it looks, or makes accounts.
    Nothing,
    /// It makes folders.
    Folders,
    /// It makes those that it names.
    Fills,
    /// It may make any.
    Unknown,
}

fn effect(command: &Command) -> FileEffect {
    match command.program() {
        "mkdir" | "useradd" | "adduser" => FileEffect::Folders,
        "cp" | "mv" | "install" | "ln" | "touch" => FileEffect::Fills,
        "echo" | "printf" | "cat" if !command.output.is_empty() => FileEffect::Fills,
        ":" | "[" | "addgroup" | "cd" | "chgrp" | "chmod" | "chown" | "echo" | "export"
        | "false" | "getent" | "groupadd" | "groupmod" | "id" | "ls" | "printf" | "pwd" | "rm"
        | "rmdir" | "set" | "sleep" | "stat" | "test" | "true" | "umask" | "usermod" | "whoami" => {
            FileEffect::Nothing
        }
        _ => FileEffect::Unknown,
    }
}

/// The owner and the paths of a `chown -R` or `chgrp -R`.
fn recursive_chown(command: &Command) -> Option<(&str, Vec<&str>)> {
    if !matches!(command.program(), "chown" | "chgrp") {
        return None;
    }
    let is_recursive = |word: &String| {
        word == "--recursive"
            || (word.starts_with('-') && !word.starts_with("--") && word.contains('R'))
    };
    if !command.arguments().iter().any(is_recursive) {
        return None;
    }
    let has_reference = command.arguments().iter().any(|word| word.starts_with("--reference"));
    let operands = command.arguments().iter().filter(|word| !word.starts_with('-'));
    let mut operands = operands.map(String::as_str);
    let owner = if has_reference { "" } else { operands.next()? };
    Some((owner, operands.collect()))
}

fn user_of(owner: &str) -> &str {
    owner.split([':', '.']).next().unwrap_or_default()
}

/// Where a copy goes, as a folder or a file.
fn destination(instruction: &Instruction, state: &State) -> Option<String> {
    absolute(&state.expand(instruction.words().last()?)?, state)
}

/// A path of the image; `None` for what is no path, or not certain.
fn absolute(path: &str, state: &State) -> Option<String> {
    if path.starts_with(['-', '$', '~', '`']) || path.contains("://") {
        return None;
    }
    let path = path.trim_end_matches("/*").trim_end_matches("/.").trim_end_matches('/');
    let path = match state.workdir() {
        _ if path.starts_with('/') => path.to_owned(),
        Workdir::Known(folder) => {
            let folder = folder.trim_end_matches('/');
            match path.trim_start_matches("./") {
                "." | "" => folder.to_owned(),
                path => format!("{folder}/{path}"),
            }
        }
        _ if path.is_empty() => path.to_owned(),
        _ => return None,
    };
    Some(if path.is_empty() { "/".to_owned() } else { path })
}
