//! Words, expanded as far as the Dockerfile makes that certain.

use brush_parser::word::{
    BraceExpressionMember, BraceExpressionOrText, Parameter, ParameterExpr, ParameterTestType,
    TildeExpr, WordPiece, WordPieceWithSource, parse_brace_expansions,
};

use super::dialect::Dialect;
use super::parse::options;

/// Words that one word with braces may become.
const MOST_WORDS: usize = 128;

/// What a variable is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// This text.
    Known(String),
    /// Nothing that the file says.
    Unknown,
}

/// What names stand for.
pub trait Names {
    /// The value of a variable.
    fn variable(&self, name: &str) -> Variable;
    /// The home of a user.
    fn home_of(&self, user: &str) -> Option<String>;
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its text, quotes removed.
    pub text: String,
    /// Whether `*`, `?` and `[` in it are a pattern.
    pub is_pattern: bool,
}

/// What became of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expansion {
    /// These arguments; none for an empty variable without quotes.
    Fields(Vec<Field>),
    /// Something that the file does not say.
    Opaque,
}

/// A word expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// What became of it.
    pub expansion: Expansion,
    /// Texts of command substitutions, which are executed on the way.
    pub substitutions: Vec<String>,
    /// Variables that were read.
    pub variables: Vec<String>,
    /// Users whose homes were looked up.
    pub users: Vec<String>,
    /// `${X:=…}`, `${X:?…}`, arithmetic: the word may change variables or end the shell.
    pub has_effects: bool,
}

/// Expands a word.
pub fn expand(word: &str, dialect: Dialect, names: &dyn Names) -> Expanded {
    let mut expander = Expander::new(names);
    let words = match braces(word, dialect) {
        Some(words) => words,
        None => {
            expander.opaque = true;
            vec![word.to_owned()]
        }
    };
    for word in words {
        match brush_parser::word::parse(&word, &options()) {
            Ok(pieces) => {
                for piece in &pieces {
                    expander.piece(piece, false);
                }
                expander.end_field();
            }
            Err(_) => expander.fail(),
        }
    }
    expander.finish()
}

/// Expands the text of a heredoc whose delimiter is not quoted.
pub fn expand_heredoc(text: &str, names: &dyn Names) -> Expanded {
    let mut expander = Expander::new(names);
    match brush_parser::word::parse_heredoc(text, &options()) {
        Ok(pieces) => pieces.iter().for_each(|piece| expander.piece(piece, true)),
        Err(_) => expander.fail(),
    }
    expander.quoted = true;
    expander.end_field();
    expander.finish()
}

struct Expander<'a> {
    names: &'a dyn Names,
    fields: Vec<Field>,
    text: String,
    quoted: bool,
    is_pattern: bool,
    opaque: bool,
    substitutions: Vec<String>,
    variables: Vec<String>,
    users: Vec<String>,
    has_effects: bool,
}

impl<'a> Expander<'a> {
    fn new(names: &'a dyn Names) -> Self {
        Self {
            names,
            fields: Vec::new(),
            text: String::new(),
            quoted: false,
            is_pattern: false,
            opaque: false,
            substitutions: Vec::new(),
            variables: Vec::new(),
            users: Vec::new(),
            has_effects: false,
        }
    }

    /// A word that cannot be read may hold anything.
    fn fail(&mut self) {
        self.opaque = true;
        self.has_effects = true;
    }

    fn finish(self) -> Expanded {
        Expanded {
            expansion: if self.opaque { Expansion::Opaque } else { Expansion::Fields(self.fields) },
            substitutions: self.substitutions,
            variables: self.variables,
            users: self.users,
            has_effects: self.has_effects,
        }
    }

    fn end_field(&mut self) {
        let text = std::mem::take(&mut self.text);
        let is_pattern = std::mem::take(&mut self.is_pattern);
        if std::mem::take(&mut self.quoted) || !text.is_empty() {
            self.fields.push(Field { text, is_pattern });
        }
    }

