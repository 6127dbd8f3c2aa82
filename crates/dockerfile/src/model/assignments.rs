//! What `ARG`, `ENV` and `LABEL` assign, quotes and variables as written.

use crate::Instruction;

/// The names and values of `ENV` and `LABEL`: `A=b "C=d e"`, or the old form `A b c`, which is one pair.
pub fn env_pairs(arguments: &str, escape: char) -> Vec<(String, String)> {
    let words = quoted_words(arguments, escape);
    match words.first() {
        Some(first) if !first.contains('=') => {
            let rest = arguments.trim_start().strip_prefix(first.as_str()).unwrap_or_default();
            vec![(first.clone(), rest.trim().to_owned())]
        }
        _ => words
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// The names of an `ARG`, and their defaults where they have one.
pub fn arg_words(arguments: &str, escape: char) -> Vec<(String, Option<String>)> {
    let split = |word: String| match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
        None => (word, None),
    };
    quoted_words(arguments, escape).into_iter().map(split).collect()
}

impl Instruction {
    /// The names that it sets, as written, where it is an `ARG` or `ENV`.
    pub fn sets(&self, escape: char) -> Vec<String> {
        match self.keyword.as_str() {
            "ARG" => arg_words(&self.exact, escape).into_iter().map(|(name, _)| name).collect(),
            "ENV" => env_pairs(&self.exact, escape).into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        }
    }
}

/// Words split at white space outside quotes, as written.
fn quoted_words(text: &str, escape: char) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == escape && quote != Some('\'') => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            c if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if c.is_whitespace() && quote.is_none() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_in_both_forms() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            env_pairs("A=b C='d e' F=g\\ h I=", '\\'),
            [pair("A", "b"), pair("C", "'d e'"), pair("F", "g\\ h"), pair("I", "")]
        );
        assert_eq!(env_pairs("A  b  c ", '\\'), [pair("A", "b  c")]);
        assert_eq!(env_pairs("", '\\'), []);
    }

    #[test]
    fn arguments_have_a_default_or_none() {
        let word =
            |name: &str, default: Option<&str>| (name.to_owned(), default.map(str::to_owned));
        assert_eq!(
            arg_words("A B=1 C=\"d e\" D=f\\ g", '\\'),
            [
                word("A", None),
                word("B", Some("1")),
                word("C", Some("\"d e\"")),
                word("D", Some("f\\ g"))
            ]
        );
    }
}
