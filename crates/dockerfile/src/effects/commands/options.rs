//! Options, as GNU commands read them: anywhere in front of `--`, short ones together.

use super::super::interpret::{Arg, Reason};

/// The options that a command may have here.
pub(super) struct OptionSpec {
    /// Short ones without a value.
    pub flags: &'static str,
    /// Short ones with a value.
    pub valued: &'static str,
    /// Long ones without a value, by their short name.
    pub long: &'static [(&'static str, char)],
    /// Long ones with a value, by their short name.
    pub long_valued: &'static [(&'static str, char)],
}

/// Options and operands.
pub(super) struct ParsedOptions<'a> {
    options: Vec<(char, Option<Value>)>,
    /// What is no option.
    pub operands: Vec<&'a Arg>,
}

/// An option's value.
#[derive(Clone)]
pub(super) struct Value(pub Arg);

impl OptionSpec {
    /// Reads arguments. An option that is not known is a reason to know nothing.
    pub fn read<'a>(&self, args: &'a [Arg]) -> Result<ParsedOptions<'a>, Reason> {
        let mut read = ParsedOptions { options: Vec::new(), operands: Vec::new() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let text = match arg {
                // It may become options, or several operands.
                Arg::Opaque(word) if !word.starts_with(['/', '.', '~']) => {
                    return Err(Reason::UncertainWord(word.to_string()));
                }
                Arg::Opaque(_) => "",
                Arg::Field(field) => field.text.as_str(),
            };
            if text == "--" {
                read.operands.extend(args.by_ref());
            } else if let Some(long) = text.strip_prefix("--") {
                let (name, given) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                let find = |list: &[(&str, char)]| {
                    list.iter().find(|(long, _)| *long == name).map(|(_, short)| *short)
                };
                let unknown = || Reason::UnknownOption(text.to_string());
                if let (Some(short), None) = (find(self.long), given) {
                    read.options.push((short, None));
                } else if let Some(short) = find(self.long_valued) {
                    let value = match given {
                        Some(value) => Some(field(value)),
                        None => args.next().cloned(),
                    };
                    read.options.push((short, Some(Value(value.ok_or_else(unknown)?))));
                } else {
                    return Err(unknown());
                }
            } else if text.len() > 1 && text.starts_with('-') {
                let mut letters = text[1..].char_indices();
                while let Some((at, letter)) = letters.next() {
                    if self.flags.contains(letter) {
                        read.options.push((letter, None));
                    } else if self.valued.contains(letter) {
                        let rest = &text[1 + at + letter.len_utf8()..];
                        let value =
                            if rest.is_empty() { args.next().cloned() } else { Some(field(rest)) };
                        let value = value.ok_or(Reason::OptionWithoutValue(letter))?;
                        read.options.push((letter, Some(Value(value))));
                        letters.by_ref().for_each(drop);
                    } else {
                        return Err(Reason::UnknownShortOption(letter));
                    }
                }
            } else {
                read.operands.push(arg);
            }
        }
        Ok(read)
    }
}

impl ParsedOptions<'_> {
    /// Whether an option is given.
    pub fn has(&self, option: char) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }

    /// An option's last value.
    pub fn value(&self, option: char) -> Option<&Arg> {
        let mut found = self.options.iter().rev().filter(|(name, _)| *name == option);
        found.find_map(|(_, value)| value.as_ref()).map(|value| &value.0)
    }

    /// All values of an option.
    pub fn values(&self, option: char) -> impl Iterator<Item = &Arg> {
        let found = self.options.iter().filter(move |(name, _)| *name == option);
        found.filter_map(|(_, value)| value.as_ref()).map(|value| &value.0)
    }
}

/// A plain argument.
pub(super) fn field(text: &str) -> Arg {
    Arg::Field(crate::shell::Field { text: text.to_owned(), is_pattern: false })
}
