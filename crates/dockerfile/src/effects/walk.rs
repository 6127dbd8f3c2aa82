//! Goes through a syntax tree and collects what its commands do.
//!
//! Everything that may be executed counts, whatever the conditions. What is known along the way (the
//! working folder, variables) is known on every path through the text, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, BinaryPredicate, Command,
    CommandPrefixOrSuffixItem, CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectKind,
    IoFileRedirectTarget, IoRedirect, Pipeline, Program, SeparatorOperator, SimpleCommand,
    UnaryPredicate, Word,
};

use super::commands;
use super::names::{ACCOUNT_FILES, READ_BY_ALL, READ_BY_ALL_DEEP, is_treacherous};
use super::place::{ancestors, clean};
use super::{Effects, Fact, Maker, Place, Variables, Who, World};
use crate::shell::{
    self, Expanded, Expansion, Field, Invocation, Names, Variable, expand, expand_heredoc,
};
use crate::{State, Value, Workdir};

/// Deepest nesting of command substitutions.
const DEEPEST: usize = 6;
/// Words that a `for` may go over.
const MOST_TURNS: usize = 64;

/// Why a command's effects are not certain, in words that follow "because".
pub(super) type Reason = String;

/// An argument: its fields, or something that the file does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arg {
    /// One argument.
    Field(Field),
    /// Any number of arguments.
    Opaque(String),
}

impl Arg {
    /// The text of an argument that is certain and no pattern.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Field(field) if !field.is_pattern => Some(&field.text),
            _ => None,
        }
    }
}

/// What is known at a place in the text.
#[derive(Debug, Clone, PartialEq)]
struct Flow {
    cwd: Option<String>,
    /// Whether `cwd` is where the step started.
    is_at_start: bool,
    variables: BTreeMap<String, Option<String>>,
    errexit: bool,
    /// Whether this is executed, and succeeds, whenever the step does.
    is_certain: bool,
    /// `umask` as the container has it.
    has_plain_umask: bool,
    /// Nothing is executed here any more.
    is_dead: bool,
}

impl Flow {
    /// What is known where two ways come together.
    fn join(&mut self, other: &Self) {
        if other.is_dead {
            return;
        }
        if self.is_dead {
            *self = other.clone();
            return;
        }
        if self.cwd != other.cwd {
            self.cwd = None;
        }
        self.is_at_start &= other.is_at_start;
        let names: BTreeSet<String> =
            self.variables.keys().chain(other.variables.keys()).cloned().collect();
        for name in names {
            if self.variables.get(&name) != other.variables.get(&name) {
                self.variables.insert(name, None);
            }
        }
        self.errexit &= other.errexit;
        self.has_plain_umask &= other.has_plain_umask;
    }
}

/// A walk through one step's text.
pub(super) struct Walk<'a> {
    pub world: &'a World,
    pub who: &'a Who,
    pub effects: Effects,
    state: &'a State,
    invocation: Invocation,
    flow: Flow,
    /// It may end early, and well.
    may_stop: bool,
    depth: usize,
}

impl Names for Walk<'_> {
    fn variable(&self, name: &str) -> Variable {
        if let Some(value) = self.flow.variables.get(name) {
            return value.clone().map_or(Variable::Unknown, Variable::Known);
        }
        let found = self.state.env().find(|(env, _)| *env == name).map(|(_, value)| value);
        match found.or_else(|| self.state.arg(name)) {
            Some(Value::Known(text)) => Variable::Known(text.to_string()),
            Some(_) => Variable::Unknown,
            None if name == "HOME" => self.home().map_or(Variable::Unknown, Variable::Known),
            None if name == "PWD" => {
                self.flow.cwd.clone().map_or(Variable::Unknown, Variable::Known)
            }
            None => Variable::Unknown,
        }
    }

    fn home_of(&self, user: &str) -> Option<String> {
        self.world.home(user).map(str::to_owned)
    }
}