    fn piece(&mut self, piece: &WordPieceWithSource, in_quotes: bool) {
        match &piece.piece {
            WordPiece::Text(text) => {
                self.is_pattern |= !in_quotes && is_pattern(text);
                self.text.push_str(text);
            }
            WordPiece::SingleQuotedText(text) => {
                self.quoted = true;
                self.text.push_str(text);
            }
            WordPiece::DoubleQuotedSequence(pieces) => {
                self.quoted = true;
                pieces.iter().for_each(|piece| self.piece(piece, true));
            }
            WordPiece::EscapeSequence(text) => {
                self.quoted = true;
                let mut chars = text.chars();
                match (chars.next(), chars.as_str()) {
                    (Some('\\'), "\n") => {}
                    (Some('\\'), rest) if !rest.is_empty() => self.text.push_str(rest),
                    _ => self.text.push_str(text),
                }
            }
            WordPiece::TildeExpansion(tilde) => self.tilde(tilde),
            WordPiece::ParameterExpansion(expression) => self.parameter(expression, in_quotes),
            WordPiece::CommandSubstitution(text) => {
                self.opaque = true;
                self.substitutions.push(text.clone());
            }
            // Backslashes inside are read twice.
            WordPiece::BackquotedCommandSubstitution(text) => {
                self.opaque = true;
                self.has_effects |= text.contains('\\');
                self.substitutions.push(text.clone());
            }
            // `$'…'` and `$"…"` are text to dash; arithmetic may assign.
            WordPiece::AnsiCQuotedText(_) | WordPiece::GettextDoubleQuotedSequence(_) => {
                self.opaque = true;
            }
            WordPiece::ArithmeticExpression(_) => self.fail(),
        }
    }

    fn tilde(&mut self, tilde: &TildeExpr) {
        self.quoted = true;
        let home = match tilde {
            TildeExpr::Home => {
                self.variables.push("HOME".to_owned());
                match self.names.variable("HOME") {
                    Variable::Known(home) => Some(home),
                    Variable::Unknown => None,
                }
            }
            TildeExpr::UserHome(user) => {
                self.users.push(user.clone());
                self.names.home_of(user)
            }
            _ => None,
        };
        match home {
            Some(home) => self.text.push_str(&home),
            None => self.opaque = true,
        }
    }

    fn parameter(&mut self, expression: &ParameterExpr, in_quotes: bool) {
        let (parameter, default) = match expression {
            ParameterExpr::Parameter { parameter, indirect: false } => (parameter, None),
            ParameterExpr::UseDefaultValues {
                parameter,
                indirect: false,
                test_type,
                default_value,
            } => (parameter, Some((test_type, default_value.as_deref().unwrap_or_default()))),
            // Everything else may end the shell, assign, or hold words of its own.
            _ => return self.fail(),
        };
        let Parameter::Named(name) = parameter else {
            self.opaque = true;
            return;
        };
        self.variables.push(name.clone());
        let value = match (self.names.variable(name), default) {
            (Variable::Known(value), Some((ParameterTestType::UnsetOrNull, default)))
                if value.is_empty() =>
            {
                plain(default)
            }
            (Variable::Known(value), _) => Some(value),
            (Variable::Unknown, Some((_, default))) => {
                // Whichever it is, the default's own words are executed perhaps.
                if plain(default).is_none() {
                    self.fail();
                }
                None
            }
            (Variable::Unknown, None) => None,
        };
        match value {
            // Without quotes the value is split and may be a pattern.
            Some(value) if in_quotes || !value.contains([' ', '\t', '\n', '*', '?', '[', '\\']) => {
                self.quoted |= in_quotes;
                self.text.push_str(&value);
            }
            _ => self.opaque = true,
        }
    }
}

/// Whether a text is a pattern: `[` alone is a command, and a set of characters must close.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.find('[').is_some_and(|open| text[open..].contains(']'))
}

/// The text of a default that needs no expansion.
fn plain(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,+@%".contains(c);
    text.chars().all(is_plain).then(|| text.to_owned())
}

/// The words that braces make, still quoted; `None` where it depends on the shell or is too much.
fn braces(word: &str, dialect: Dialect) -> Option<Vec<String>> {
    let unchanged = || Some(vec![word.to_owned()]);
    if !word.contains('{') || !(word.contains(',') || word.contains("..")) {
        return unchanged();
    }
    let parsed = parse_brace_expansions(word, &options()).ok()?;
    let Some(pieces) = parsed else { return unchanged() };
    if !pieces.iter().any(|piece| matches!(piece, BraceExpressionOrText::Expr(_))) {
        return unchanged();
    }
    // dash keeps braces, bash as `sh` does not.
    if dialect == Dialect::Sh {
        return None;
    }
    product(&pieces)
}

fn product(pieces: &[BraceExpressionOrText]) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    for piece in pieces {
        let alternatives = match piece {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut all = Vec::new();
                for member in members {
                    match member {
                        BraceExpressionMember::Child(pieces) => all.extend(product(pieces)?),
                        // `{01..10}` keeps its zeros, which the parser does not tell.
                        BraceExpressionMember::NumberSequence { .. }
                        | BraceExpressionMember::CharSequence { .. } => return None,
                    }
                }
                all
            }
        };
        if words.len() * alternatives.len() > MOST_WORDS {
            return None;
        }
        words = words
            .iter()
            .flat_map(|word| alternatives.iter().map(move |end| format!("{word}{end}")))
            .collect();
    }
    Some(words)
}
