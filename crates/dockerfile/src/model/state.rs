//! What is in force at an instruction: user, folder, shell, variables.
//!
//! ```text
//! ARG A=1          global: seen by later ARGs here and by every FROM
//! FROM x           nothing of the global ARGs is seen from here on …
//! ARG A            … but what is declared again, with the global value
//! ENV B=$A         of ARG and ENV with one name the later wins (tried on Docker 20.10; the manual says
//! FROM y AS z      that ENV always does); a stage on a stage inherits both
//! ```
//!
//! Values are shared between the states of a file, so that one for each instruction costs little.

use std::collections::BTreeMap;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::assignments::{arg_words, env_pairs};
use super::base_facts::BaseFacts;
use super::lexer::{Lookup, expand};
use super::user::UserRef;
use crate::Instruction;

/// What a variable is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This.
    Known(Arc<str>),
    /// `ARG` without a default: nothing, unless the build is told.
    NotGiven,
    /// Something that the file does not say.
    Unknown,
}

impl Value {
    /// The text, where the file says it.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::NotGiven | Self::Unknown => None,
        }
    }
}

/// The working folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workdir {
    /// No `WORKDIR` so far: the base image's.
    Inherited,
    /// An absolute path.
    Known(Arc<str>),
    /// Below an unknown folder, or with an unknown variable in it.
    Unknown,
}

type Variables = RedBlackTreeMapSync<Arc<str>, Value>;

/// What is in force before an instruction.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) user: Arc<UserRef>,
    pub(super) workdir: Workdir,
    pub(super) shell: Option<Arc<[String]>>,
    /// What `$X` is: `ARG` and `ENV`, the later of each name.
    variables: Variables,
    /// What the image will have in its environment.
    env: Variables,
    args: Variables,
    /// Whether a name that the file does not set is certainly unset.
    is_closed: bool,
    base: Option<Arc<BaseFacts>>,
    /// What the build gives to `ARG`s.
    given: Arc<BTreeMap<String, String>>,
    escape: char,
}

impl State {
    /// Before the first instruction of a file: only `ARG` and `FROM` follow. `given` are the values that
    /// the build gives to `ARG`s.
    pub(super) fn global(escape: char, given: Arc<BTreeMap<String, String>>) -> Self {
        let mut global = Self::new(true, escape, given);
        for name in PLATFORM {
            global.variables.insert_mut((*name).into(), Value::Unknown);
        }
        global
    }

    /// After `FROM` an image; nothing is unknown about the one that is empty.
    pub(super) fn of_image(is_scratch: bool, global: &Self) -> Self {
        Self::new(is_scratch, global.escape, global.given.clone())
    }

    fn new(is_scratch: bool, escape: char, given: Arc<BTreeMap<String, String>>) -> Self {
        Self {
            user: Arc::new(UserRef::Inherited),
            workdir: if is_scratch { Workdir::Known("/".into()) } else { Workdir::Inherited },
            shell: None,
            variables: Variables::new_sync(),
            env: Variables::new_sync(),
            args: Variables::new_sync(),
            is_closed: is_scratch,
            base: None,
            given,
            escape,
        }
    }

    /// After `FROM` an image of which the configuration is known; its triggers are not applied yet.
    pub(super) fn of_known(facts: &BaseFacts, global: &Self) -> Self {
        let mut state = Self::of_image(false, global);
        state.is_closed = true;
        let folder = if facts.workdir.starts_with('/') { facts.workdir.as_str() } else { "/" };
        state.workdir = Workdir::Known(clean_path(folder).into());
        state.shell = facts.shell.clone().filter(|shell| !shell.is_empty()).map(Arc::from);
        for (name, value) in &facts.env {
            let value = Value::Known(value.as_str().into());
            state.variables.insert_mut(name.as_str().into(), value.clone());
            state.env.insert_mut(name.as_str().into(), value);
        }
        state.base = Some(Arc::new(facts.clone()));
        state
    }

    /// What the base image says of itself, where that is known.
    pub fn base_facts(&self) -> Option<&BaseFacts> {
        self.base.as_deref()
    }

    /// The user.
    pub fn user(&self) -> &UserRef {
        &self.user
    }

    /// The folder.
    pub fn workdir(&self) -> &Workdir {
        &self.workdir
    }

    /// What `SHELL` says; `None` for the base image's, `/bin/sh -c` without one.
    pub fn shell(&self) -> Option<&[String]> {
        self.shell.as_deref()
    }

