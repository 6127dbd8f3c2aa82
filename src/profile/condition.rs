//! The condition of an alert, as people write it: `build_time > baseline * 1.2`.
//!
//! It is an expression of minijinja over a few names, with one addition: `99%` is 0.99. What can be
//! wrong with it is found here, without a build: names that do not exist, and what is no yes or no.

mod terms;

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, UndefinedBehavior};
use thiserror::Error;

use self::terms::Terms;
use crate::project::yaml::{quoted, shown, suggest};

/// What a condition may name: the name, and what its value is.
pub const CONDITION_NAMES: [(&str, &str); 10] = [
    ("build_time", "time of the build, or of the step that is judged, in seconds"),
    ("baseline", "what that took in earlier builds, in seconds"),
    ("cache_hit_rate", "share of the steps that came from the cache, 0 to 1"),
    ("image_size", "size of the image in bytes"),
    ("baseline_image_size", "what that was before, in bytes"),
    ("steps_executed", "how many steps ran"),
    ("steps_cached", "how many steps came from the cache"),
    (
        "permission_errors",
        "lines of output, of steps and of a container, that report a denied permission",
    ),
    ("startup_time", "time until a container of the image is ready, in seconds"),
    ("service_uptime", "share of the time that its programs are up, 0 to 1"),
];

/// A condition that can be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    terms: Terms,
    names: Vec<&'static str>,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// minijinja cannot read it.
    #[error("found `{}`, expected a condition: {reason}", shown(.found))]
    Syntax {
        /// As written.
        found: String,
        /// In minijinja's words.
        reason: String,
    },
    /// A name that no build has a value for.
    #[error("unknown value `{}`", shown(.name))]
    UnknownName {
        /// As written.
        name: String,
    },
    /// It cannot be evaluated, or its value is a number or a text.
    #[error("found `{}`, expected a condition that is true or false: {reason}", shown(.found))]
    NotBoolean {
        /// As written.
        found: String,
        /// What it is instead.
        reason: String,
    },
}

impl ConditionError {
    /// What to write instead.
    pub fn hint(&self) -> Option<String> {
        let names = CONDITION_NAMES.map(|(name, _)| name);
        match self {
            Self::UnknownName { name } => Some(match suggest(name, names) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("the values are {}", quoted(names)),
            }),
            Self::Syntax { .. } | Self::NotBoolean { .. } => {
                Some("for example `build_time > baseline * 1.2`".to_owned())
            }
        }
    }

    /// The part of the condition that is at fault, where it is one name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::UnknownName { name } => Some(name),
            Self::Syntax { .. } | Self::NotBoolean { .. } => None,
        }
    }
}

impl Condition {
    /// Reads a condition and tries it on a few values.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        // minijinja orders texts after numbers, so that `build_time > '10'` is never true.
        if text.contains(['"', '\'']) {
            let reason = "there is text in quotes, and all values are numbers".to_owned();
            return Err(ConditionError::NotBoolean { found: text.to_owned(), reason });
        }
        let expression = percents_as_numbers(text);
        let environment = environment();
        let compiled = environment.compile_expression(&expression).map_err(|error| {
            let reason = error.detail().unwrap_or("it cannot be read").to_owned();
            ConditionError::Syntax { found: text.to_owned(), reason }
        })?;
        let undeclared = compiled.undeclared_variables(false);
        let names = names_of(&undeclared);
        let mut unknown: Vec<&String> =
            undeclared.iter().filter(|name| !names.contains(&name.as_str())).collect();
        unknown.sort_by_key(|name| text.find(name.as_str()));
        if let Some(name) = unknown.first() {
            return Err(ConditionError::UnknownName { name: (*name).clone() });
        }
        is_boolean(&expression)
            .map_err(|reason| ConditionError::NotBoolean { found: text.to_owned(), reason })?;
        let names_in = |part: &str| {
            let compiled = environment.compile_expression(part);
            compiled.map_or_else(|_| Vec::new(), |part| names_of(&part.undeclared_variables(false)))
        };
        Ok(Self { terms: Terms::of(&expression, &names_in), names })
    }

    /// The names that it uses.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Whether it holds for these values; `None` where that hangs on one that is not known.
    pub fn holds(&self, values: &BTreeMap<&str, f64>) -> Option<bool> {
        self.terms.holds(values, true)
    }

    /// Whether it holds by its other terms alone, those that say that the build was slower aside.
    pub fn holds_but_for_speed(&self, values: &BTreeMap<&str, f64>) -> Option<bool> {
        self.terms.holds(values, false)
    }

    /// What it says of speed: the ratio that a verdict goes by. `None` where it says nothing, or
    /// where equal times are slow enough for it.
    pub fn speed(&self) -> Option<Self> {
        let terms = self.terms.speed()?;
        Some(Self { terms, names: self.names.clone() })
    }
}

fn names_of(undeclared: &std::collections::HashSet<String>) -> Vec<&'static str> {
    let known = |name: &&'static str| undeclared.contains(*name);
    CONDITION_NAMES.iter().map(|(name, _)| *name).filter(known).collect()
}

