//! What is in force where an instruction stands: variables, user, folder, shell.
//!
//! Follows BuildKit's `dockerfile2llb`: a stage that starts from another one begins with all that
//! was in force at the end of that one, its `ARG`s included; a later assignment wins.

use std::collections::BTreeMap;

use crate::profile::{looks_secret, veil};
use dockerfile::{Expanded, Instruction, assignments, expand};

/// Values of `ARG`s from outside of the stages.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    /// What the caller gives.
    given: BTreeMap<String, String>,
    /// Those declared before the first `FROM`.
    global: Vec<Variable>,
}

/// What is in force at some place of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    variables: Vec<Variable>,
    user: Option<String>,
    folder: Option<String>,
    shell: Option<String>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    value: String,
    is_argument: bool,
    /// Whether the value may not be written down.
    is_secret: bool,
}

impl Variable {
    fn shown(&self) -> String {
        if self.is_secret { veil(&self.value) } else { self.value.clone() }
    }
}

impl Arguments {
    /// Reads what stands before the first `FROM`.
    pub fn new(given: &BTreeMap<String, String>, preamble: &[Instruction]) -> Self {
        let mut arguments = Self { given: given.clone(), global: Vec::new() };
        for instruction in preamble.iter().filter(|instruction| instruction.keyword == "ARG") {
            let declared = arguments.declared(instruction, &arguments.global);
            declared.into_iter().for_each(|variable| assign(&mut arguments.global, variable));
        }
        arguments
    }

    /// A text of a `FROM`, expanded.
    pub fn expand(&self, text: &str) -> String {
        expanded(text, &self.global).text
    }

    /// The variables of an `ARG` that have a value.
    fn declared(&self, instruction: &Instruction, scope: &[Variable]) -> Vec<Variable> {
        let declared = assignments(&instruction.exact).into_iter();
        declared
            .filter_map(|(name, default)| {
                if let Some(value) = self.given.get(&name) {
                    let is_secret = looks_secret(&name);
                    let value = value.clone();
                    return Some(Variable { name, value, is_argument: true, is_secret });
                }
                match default {
                    Some(text) => Some(variable(name, &text, true, scope)),
                    None => self.global.iter().find(|global| global.name == name).cloned(),
                }
            })
            .collect()
    }
}

impl Scope {
    /// Takes an instruction in that executes nothing, or the folder of a `WORKDIR`.
    pub fn apply(&mut self, instruction: &Instruction, arguments: &Arguments) {
        let text = instruction.exact.as_str();
        match instruction.keyword.as_str() {
            "ARG" => {
                for variable in arguments.declared(instruction, &self.variables) {
                    assign(&mut self.variables, variable);
                }
            }
            "ENV" => {
                // All of one instruction see what was before it.
                let before = self.variables.clone();
                for (name, text) in assignments(text) {
                    let text = text.unwrap_or_default();
                    assign(&mut self.variables, variable(name, &text, false, &before));
                }
            }
            "USER" => self.user = Some(self.expand(text).text),
            "WORKDIR" => {
                let folder = self.expand(text).text;
                self.folder = Some(match &self.folder {
                    Some(above) if !folder.starts_with('/') => {
                        format!("{}/{folder}", above.trim_end_matches('/'))
                    }
                    _ => folder,
                });
            }
            "SHELL" => self.shell = Some(text.to_owned()),
            _ => {}
        }
    }

    /// The lines of state that decide about an instruction, and the build arguments.
    pub fn seen_by(&self, instruction: &Instruction) -> (Vec<String>, BTreeMap<String, String>) {
        let is_run = instruction.keyword == "RUN";
        let named = self.named_in(instruction);
        // The shell of a RUN sees every variable; elsewhere only what is named is put in.
        let seen = |variable: &&Variable| is_run || named.names.contains(&variable.name);
        let (args, env): (Vec<&Variable>, Vec<&Variable>) =
            self.variables.iter().filter(seen).partition(|variable| variable.is_argument);
        let mut state: Vec<String> = env
            .into_iter()
            .map(|variable| format!("ENV {}={}", variable.name, variable.shown()))
            .collect();
        state.extend(self.user.iter().filter(|_| is_run).map(|user| format!("USER {user}")));
        let folder = self.folder.iter().filter(|_| is_run || is_relative(instruction));
        state.extend(folder.map(|folder| format!("WORKDIR {folder}")));
        let is_shell_form = is_run && !instruction.exact.starts_with('[');
        let shell = self.shell.iter().filter(|_| is_shell_form);
        state.extend(shell.map(|shell| format!("SHELL {shell}")));
        let args = args.into_iter().map(|variable| (variable.name.clone(), variable.shown()));
        (state, args.collect())
    }

    fn named_in(&self, instruction: &Instruction) -> Expanded {
        self.expand(&instruction.exact_text())
    }

    fn expand(&self, text: &str) -> Expanded {
        expanded(text, &self.variables)
    }
}

/// Whether it names a place in the image that depends on the folder it stands in.
fn is_relative(instruction: &Instruction) -> bool {
    instruction.words().last().is_some_and(|place| !place.starts_with('/'))
}

/// A variable by its text, which is expanded. What holds a secret is one.
fn variable(name: String, text: &str, is_argument: bool, scope: &[Variable]) -> Variable {
    let Expanded { text: value, names } = expanded(text, scope);
    let from_secret =
        scope.iter().any(|variable| variable.is_secret && names.contains(&variable.name));
    let is_secret = from_secret || looks_secret(&name);
    Variable { name, value, is_argument, is_secret }
}

/// A name that is assigned again moves to the end, as in BuildKit's `EnvList`.
fn assign(variables: &mut Vec<Variable>, variable: Variable) {
    variables.retain(|other| other.name != variable.name);
    variables.push(variable);
}

fn expanded(text: &str, variables: &[Variable]) -> Expanded {
    let value_of = |name: &str| {
        let found = variables.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.clone())
    };
    expand(text, &value_of)
}