    /// What `$name` is worth here; `None` for what the file does not set.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// The image's environment as far as the file sets it, by name.
    pub fn env(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.env.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of a declared `ARG`; `None` for what is not declared.
    pub fn arg(&self, name: &str) -> Option<&Value> {
        self.args.get(name)
    }

    /// The declared `ARG`s, by name.
    pub fn args(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.args.iter().map(|(name, value)| (&**name, value))
    }

    /// Quotes removed, variables replaced; `None` where a value is unknown or the text is refused.
    pub fn expand(&self, text: &str) -> Option<String> {
        let lexed = expand(text, self.escape, &|name| self.lookup(name)).ok()?;
        lexed.is_known.then_some(lexed.text)
    }

    /// As [`State::expand`], split at white space outside quotes.
    pub fn expand_words(&self, text: &str) -> Option<Vec<String>> {
        let lexed = expand(text, self.escape, &|name| self.lookup(name)).ok()?;
        lexed.is_known.then_some(lexed.words)
    }

    fn lookup(&self, name: &str) -> Lookup<'_> {
        match self.variables.get(name) {
            Some(Value::Known(text)) => Lookup::Set(text),
            Some(Value::NotGiven) => Lookup::NotGiven,
            Some(Value::Unknown) => Lookup::Unknown,
            // The engine gives every stage a PATH.
            None if self.is_closed && name != "PATH" => Lookup::Unset,
            None => Lookup::Unknown,
        }
    }

    /// Takes note of an instruction; `outer` is the state that the first `FROM` saw, within a stage.
    pub(super) fn apply(
        &mut self,
        instruction: &Instruction,
        outer: Option<&Self>,
        budget: &mut Budget,
    ) {
        let Instruction { keyword, exact, .. } = instruction;
        match keyword.as_str() {
            "ARG" => {
                for (name, default) in arg_words(exact, self.escape) {
                    self.declare(&name, default.as_deref(), outer, budget);
                }
            }
            "ENV" => self.set_env(exact, budget),
            "USER" => self.user = Arc::new(UserRef::read(exact, self.expand(exact))),
            "WORKDIR" => self.set_workdir(exact, budget),
            "SHELL" => {
                self.shell = serde_json::from_str::<Vec<String>>(exact).ok().map(Arc::from);
            }
            _ => {}
        }
    }

    /// An instruction that only a foreign frontend knows: it may have set anything.
    pub(super) fn forget(&mut self) {
        let lost = |values: &Variables| {
            values.iter().map(|(name, _)| (name.clone(), Value::Unknown)).collect::<Variables>()
        };
        self.user = Arc::new(UserRef::Unknown);
        self.workdir = Workdir::Unknown;
        self.shell = Some(Arc::from(Vec::new()));
        (self.variables, self.env, self.args) =
            (lost(&self.variables), lost(&self.env), lost(&self.args));
        self.is_closed = false;
        self.base = None;
    }

    /// Declares an `ARG`; `global` is the state that the first `FROM` saw.
    fn declare(
        &mut self,
        name: &str,
        default: Option<&str>,
        global: Option<&Self>,
        budget: &mut Budget,
    ) {
        let name: Arc<str> = name.into();
        let from_outside = self.given.get(&*name).map(|value| budget.take(Some(value.clone())));
        let given = match default {
            _ if from_outside.is_some() => from_outside,
            Some(default) => Some(budget.take(self.expand(default))),
            None if PLATFORM.contains(&&*name) => Some(Value::Unknown),
            None => global.and_then(|global| global.variables.get(&*name).cloned()),
        };
        // Without a value of its own it leaves what ENV said.
        let value =
            given.or_else(|| self.variables.get(&*name).cloned()).unwrap_or(Value::NotGiven);
        self.variables.insert_mut(name.clone(), value.clone());
        self.args.insert_mut(name, value);
    }

    /// Sets the variables of an `ENV`: all see the state before it.
    pub(super) fn set_env(&mut self, arguments: &str, budget: &mut Budget) {
        let mut set = Vec::new();
        for (name, value) in env_pairs(arguments, self.escape) {
            let Some(name) = self.expand(&name) else { continue };
            set.push((Arc::<str>::from(name), budget.take(self.expand(&value))));
        }
        for (name, value) in set {
            self.variables.insert_mut(name.clone(), value.clone());
            self.env.insert_mut(name, value);
        }
    }

    pub(super) fn set_workdir(&mut self, text: &str, budget: &mut Budget) {
        let Value::Known(path) = budget.take(self.expand(text)) else {
            self.workdir = Workdir::Unknown;
            return;
        };
        self.workdir = match (&self.workdir, path.starts_with('/')) {
            (_, true) => Workdir::Known(clean_path(&path).into()),
            (Workdir::Known(folder), false) => {
                match budget.take(Some(clean_path(&format!("{folder}/{path}")))) {
                    Value::Known(path) => Workdir::Known(path),
                    _ => Workdir::Unknown,
                }
            }
            (_, false) => Workdir::Unknown,
        };
    }
}

/// How much text the values of a file may take: `ENV A=$A$A` doubles with every line.
pub(super) struct Budget(pub usize);

impl Budget {
    fn take(&mut self, text: Option<String>) -> Value {
        const MOST: usize = 64 << 10;
        match text {
            Some(text) if text.len() <= MOST.min(self.0) => {
                self.0 -= text.len();
                Value::Known(text.into())
            }
            _ => Value::Unknown,
        }
    }
}

/// What BuildKit sets in the global scope; declared in a stage they have these values too.
const PLATFORM: &[&str] = &[
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// An absolute path without `.`, `..` and doubled slashes, as Go's `path.Clean`.
pub(crate) fn clean_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, clean) in [("/", "/"), ("/a//b/./c/../d/", "/a/b/d"), ("/../x", "/x")] {
            assert_eq!(clean_path(path), clean);
        }
    }
}