/// Tries it on a few values; `Err` says what it is instead of true or false.
fn is_boolean(expression: &str) -> Result<(), String> {
    // `and` and `or` may look at one side only: values that differ in size reach both. Some of them
    // may divide by zero, which is no fault of the condition.
    let count = CONDITION_NAMES.len() as f64;
    let mut last = Ok(());
    let mut has_value = false;
    for value in [|_, _| 0.0, |_, _| 1.0, |i: f64, _| i + 1.0, |i: f64, n: f64| n - i] {
        let values: BTreeMap<&str, f64> = CONDITION_NAMES
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (*name, value(index as f64, count)))
            .collect();
        match evaluate(expression, &values) {
            Ok(_) => has_value = true,
            Err(NoAnswer::Kind(kind)) => return Err(format!("this is a {kind}")),
            Err(NoAnswer::Failed(reason)) => last = Err(reason),
        }
    }
    if has_value { Ok(()) } else { last }
}

/// Why an expression is neither true nor false.
enum NoAnswer {
    /// It is something else.
    Kind(ValueKind),
    /// It has no value, in minijinja's words.
    Failed(String),
}

fn evaluate(expression: &str, values: &BTreeMap<&str, f64>) -> Result<bool, NoAnswer> {
    let environment = environment();
    let value = environment
        .compile_expression(expression)
        .and_then(|expression| expression.eval(Value::from(Serde(values))))
        .map_err(|error| {
            NoAnswer::Failed(error.detail().unwrap_or("it has no value").to_owned())
        })?;
    match value.kind() {
        ValueKind::Bool => Ok(value.is_true()),
        kind => Err(NoAnswer::Kind(kind)),
    }
}

/// Nothing but operators: no filters, no functions, no tests.
fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

/// `99%` becomes `0.99`, and `a % b` stays: a percent sign right after a number is a percent where
/// no operand follows.
fn percents_as_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            c if c.is_ascii_digit() && !before.is_some_and(is_word) => {
                let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
                let number = &rest[..number.unwrap_or(rest.len())];
                let after = &rest[number.len()..];
                match (number.parse::<f64>(), after.strip_prefix('%')) {
                    (Ok(percent), Some(after)) if !begins_with_operand(after) => {
                        out.push_str(&format!("{:?}", percent / 100.0));
                        before = Some('%');
                        rest = after;
                        continue;
                    }
                    _ => number.len(),
                }
            }
            c => c.len_utf8(),
        };
        let (taken, left) = rest.split_at(length);
        out.push_str(taken);
        before = taken.chars().next_back();
        rest = left;
    }
    out
}

/// Whether what comes next is something to divide by.
fn begins_with_operand(text: &str) -> bool {
    const OPERATORS: [&str; 6] = ["and", "or", "not", "in", "is", "if"];
    let text = text.trim_start();
    let word = &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())];
    match text.chars().next() {
        Some(c) if is_word(c) => !OPERATORS.contains(&word) && word != "else",
        Some(c) => matches!(c, '(' | '[' | '.'),
        None => false,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, values: &[(&str, f64)]) -> Option<bool> {
        let condition = Condition::parse(condition).unwrap_or_else(|error| panic!("{error}"));
        condition.holds(&values.iter().copied().collect())
    }

    #[test]
    fn conditions_read_as_people_write_them() {
        for (condition, values, expected) in [
            ("build_time > baseline * 1.2", &[("build_time", 12.1), ("baseline", 10.0)][..], true),
            ("build_time > baseline * 1.2", &[("build_time", 12.0), ("baseline", 10.0)], false),
            ("build_time > baseline * 120%", &[("build_time", 12.1), ("baseline", 10.0)], true),
            ("service_uptime < 99%", &[("service_uptime", 0.98)], true),
            ("service_uptime < 99%", &[("service_uptime", 0.99)], false),
            ("permission_errors > 0", &[("permission_errors", 1.0)], true),
            (
                "cache_hit_rate < 50% and steps_executed >= 10",
                &[("cache_hit_rate", 0.4), ("steps_executed", 10.0)],
                true,
            ),
            (
                "not (image_size < 5 or steps_cached == 2)",
                &[("image_size", 6.0), ("steps_cached", 3.0)],
                true,
            ),
        ] {
            assert_eq!(holds(condition, values), Some(expected), "{condition} {values:?}");
        }
        assert_eq!(holds("build_time > baseline", &[("build_time", 1.0)]), None);
    }

    #[test]
    fn a_percent_is_a_number_and_a_remainder_stays() {
        for (written, read) in [
            ("a < 99%", "a < 0.99"),
            ("a < 99.5%", "a < 0.995"),
            ("99% > a", "0.99 > a"),
            ("(99%)", "(0.99)"),
            ("a < 5% and b", "a < 0.05 and b"),
            ("a < 120% * b", "a < 1.2 * b"),
            ("a % b", "a % b"),
            ("7 % 2", "7 % 2"),
            ("7%2", "7%2"),
            ("7% b", "7% b"),
            ("7%(b)", "7%(b)"),
            ("a1%", "a1%"),
            ("ä 5%", "ä 0.05"),
        ] {
            assert_eq!(percents_as_numbers(written), read);
        }
    }

    #[test]
    fn what_is_wrong_is_found_without_a_build() {
        let mut text = String::new();
        for condition in [
            "",
            "build_time >",
            "build_tme > 5",
            "speed > 5",
            "build_time",
            "build_time and baseline > 1",
            "build_time > 'long'",
            "build_time|round > 1",
            "range(5)",
            "1.2",
            "baseline > 5 or build_time",
        ] {
            let error = Condition::parse(condition).expect_err(condition);
            text.push_str(&format!("{error}\n  {}\n", error.hint().unwrap_or_default()));
        }
        insta::assert_snapshot!(text);
    }
}