impl<'a> Walk<'a> {
    /// At the start of a step.
    pub fn new(world: &'a World, who: &'a Who, state: &'a State, invocation: Invocation) -> Self {
        let cwd = match state.workdir() {
            Workdir::Known(path) => Some(clean(path)),
            Workdir::Inherited | Workdir::Unknown => None,
        };
        let mut walk = Self {
            world,
            who,
            effects: Effects::default(),
            state,
            invocation,
            flow: Flow {
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
        walk.start();
        walk
    }

    /// What executing anything reads.
    fn start(&mut self) {
        for path in READ_BY_ALL {
            self.effects.ambient.push(Place::exact(path));
        }
        for path in READ_BY_ALL_DEEP {
            self.effects.ambient.push(Place::deep(path));
        }
        for shell in ["sh", "bash", "dash", "busybox"] {
            self.effects.ambient.push(Place::exact(&format!("/usr/bin/{shell}")));
        }
        match self.who {
            Who::Root => self.effects.read(account("root")),
            Who::Named(name) => self.effects.read(account(name)),
            Who::Numeric(_) | Who::Unknown => self.effects.read(accounts()),
        }
        if self.state.arg("PATH").is_some() {
            self.give_up("an `ARG` is called `PATH`".to_owned());
        }
        let set = self.state.env().chain(self.state.args());
        if let Some((name, _)) =
            set.map(|(name, value)| (name.to_owned(), value)).find(|(name, _)| is_treacherous(name))
        {
            self.give_up(format!("`{name}` changes how its shell works"));
        }
    }

    /// The home of who executes this.
    fn home(&self) -> Option<String> {
        match self.who {
            Who::Root => self.world.home("root").map(str::to_owned),
            Who::Named(name) => self.world.home(name).map(str::to_owned),
            Who::Numeric(_) | Who::Unknown => None,
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
    pub fn give_up(&mut self, why: Reason) {
        self.effects.give_up(why, false);
    }

    // Paths.

    /// The place that an argument names, after `.` and relative paths.
    pub fn place(&mut self, arg: &Arg) -> Result<Place, Reason> {
        let field = match arg {
            Arg::Field(field) => field,
            Arg::Opaque(word) => return Err(format!("`{word}` is not certain")),
        };
        self.place_of(&field.text, field.is_pattern)
    }

    pub fn place_of(&mut self, text: &str, is_pattern: bool) -> Result<Place, Reason> {
        if text.is_empty() {
            return Err("a path in it is empty".to_owned());
        }
        if text.split('/').any(|part| part == "..") {
            return Err(format!("`{text}` goes back through `..`"));
        }
        let path = if text.starts_with('/') {
            text.to_owned()
        } else {
            self.effects.uses_workdir |= self.flow.is_at_start;
            match &self.flow.cwd {
                Some(cwd) => format!("{cwd}/{text}"),
                None => {
                    return Err(format!("`{text}` is relative to a folder that is not certain"));
                }
            }
        };
        Ok(if is_pattern { Place::pattern(&path) } else { Place::exact(&path) })
    }

    /// All that a place stands for, links followed; an error where it may be anywhere.
    pub fn everywhere(&self, place: &Place) -> Result<Vec<Place>, Reason> {
        let tangled = || format!("links may lead elsewhere from `{place}`");
        let places = self.world.aliases(place).ok_or_else(tangled)?;
        match places.iter().any(|place| self.world.is_tangled(place)) {
            true => Err(tangled()),
            false => Ok(places),
        }
    }

    pub fn read(&mut self, place: &Place) -> Result<(), Reason> {
        if is_device(place) {
            return Ok(());
        }
        for place in self.everywhere(place)? {
            self.note_accounts(&place, false);
            self.effects.read(place);
        }
        Ok(())
    }

    pub fn write(&mut self, place: &Place) -> Result<(), Reason> {
        if is_device(place) {
            return Ok(());
        }
        for place in self.everywhere(place)? {
            self.note_accounts(&place, true);
            self.note_command(&place);
            if *self.who != Who::Root || !self.flow.has_plain_umask {
                self.effects.facts.push(Fact::Granted(place.clone()));
            }
            self.effects.write(place);
        }
        Ok(())
    }

    /// Removes: the folders that were there are not certain any more.
    pub fn remove(&mut self, place: &Place) -> Result<(), Reason> {
        self.write(place)?;
        self.note_everywhere(place, Fact::Removed)
    }

    /// Notes a fact of a place under all its names.
    pub fn note_everywhere(
        &mut self,
        place: &Place,
        fact: impl Fn(Place) -> Fact,
    ) -> Result<(), Reason> {
        let places = self.everywhere(place)?;
        self.effects.facts.extend(places.into_iter().map(fact));
        Ok(())
    }

    /// Makes a folder, and those above it, where they are missing.
    pub fn make_folders(&mut self, place: &Place, has_plain_mode: bool) -> Result<(), Reason> {
        let Some(path) = place.path() else { return self.write(&place.clone().and_below()) };
        for place in self.everywhere(place)? {
            let Some(real) = place.path() else { return self.write(&place) };
            let who = match self.who {
                Who::Root => "root".to_owned(),
                Who::Named(name) => name.clone(),
                Who::Numeric(uid) => uid.to_string(),
                Who::Unknown => "?".to_owned(),
            };
            let maker = if has_plain_mode && self.flow.has_plain_umask {
                who
            } else {
                format!("{who} {path}")
            };
            self.effects.make_folders(self.world, &real, &Maker(maker));
            // Where a link leads is not as certain as that there is something.
            if self.is_certain() && real == path {
                self.effects.facts.push(Fact::Folder { path: real, is_own: false });
            }
            if *self.who != Who::Root || !self.flow.has_plain_umask {
                self.effects.facts.push(Fact::Granted(place.clone().and_below()));
            }
        }
        Ok(())
    }

    /// Whether a place is certainly a folder.
    pub fn is_folder(&self, place: &Place) -> bool {
        place.path().is_some_and(|path| self.world.has_folder(&path))
    }

    /// Where the commands of the text are.
    pub fn cwd(&mut self) -> Option<String> {
        self.effects.uses_workdir |= self.flow.is_at_start;
        self.flow.cwd.clone()
    }

    pub fn change_folder(&mut self, to: Option<&Arg>) -> Result<(), Reason> {
        let place = match to {
            Some(arg) => self.place(arg)?,
            None => match self.variable("HOME") {
                Variable::Known(home) => Place::exact(&home),
                Variable::Unknown => return Err("its home is not certain".to_owned()),
            },
        };
        let Some(path) = place.path() else { return Err(format!("`cd {place}` is not certain")) };
        self.read(&place)?;
        self.flow.cwd = Some(path);
        self.flow.is_at_start = false;
        Ok(())
    }

    pub fn set_umask(&mut self) {
        self.flow.has_plain_umask = false;
    }

    pub fn set_errexit(&mut self, on: bool) {
        self.flow.errexit = on;
    }

    pub fn forget(&mut self, variable: &str) {
        self.flow.variables.insert(variable.to_owned(), None);
    }

    /// Whether this is executed, and succeeds, whenever the step does.
    pub fn is_certain(&self) -> bool {
        self.flow.is_certain && !self.may_stop
    }

    /// The text ends here, with a status that is certainly not 0, or one that may be.
    pub fn stop(&mut self, is_failure: bool) {
        self.may_stop |= !is_failure;
        self.flow.is_dead = true;
    }

    pub fn fact(&mut self, fact: Fact) {
        self.effects.facts.push(fact);
    }

    /// Account files written by hand.
    fn note_accounts(&mut self, place: &Place, is_write: bool) {
        if ACCOUNT_FILES.iter().any(|path| place.meets(&Place::exact(path))) {
            if is_write {
                self.effects.write(accounts());
            } else {
                self.effects.read(accounts());
            }
        }
    }

    /// A file in a folder of commands is a command.
    fn note_command(&mut self, place: &Place) {
        let in_folder_of_commands = place.folder().is_some_and(|path| {
            let folder = ancestors(&path).last().unwrap_or("/");
            folder.ends_with("/bin")
                || self.world.path().is_some_and(|path| path.iter().any(|entry| entry == folder))
        });
        if let (true, Some(name)) = (in_folder_of_commands, place.name()) {
            self.effects.brings.insert(name.to_owned());
        }
    }

    // The tree.

    pub fn program(&mut self, program: &Program) {
        let count = program.complete_commands.len();
        for (at, list) in program.complete_commands.iter().enumerate() {
            self.list(list, at + 1 == count);
        }
    }

    /// `is_last`: its status is the status of what it is in.
    fn list(&mut self, list: &CompoundList, is_last: bool) {
        let count = list.0.len();
        for (at, item) in list.0.iter().enumerate() {
            if matches!(item.1, SeparatorOperator::Async) {
                self.give_up("it leaves something in the background".to_owned());
                self.flow.is_certain = false;
            }
            self.and_or(&item.0, is_last && at + 1 == count);
        }
    }

    fn and_or(&mut self, list: &AndOrList, is_last: bool) {
        let certain = self.flow.is_certain;
        let only_and = list.additional.iter().all(|item| matches!(item, AndOr::And(_)));
        let is_alone = list.additional.is_empty();
        // What comes last decides; before that, `set -e` does, for a command on its own.
        let is_checked = only_and && (is_last || is_alone && self.flow.errexit);
        self.flow.is_certain = certain && is_checked;
        let before = self.flow.clone();
        // `set -e` looks at the last pipeline only.
        self.flow.errexit &= is_alone;
        self.pipeline(&list.first);
        for (at, item) in list.additional.iter().enumerate() {
            if at + 1 == list.additional.len() {
                self.flow.errexit = before.errexit;
            }
            match item {
                AndOr::And(pipeline) => self.pipeline(pipeline),
                AndOr::Or(pipeline) => {
                    // The left side may have stopped anywhere.
                    let after = self.flow.clone();
                    self.flow.join(&before);
                    self.flow.is_certain = false;
                    self.pipeline(pipeline);
                    self.flow.join(&after);
                }
            }
        }
        if !is_checked {
            self.flow.join(&before);
        }
        self.flow.is_certain = certain;
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        let before = self.flow.clone();
        match pipeline.seq.as_slice() {
            [command] => {
                if pipeline.bang {
                    self.flow.is_certain = false;
                    self.flow.errexit = false;
                }
                self.command(command);
                self.flow.is_certain = before.is_certain;
                if pipeline.bang {
                    self.flow.errexit = before.errexit;
                    self.flow.join(&before);
                }
            }
            commands => {
                for command in commands {
                    self.flow = before.clone();
                    self.flow.is_certain = false;
                    self.command(command);
                }
                self.flow = before;
            }
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(command) => self.simple(command),
            Command::Compound(compound, redirects) => {
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect);
                }
                self.compound(compound);
            }
            Command::Function(_) => self.give_up("it defines a function".to_owned()),
            Command::ExtendedTest(test, redirects) => {
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect);
                }
                self.extended_test(&test.expr);
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        let before = self.flow.clone();
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, before.is_certain),
            CompoundCommand::Subshell(subshell) => {
                self.list(&subshell.list, before.is_certain);
                self.flow = before;
            }
            CompoundCommand::IfClause(clause) => {
                self.flow.is_certain = false;
                self.condition(&clause.condition);
                let mut condition = self.flow.clone();
                self.list(&clause.then, false);
                let mut after = self.flow.clone();
                let mut has_else = false;
                for clause in clause.elses.iter().flatten() {
                    self.flow = condition.clone();
                    if let Some(list) = &clause.condition {
                        self.condition(list);
                        condition = self.flow.clone();
                    } else {
                        has_else = true;
                    }
                    self.list(&clause.body, false);
                    after.join(&self.flow);
                }
                if !has_else {
                    after.join(&condition);
                }
                self.flow = after;
                self.flow.is_certain = before.is_certain;
            }
            CompoundCommand::ForClause(clause) => {
                self.flow.is_certain = false;
                let mut turns = Vec::new();
                for word in clause.values.iter().flatten() {
                    turns.extend(self.args(word));
                }
                if clause.values.is_none() || turns.len() > MOST_TURNS {
                    self.give_up("its loop has turns that are not certain".to_owned());
                }
                for turn in turns.iter().take(MOST_TURNS) {
                    let value = turn.text().map(str::to_owned);
                    self.flow.variables.insert(clause.variable_name.clone(), value);
                    let at_start = self.flow.clone();
                    self.list(&clause.body.list, false);
                    // `continue` and failures stop a turn anywhere.
                    self.flow.join(&at_start);
                    self.flow.variables.insert(clause.variable_name.clone(), None);
                }
                self.flow.join(&before);
                self.flow.is_certain = before.is_certain;
            }
            CompoundCommand::CaseClause(clause) => {
                self.flow.is_certain = false;
                self.args(&clause.value);
                let at_start = self.flow.clone();
                let mut after = at_start.clone();
                for case in &clause.cases {
                    self.flow = at_start.clone();
                    for pattern in &case.patterns {
                        self.args(pattern);
                    }
                    if let Some(list) = &case.cmd {
                        self.list(list, false);
                    }
                    after.join(&self.flow);
                }
                self.flow = after;
                self.flow.is_certain = before.is_certain;
            }
            CompoundCommand::WhileClause(_)
            | CompoundCommand::UntilClause(_)
            | CompoundCommand::Arithmetic(_)
            | CompoundCommand::ArithmeticForClause(_)
            | CompoundCommand::Coprocess(_) => {
                self.give_up("it has a loop whose turns are not certain".to_owned());
            }
        }
    }

