//! Lists, conditions, loops and subshells.
//!
//! What `set -e` looks at (POSIX XCU 2.14.1, `set -e`), and whether a command is certain to have succeeded
//! when the step does:
//!
//! | place | `set -e` | certain |
//! |---|---|---|
//! | alone, last in the text | looks | yes |
//! | alone, not last | looks | only under `set -e` |
//! | `a && b`, last | looks at `b` | both |
//! | `a && b`, not last | looks at `b` | neither: `a` may fail without stopping it |
//! | `a \|\| b` | looks at `b` | neither |
//! | `! a` | does not look | no |
//! | condition of `if` | does not look | no |
//! | branches, loop bodies | as around it | no |
//! | `a \| b` | looks at `b` | no |
//! | `( … )` | as around it | as around it; what it sets is lost |

use brush_parser::ast::{
    AndOr, AndOrList, BinaryPredicate, Command, CompoundCommand, CompoundList, ExtendedTestExpr,
    Pipeline, Program, SeparatorOperator, UnaryPredicate,
};

use super::interpreter::Interpreter;
use super::reason::Reason;

/// Words that a `for` may go over.
const MOST_TURNS: usize = 64;

impl Interpreter<'_> {
    pub fn program(&mut self, program: &Program) {
        let count = program.complete_commands.len();
        for (at, list) in program.complete_commands.iter().enumerate() {
            self.list(list, at + 1 == count);
        }
    }

    /// `is_last`: its status is the status of what it is in.
    pub(super) fn list(&mut self, list: &CompoundList, is_last: bool) {
        let count = list.0.len();
        for (at, item) in list.0.iter().enumerate() {
            if matches!(item.1, SeparatorOperator::Async) {
                self.mark_unknown(Reason::Background);
                self.now.is_certain = false;
            }
            self.and_or(&item.0, is_last && at + 1 == count);
        }
    }

    pub(super) fn and_or(&mut self, list: &AndOrList, is_last: bool) {
        let certain = self.now.is_certain;
        let only_and = list.additional.iter().all(|item| matches!(item, AndOr::And(_)));
        let is_alone = list.additional.is_empty();
        // What comes last decides; before that, `set -e` does, for a command on its own.
        let is_checked = only_and && (is_last || is_alone && self.now.errexit);
        self.now.is_certain = certain && is_checked;
        let before = self.now.clone();
        // `set -e` looks at the last pipeline only.
        self.now.errexit &= is_alone;
        self.pipeline(&list.first);
        for (at, item) in list.additional.iter().enumerate() {
            if at + 1 == list.additional.len() {
                self.now.errexit = before.errexit;
            }
            match item {
                AndOr::And(pipeline) => self.pipeline(pipeline),
                AndOr::Or(pipeline) => {
                    // The left side may have stopped anywhere.
                    let after = self.now.clone();
                    self.now.join(&before);
                    self.now.is_certain = false;
                    self.pipeline(pipeline);
                    self.now.join(&after);
                }
            }
        }
        if !is_checked {
            self.now.join(&before);
        }
        self.now.is_certain = certain;
    }

    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) {
        let before = self.now.clone();
        match pipeline.seq.as_slice() {
            [command] => {
                if pipeline.bang {
                    self.now.is_certain = false;
                    self.now.errexit = false;
                }
                self.command(command);
                self.now.is_certain = before.is_certain;
                if pipeline.bang {
                    self.now.errexit = before.errexit;
                    self.now.join(&before);
                }
            }
            commands => {
                for command in commands {
                    self.now = before.clone();
                    self.now.is_certain = false;
                    self.command(command);
                }
                self.now = before;
            }
        }
    }

    pub(super) fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(command) => self.simple(command),
            Command::Compound(compound, redirects) => {
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect);
                }
                self.compound(compound);
            }
            Command::Function(_) => self.mark_unknown(Reason::DefinesFunction),
            Command::ExtendedTest(test, redirects) => {
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect);
                }
                self.extended_test(&test.expr);
            }
        }
    }

    pub(super) fn compound(&mut self, compound: &CompoundCommand) {
        let before = self.now.clone();
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, before.is_certain),
            CompoundCommand::Subshell(subshell) => {
                self.list(&subshell.list, before.is_certain);
                self.now = before;
            }
            CompoundCommand::IfClause(clause) => {
                self.now.is_certain = false;
                self.condition(&clause.condition);
                let mut condition = self.now.clone();
                self.list(&clause.then, false);
                let mut after = self.now.clone();
                let mut has_else = false;
                for clause in clause.elses.iter().flatten() {
                    self.now = condition.clone();
                    if let Some(list) = &clause.condition {
                        self.condition(list);
                        condition = self.now.clone();
                    } else {
                        has_else = true;
                    }
                    self.list(&clause.body, false);
                    after.join(&self.now);
                }
                if !has_else {
                    after.join(&condition);
                }
                self.now = after;
                self.now.is_certain = before.is_certain;
            }
            CompoundCommand::ForClause(clause) => {
                self.now.is_certain = false;
                let mut turns = Vec::new();
                for word in clause.values.iter().flatten() {
                    turns.extend(self.args(word));
                }
                if clause.values.is_none() || turns.len() > MOST_TURNS {
                    self.mark_unknown(Reason::LoopItems);
                }
                for turn in turns.iter().take(MOST_TURNS) {
                    let value = turn.text().map(str::to_owned);
                    self.now.variables.insert(clause.variable_name.clone(), value);
                    let at_start = self.now.clone();
                    self.list(&clause.body.list, false);
                    // `continue` and failures stop a turn anywhere.
                    self.now.join(&at_start);
                    self.now.variables.insert(clause.variable_name.clone(), None);
                }
                self.now.join(&before);
                self.now.is_certain = before.is_certain;
            }
            CompoundCommand::CaseClause(clause) => {
                self.now.is_certain = false;
                self.args(&clause.value);
                let at_start = self.now.clone();
                let mut after = at_start.clone();
                for case in &clause.cases {
                    self.now = at_start.clone();
                    for pattern in &case.patterns {
                        self.args(pattern);
                    }
                    if let Some(list) = &case.cmd {
                        self.list(list, false);
                    }
                    after.join(&self.now);
                }
                self.now = after;
                self.now.is_certain = before.is_certain;
            }
            CompoundCommand::WhileClause(_)
            | CompoundCommand::UntilClause(_)
            | CompoundCommand::Arithmetic(_)
            | CompoundCommand::ArithmeticForClause(_)
            | CompoundCommand::Coprocess(_) => {
                self.mark_unknown(Reason::LoopCondition);
            }
        }
    }

    /// `set -e` does not look at conditions.
    pub(super) fn condition(&mut self, list: &CompoundList) {
        let errexit = std::mem::take(&mut self.now.errexit);
        self.list(list, false);
        self.now.errexit |= errexit;
    }

    pub(super) fn extended_test(&mut self, expression: &ExtendedTestExpr) {
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
                    read.unwrap_or_else(|why| self.mark_unknown(why));
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
                    self.mark_unknown(Reason::ComparesFileTimes);
                }
            }
        }
    }

    pub(super) fn in_subshell(&mut self, run: impl FnOnce(&mut Self)) {
        let before = self.now.clone();
        self.now.is_certain = false;
        self.now.errexit = false;
        self.depth += 1;
        run(self);
        self.depth -= 1;
        self.now = before;
    }
}
