//! One step's interpreter: where it starts, what names are worth, what commands ask of it.

use std::collections::BTreeMap;

use super::arg::Arg;
use super::reason::Reason;
use super::resources::{account, accounts};
use super::state::AbstractState;
use crate::effects::commands;
use crate::effects::names::{READ_BY_ALL, READ_BY_ALL_DEEP, is_treacherous};
use crate::effects::path_set::clean;
use crate::effects::{Effects, Fact, FsModel, PathSet, StepUser};
use crate::shell::{Invocation, Names, Variable};
use crate::{State, Value, Workdir};

/// Interprets one step's text.
pub struct Interpreter<'a> {
    pub fs: &'a FsModel,
    pub who: &'a StepUser,
    pub effects: Effects,
    pub(super) state: &'a State,
    pub(super) invocation: Invocation,
    pub(super) now: AbstractState,
    /// It may end early, and well.
    pub(super) may_stop: bool,
    pub(super) depth: usize,
}

impl Names for Interpreter<'_> {
    fn variable(&self, name: &str) -> Variable {
        if let Some(value) = self.now.variables.get(name) {
            return value.clone().map_or(Variable::Unknown, Variable::Known);
        }
        let found = self.state.env().find(|(env, _)| *env == name).map(|(_, value)| value);
        // A build may be given another value than the default.
        let argument = || self.state.arg(name).filter(|_| self.fs.trusts());
        if found.is_none() && self.state.arg(name).is_some() && argument().is_none() {
            return Variable::Unknown;
        }
        match found.or_else(argument) {
            Some(Value::Known(text)) => Variable::Known(text.to_string()),
            Some(_) => Variable::Unknown,
            None if name == "HOME" => self.home().map_or(Variable::Unknown, Variable::Known),
            None if name == "PWD" => {
                self.now.cwd.clone().map_or(Variable::Unknown, Variable::Known)
            }
            None => Variable::Unknown,
        }
    }

    fn home_of(&self, user: &str) -> Option<String> {
        self.fs.home(user).map(str::to_owned)
    }
}

impl<'a> Interpreter<'a> {
    /// At the start of a step.
    pub fn new(
        fs: &'a FsModel,
        who: &'a StepUser,
        state: &'a State,
        invocation: Invocation,
    ) -> Self {
        let cwd = match state.workdir() {
            Workdir::Known(path) => Some(clean(path)),
            Workdir::Inherited | Workdir::Unknown => None,
        };
        let mut interpreter = Self {
            fs,
            who,
            effects: Effects::default(),
            state,
            invocation,
            now: AbstractState {
                cwd,
                is_at_start: true,
                variables: BTreeMap::new(),
                errexit: invocation.errexit,
                is_certain: true,
                has_plain_umask: true,
                is_dead: false,
            },
            may_stop: false,
            depth: 0,
        };
        interpreter.start();
        interpreter
    }

    /// What executing anything reads.
    pub(super) fn start(&mut self) {
        for path in READ_BY_ALL {
            self.effects.ambient.push(PathSet::exact(path));
        }
        for path in READ_BY_ALL_DEEP {
            self.effects.ambient.push(PathSet::deep(path));
        }
        for shell in ["sh", "bash", "dash", "busybox"] {
            self.effects.ambient.push(PathSet::exact(&format!("/usr/bin/{shell}")));
        }
        match self.who {
            StepUser::Root => self.effects.read(account("root")),
            StepUser::Named(name) => self.effects.read(account(name)),
            StepUser::Numeric(_) | StepUser::Unknown => self.effects.read(accounts()),
        }
        if self.state.arg("PATH").is_some() {
            self.mark_unknown(Reason::ArgNamedPath);
        }
        let set = self.state.env().chain(self.state.args());
        if let Some((name, _)) =
            set.map(|(name, value)| (name.to_owned(), value)).find(|(name, _)| is_treacherous(name))
        {
            self.mark_unknown(Reason::ChangesShell(name.to_string()));
        }
    }

    /// The home of who executes this.
    pub(super) fn home(&self) -> Option<String> {
        match self.who {
            StepUser::Root => self.fs.home("root").map(str::to_owned),
            StepUser::Named(name) => self.fs.home(name).map(str::to_owned),
            StepUser::Numeric(_) | StepUser::Unknown => None,
        }
    }

    /// What `$HOME` is.
    pub fn home_of_user(&mut self) -> Option<String> {
        match self.variable("HOME") {
            Variable::Known(home) => Some(home),
            Variable::Unknown => None,
        }
    }

    /// Gives up for a reason other than the package manager.
    pub fn mark_unknown(&mut self, why: Reason) {
        self.effects.mark_unknown(why, false);
    }

    /// Executes a command with its arguments.
    pub fn execute(&mut self, words: &[Arg]) {
        let Some((name, args)) = words.split_first() else {
            return self.mark_unknown(Reason::ExecutesVariable);
        };
        let Some(name) = name.text() else {
            return self.mark_unknown(Reason::ExecutesVariable);
        };
        if let Err(why) = commands::execute(self, name, args) {
            self.mark_unknown(why);
        }
    }

    /// Looks a command up: reads its entries in the folders of `PATH`.
    pub fn look_up(&mut self, command: &str) -> Result<(), Reason> {
        self.effects.commands.insert(command.to_owned());
        let Some(path) = self.fs.path() else {
            return Err(Reason::UncertainPath);
        };
        for folder in path {
            let place = PathSet::exact(&format!("{folder}/{command}"));
            if !self.effects.ambient.contains(&place) {
                self.effects.ambient.push(place);
            }
        }
        if self.now.variables.contains_key("PATH") {
            return Err(Reason::ChangesPath);
        }
        if self.fs.may_hide(command) {
            return Err(Reason::MayBeOtherCommand(command.to_string()));
        }
        Ok(())
    }

    /// Where the commands of the text are.
    pub fn cwd(&mut self) -> Option<String> {
        self.effects.uses_workdir |= self.now.is_at_start;
        self.now.cwd.clone()
    }

    pub fn change_folder(&mut self, to: Option<&Arg>) -> Result<(), Reason> {
        let place = match to {
            Some(arg) => self.place(arg)?,
            None => match self.variable("HOME") {
                Variable::Known(home) => PathSet::exact(&home),
                Variable::Unknown => return Err(Reason::UncertainHome),
            },
        };
        let Some(path) = place.path() else {
            return Err(Reason::UncertainWorkingFolder(place.to_string()));
        };
        self.read(&place)?;
        self.now.cwd = Some(path);
        self.now.is_at_start = false;
        Ok(())
    }

    pub fn set_umask(&mut self) {
        self.now.has_plain_umask = false;
    }

    pub fn set_errexit(&mut self, on: bool) {
        self.now.errexit = on;
    }

    pub fn forget(&mut self, variable: &str) {
        self.now.variables.insert(variable.to_owned(), None);
    }

    /// Whether this is executed, and succeeds, whenever the step does.
    pub fn is_certain(&self) -> bool {
        self.now.is_certain && !self.may_stop
    }

    /// The text ends here, with a status that is certainly not 0, or one that may be.
    pub fn stop(&mut self, is_failure: bool) {
        self.may_stop |= !is_failure;
        self.now.is_dead = true;
    }

    pub fn fact(&mut self, fact: Fact) {
        self.effects.facts.push(fact);
    }
}