    /// `set -e` does not look at conditions.
    fn condition(&mut self, list: &CompoundList) {
        let errexit = std::mem::take(&mut self.flow.errexit);
        self.list(list, false);
        self.flow.errexit |= errexit;
    }

    fn extended_test(&mut self, expression: &ExtendedTestExpr) {
        match expression {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.extended_test(left);
                self.extended_test(right);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => {
                self.extended_test(inner);
            }
            ExtendedTestExpr::UnaryTest(predicate, word) => {
                let args = self.args(word);
                let is_about_text = matches!(
                    predicate,
                    UnaryPredicate::StringHasZeroLength | UnaryPredicate::StringHasNonZeroLength
                );
                if is_about_text {
                    return;
                }
                for arg in &args {
                    let read = self.place(arg).and_then(|place| self.read(&place));
                    read.unwrap_or_else(|why| self.give_up(why));
                }
            }
            ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                self.args(left);
                self.args(right);
                if matches!(
                    predicate,
                    BinaryPredicate::LeftFileIsNewerOrExistsWhenRightDoesNot
                        | BinaryPredicate::LeftFileIsOlderOrDoesNotExistWhenRightDoes
                        | BinaryPredicate::FilesReferToSameDeviceAndInodeNumbers
                ) {
                    self.give_up("it compares the times of files".to_owned());
                }
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let before = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let mut assignments = Vec::new();
        let mut args = Vec::new();
        for item in before {
            match item {
                CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    assignments.push(assignment)
                }
                other => self.item(other, &mut args),
            }
        }
        let name = command.word_or_name.as_ref().map(|word| self.args(word));
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, &mut args);
        }
        let Some(mut words) = name else {
            assignments.iter().for_each(|assignment| self.assign(assignment));
            return;
        };
        if let Some(assignment) = assignments.first() {
            // For this command only; what it does with it is not told.
            self.assignment_value(assignment);
            self.give_up("it sets variables for one command".to_owned());
        }
        words.append(&mut args);
        self.execute(&words);
    }

    /// Executes a command with its arguments.
    pub fn execute(&mut self, words: &[Arg]) {
        let Some((name, args)) = words.split_first() else {
            return self.give_up("it executes what a variable says".to_owned());
        };
        let Some(name) = name.text() else {
            return self.give_up("it executes what a variable says".to_owned());
        };
        if let Err(why) = commands::execute(self, name, args) {
            self.give_up(why);
        }
    }

    /// Looks a command up: reads its entries in the folders of `PATH`.
    pub fn look_up(&mut self, command: &str) -> Result<(), Reason> {
        self.effects.commands.insert(command.to_owned());
        let Some(path) = self.world.path() else {
            return Err("`PATH` is not certain".to_owned());
        };
        for folder in path {
            let place = Place::exact(&format!("{folder}/{command}"));
            if !self.effects.ambient.contains(&place) {
                self.effects.ambient.push(place);
            }
        }
        if self.flow.variables.contains_key("PATH") {
            return Err("it changes `PATH`".to_owned());
        }
        if self.world.may_hide(command) {
            return Err(format!("`{command}` may be another command here"));
        }
        Ok(())
    }

    fn item(&mut self, item: &CommandPrefixOrSuffixItem, args: &mut Vec<Arg>) {
        match item {
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => self.redirect(redirect),
            CommandPrefixOrSuffixItem::Word(word)
            | CommandPrefixOrSuffixItem::AssignmentWord(_, word) => args.extend(self.args(word)),
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|walk| walk.list(&subshell.list, false));
                self.give_up("it reads from a process".to_owned());
            }
        }
    }

    fn assign(&mut self, assignment: &Assignment) {
        let value = self.assignment_value(assignment);
        match &assignment.name {
            AssignmentName::VariableName(name) => {
                if is_treacherous(name) {
                    self.give_up(format!("it sets `{name}`"));
                }
                let value = value.filter(|_| !assignment.append);
                self.flow.variables.insert(name.clone(), value);
            }
            AssignmentName::ArrayElementName(..) => self.give_up("it uses arrays".to_owned()),
        }
    }

    fn assignment_value(&mut self, assignment: &Assignment) -> Option<String> {
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                // No splitting and no patterns here: any text is one value.
                let expanded = expand(&word.value, self.invocation.dialect, self);
                self.note(&expanded);
                match expanded.expansion {
                    Expansion::Fields(fields) => match fields.as_slice() {
                        [] => Some(String::new()),
                        [field] => Some(field.text.clone()),
                        _ => None,
                    },
                    Expansion::Opaque => None,
                }
            }
            AssignmentValue::Array(_) => {
                self.give_up("it uses arrays".to_owned());
                None
            }
        }
    }

    /// The value of `NAME=value` given to `export` and its kin.
    pub fn declare(&mut self, text: &str) {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => return,
        };
        if is_treacherous(name) {
            self.give_up(format!("it sets `{name}`"));
        }
        self.flow.variables.insert(name.to_owned(), value);
    }

    fn args(&mut self, word: &Word) -> Vec<Arg> {
        let expanded = expand(&word.value, self.invocation.dialect, self);
        self.note(&expanded);
        match expanded.expansion {
            Expansion::Fields(fields) => {
                for field in fields.iter().filter(|field| field.is_pattern) {
                    // What a pattern finds depends on what is there.
                    let read = self.place_of(&field.text, true).and_then(|place| self.read(&place));
                    read.unwrap_or_else(|why| self.give_up(why));
                }
                fields.into_iter().map(Arg::Field).collect()
            }
            Expansion::Opaque => vec![Arg::Opaque(word.value.clone())],
        }
    }

    /// What expanding a word has read and executed.
    fn note(&mut self, expanded: &Expanded) {
        if expanded.has_effects {
            self.give_up("a word in it may do more than expand".to_owned());
        }
        for variable in &expanded.variables {
            if let Variables::Some(names) = &mut self.effects.variables {
                names.insert(variable.clone());
            }
        }
        for user in &expanded.users {
            self.effects.read(account(user));
        }
        for text in &expanded.substitutions {
            self.text(text);
        }
    }

    /// A text that is executed on its own.
    fn text(&mut self, text: &str) {
        if self.depth >= DEEPEST {
            return self.give_up(shell::Unreadable::TooDeep.to_string());
        }
        match shell::parse(text) {
            Ok(program) => self.in_subshell(|walk| walk.program(&program)),
            Err(fault) => self.give_up(fault.to_string()),
        }
    }

    fn in_subshell(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = self.flow.clone();
        self.flow.is_certain = false;
        self.flow.errexit = false;
        self.depth += 1;
        walk(self);
        self.depth -= 1;
        self.flow = before;
    }

    fn redirect(&mut self, redirect: &IoRedirect) {
        let done = match redirect {
            IoRedirect::File(_, kind, target) => self.redirect_file(kind, target),
            IoRedirect::HereDocument(_, document) => {
                if document.requires_expansion {
                    let expanded = expand_heredoc(&document.doc.value, self);
                    self.note(&expanded);
                }
                Ok(())
            }
            IoRedirect::HereString(_, word) => {
                self.args(word);
                Ok(())
            }
            IoRedirect::OutputAndError(word, _) => self.redirect_to(word, true),
        };
        done.unwrap_or_else(|why| self.give_up(why));
    }

    fn redirect_file(
        &mut self,
        kind: &IoFileRedirectKind,
        target: &IoFileRedirectTarget,
    ) -> Result<(), Reason> {
        match target {
            IoFileRedirectTarget::Fd(_) => Ok(()),
            IoFileRedirectTarget::Duplicate(word) => {
                let is_number =
                    word.value.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit());
                if is_number { Ok(()) } else { self.redirect_to(word, true) }
            }
            IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|walk| walk.list(&subshell.list, false));
                Err("it reads from a process".to_owned())
            }
            IoFileRedirectTarget::Filename(word) => {
                self.redirect_to(word, !matches!(kind, IoFileRedirectKind::Read))
            }
        }
    }

    fn redirect_to(&mut self, word: &Word, is_write: bool) -> Result<(), Reason> {
        let args = self.args(word);
        let [arg] = args.as_slice() else {
            return Err(format!("`{}` is not one file", word.value));
        };
        let place = self.place(arg)?;
        if is_write { self.write(&place) } else { self.read(&place) }
    }
}

