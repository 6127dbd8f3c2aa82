//! What decides about an instruction where it stands: variables, user, folder, shell.
//!
//! User, folder and shell are those of the Dockerfile's [`State`]. The variables are kept here with their
//! order, as in BuildKit's `EnvList`, and with what may not be written down.

use std::collections::BTreeMap;

use dockerfile::{Expanded, File, Instruction, State, Workdir, arg_words, env_pairs, expand};

/// Values of `ARG`s from outside of the stages.
#[derive(Debug, Clone)]
pub(super) struct Arguments {
    /// What the caller gives.
    given: BTreeMap<String, String>,
    /// Those declared before the first `FROM`.
    global: Vec<Variable>,
    escape: char,
}

/// The variables that are in force at some place of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    variables: Vec<Variable>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    value: String,
    is_argument: bool,
}

impl Arguments {
    /// Reads what stands before the first `FROM`.
    pub fn new(given: &BTreeMap<String, String>, file: &File) -> Self {
        let mut arguments =
            Self { given: given.clone(), global: Vec::new(), escape: file.escape() };
        let global = file.blocks().iter().take_while(|block| block.stage.is_none());
        for block in global.filter(|block| block.instruction.keyword == "ARG") {
            let declared = arguments.declared(&block.instruction, &arguments.global);
            declared.into_iter().for_each(|variable| assign(&mut arguments.global, variable));
        }
        arguments
    }

    /// The variables of an `ARG` that have a value.
    fn declared(&self, instruction: &Instruction, scope: &[Variable]) -> Vec<Variable> {
        let declared = arg_words(&instruction.exact, self.escape).into_iter();
        declared
            .filter_map(|(name, default)| {
                if let Some(value) = self.given.get(&name) {
                    let value = value.clone();
                    return Some(Variable { name, value, is_argument: true });
                }
                match default {
                    Some(text) => Some(self.variable(name, &text, true, scope)),
                    None => self.global.iter().find(|global| global.name == name).cloned(),
                }
            })
            .collect()
    }

    /// A variable by its text, which is expanded. What holds a secret is one.
    fn variable(
        &self,
        name: String,
        text: &str,
        is_argument: bool,
        scope: &[Variable],
    ) -> Variable {
        let value = expanded(text, self.escape, scope).text;
        Variable { name, value, is_argument }
    }
}

impl Scope {
    /// Takes in the variables that an instruction sets.
    pub fn apply(&mut self, instruction: &Instruction, arguments: &Arguments) {
        match instruction.keyword.as_str() {
            "ARG" => {
                for variable in arguments.declared(instruction, &self.variables) {
                    assign(&mut self.variables, variable);
                }
            }
            "ENV" => {
                // All of one instruction see what was before it.
                let before = self.variables.clone();
                for (name, text) in env_pairs(&instruction.exact, arguments.escape) {
                    let variable = arguments.variable(name, &text, false, &before);
                    assign(&mut self.variables, variable);
                }
            }
            _ => {}
        }
    }

    /// The lines of state that decide about an instruction, and the build arguments.
    pub fn seen_by(
        &self,
        instruction: &Instruction,
        state: &State,
        arguments: &Arguments,
    ) -> (Vec<String>, BTreeMap<String, String>) {
        let is_run = instruction.keyword == "RUN";
        let named = expanded(&instruction.exact_text(), arguments.escape, &self.variables);
        // The shell of a RUN sees every variable; elsewhere only what is named is put in.
        let seen = |variable: &&Variable| is_run || named.names.contains(&variable.name);
        let (args, env): (Vec<&Variable>, Vec<&Variable>) =
            self.variables.iter().filter(seen).partition(|variable| variable.is_argument);
        let mut lines: Vec<String> = env
            .into_iter()
            .map(|variable| format!("ENV {}={}", variable.name, variable.value))
            .collect();
        let user = state.user().resolved().to_string();
        if is_run && !user.is_empty() {
            lines.push(format!("USER {user}"));
        }
        match state.workdir() {
            Workdir::Known(folder) if is_run || is_relative(instruction) => {
                lines.push(format!("WORKDIR {folder}"));
            }
            _ => {}
        }
        let is_shell_form = is_run && !instruction.exact.starts_with('[');
        if let (true, Some(shell)) = (is_shell_form, state.shell()) {
            let words: Vec<String> = shell.iter().map(|word| format!("{word:?}")).collect();
            lines.push(format!("SHELL [{}]", words.join(", ")));
        }
        let args = args.into_iter().map(|variable| (variable.name.clone(), variable.value.clone()));
        (lines, args.collect())
    }
}

/// Whether it names a place in the image that depends on the folder it stands in.
fn is_relative(instruction: &Instruction) -> bool {
    instruction.words().last().is_some_and(|place| !place.starts_with('/'))
}

/// A name that is assigned again moves to the end, as in BuildKit's `EnvList`.
fn assign(variables: &mut Vec<Variable>, variable: Variable) {
    variables.retain(|other| other.name != variable.name);
    variables.push(variable);
}

fn expanded(text: &str, escape: char, variables: &[Variable]) -> Expanded {
    let values = variables.iter().map(|variable| (&*variable.name, &*variable.value)).collect();
    expand(text, escape, &values)
}
