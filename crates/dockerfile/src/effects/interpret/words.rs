//! Simple commands: their words, assignments and redirections.

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem, IoFileRedirectKind,
    IoFileRedirectTarget, IoRedirect, SimpleCommand, Word,
};

use super::arg::Arg;
use super::interpreter::Interpreter;
use super::reason::Reason;
use super::resources::account;
use crate::effects::Variables;
use crate::effects::names::is_treacherous;
use crate::shell::{self, Expanded, Expansion, expand, expand_heredoc};

/// Deepest nesting of command substitutions.
const DEEPEST: usize = 6;

impl Interpreter<'_> {
    pub(super) fn simple(&mut self, command: &SimpleCommand) {
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
            // For this command only; what it does with it is not known.
            self.assignment_value(assignment);
            self.mark_unknown(Reason::SetsVariablesForCommand);
        }
        words.append(&mut args);
        self.execute(&words);
    }

    pub(super) fn item(&mut self, item: &CommandPrefixOrSuffixItem, args: &mut Vec<Arg>) {
        match item {
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => self.redirect(redirect),
            CommandPrefixOrSuffixItem::Word(word)
            | CommandPrefixOrSuffixItem::AssignmentWord(_, word) => args.extend(self.args(word)),
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|shell| shell.list(&subshell.list, false));
                self.mark_unknown(Reason::ReadsFromProcess);
            }
        }
    }

    pub(super) fn assign(&mut self, assignment: &Assignment) {
        let value = self.assignment_value(assignment);
        match &assignment.name {
            AssignmentName::VariableName(name) => {
                if is_treacherous(name) {
                    self.mark_unknown(Reason::SetsVariable(name.to_string()));
                }
                let value = value.filter(|_| !assignment.append);
                self.now.variables.insert(name.clone(), value);
            }
            AssignmentName::ArrayElementName(..) => self.mark_unknown(Reason::Arrays),
        }
    }

    pub(super) fn assignment_value(&mut self, assignment: &Assignment) -> Option<String> {
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
                self.mark_unknown(Reason::Arrays);
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
            self.mark_unknown(Reason::SetsVariable(name.to_string()));
        }
        self.now.variables.insert(name.to_owned(), value);
    }

    pub(super) fn args(&mut self, word: &Word) -> Vec<Arg> {
        let expanded = expand(&word.value, self.invocation.dialect, self);
        self.note(&expanded);
        match expanded.expansion {
            Expansion::Fields(fields) => {
                for field in fields.iter().filter(|field| field.is_pattern) {
                    // What a pattern finds depends on what is there.
                    let read = self.place_of(&field.text, true).and_then(|place| self.read(&place));
                    read.unwrap_or_else(|why| self.mark_unknown(why));
                }
                fields.into_iter().map(Arg::Field).collect()
            }
            Expansion::Opaque => vec![Arg::Opaque(word.value.clone())],
        }
    }

    /// What expanding a word has read and executed.
    pub(super) fn note(&mut self, expanded: &Expanded) {
        if expanded.has_effects {
            self.mark_unknown(Reason::ExpansionWithEffects);
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
    pub(super) fn text(&mut self, text: &str) {
        if self.depth >= DEEPEST {
            return self.mark_unknown(shell::Unreadable::TooDeep.into());
        }
        match shell::parse(text) {
            Ok(program) => self.in_subshell(|shell| shell.program(&program)),
            Err(fault) => self.mark_unknown(fault.into()),
        }
    }

    pub(super) fn redirect(&mut self, redirect: &IoRedirect) {
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
        done.unwrap_or_else(|why| self.mark_unknown(why));
    }

    pub(super) fn redirect_file(
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
                self.in_subshell(|shell| shell.list(&subshell.list, false));
                Err(Reason::ReadsFromProcess)
            }
            IoFileRedirectTarget::Filename(word) => {
                self.redirect_to(word, !matches!(kind, IoFileRedirectKind::Read))
            }
        }
    }

    pub(super) fn redirect_to(&mut self, word: &Word, is_write: bool) -> Result<(), Reason> {
        let args = self.args(word);
        let [arg] = args.as_slice() else {
            return Err(Reason::NotOneFile(word.value.clone()));
        };
        let place = self.place(arg)?;
        if is_write { self.write(&place) } else { self.read(&place) }
    }
}