impl Effects {
    /// Records that a folder is made, and those above it, where they are missing. What the distribution
    /// has is not missing, nor what a step has written; what was made where it was missing would be
    /// made here as well.
    pub(super) fn make_folders(&mut self, world: &World, path: &str, maker: &Maker) {
        let path = clean(path);
        for folder in ancestors(&path).chain([path.as_str()]) {
            let place = Place::exact(folder);
            if world.has_firm_folder(folder) {
                self.read(place);
            } else if !self.makes.iter().any(|(made, _)| *made == place) {
                self.makes.push((place, maker.clone()));
            }
        }
    }
}

/// One user's account.
pub(super) fn account(name: &str) -> Place {
    Place::resource(&["account", name])
}

/// All accounts.
pub(super) fn accounts() -> Place {
    Place::resource(&["account"]).and_below()
}

/// Devices that keep nothing.
fn is_device(place: &Place) -> bool {
    place.path().is_some_and(|path| {
        matches!(
            path.as_str(),
            "/dev/null"
                | "/dev/stdout"
                | "/dev/stderr"
                | "/dev/stdin"
                | "/dev/tty"
                | "/dev/zero"
                | "/dev/full"
                | "/dev/urandom"
                | "/dev/random"
        ) || path.starts_with("/dev/fd/")
    })
}
