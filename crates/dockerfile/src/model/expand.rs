//! Variables in a text whose values are all known: what is not set is nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{self, Lookup};

/// A text whose variables are replaced and whose quotes are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// The variables that it names, whether they are set or not.
    pub names: BTreeSet<String>,
}

/// Replaces the variables in `text` by `values`. A text that BuildKit refuses, or that has a pattern
/// (`${A%b}`) in it, stays as it is written.
pub fn expand(text: &str, escape: char, values: &BTreeMap<&str, &str>) -> Expanded {
    let names = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        values.get(name).map_or(Lookup::Unset, |value| Lookup::Set(value))
    };
    let lexed = lexer::expand(text, escape, &lookup);
    let text = match lexed {
        Ok(lexed) if lexed.is_known => lexed.text,
        _ => text.to_owned(),
    };
    Expanded { text, names: names.into_inner() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_quotes() {
        let values = BTreeMap::from([("A", "a b")]);
        for (text, expected) in [
            ("x", "x"),
            ("$A/${A}", "a b/a b"),
            ("$AB|${B}", "|"),
            ("${B:-x$A}|${A:-y}|${A:+z}|${B:+z}", "xa b|a b|z|"),
            ("${B-d}|${A-d}|${A+z}|${B+z}", "d|a b|z|"),
            (r#""$A\"\$\x" '$A' \$A"#, r#"a b"$\x $A $A"#),
            ("100$ $", "100$ $"),
            ("${A", "${A"),
            ("${A%b}", "${A%b}"),
        ] {
            assert_eq!(expand(text, '\\', &values).text, expected, "{text}");
        }
        let names = expand("${B:-$A} '$C' $D", '\\', &values).names;
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["A", "B", "D"]);
    }
}
