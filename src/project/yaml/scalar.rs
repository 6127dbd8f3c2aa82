//! What a plain scalar means, by the core schema of YAML 1.2 (section 10.3.2).
//!
//! So `yes`, `on` and `NO` are text, and `0755` is the number 755: octal is written `0o755`.

/// The type that a scalar has by its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Float,
    /// All else.
    Text,
}

impl Kind {
    /// The meaning of a plain (unquoted) scalar.
    pub fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "true" | "True" | "TRUE" => return Self::Bool(true),
            "false" | "False" | "FALSE" => return Self::Bool(false),
            _ => {}
        }
        if let Some(number) = integer(text) {
            return number.map_or(Self::Float, Self::Integer);
        }
        if is_float(text) { Self::Float } else { Self::Text }
    }
}

/// `None`: no integer; `Some(None)`: one that does not fit.
fn integer(text: &str) -> Option<Option<i64>> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            return all.then(|| i64::from_str_radix(digits, radix).ok());
        }
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok())
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, infinity, not a number.
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(rest, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let starts = rest.starts_with(|c: char| c.is_ascii_digit())
        || rest.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    starts
        && rest.bytes().all(|b| b.is_ascii_digit() || b"eE+-.".contains(&b))
        && rest.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        for (text, kind) in [
            ("~", Kind::Null),
            ("", Kind::Null),
            ("yes", Kind::Text),
            ("NO", Kind::Text),
            ("TRUE", Kind::Bool(true)),
            ("0755", Kind::Integer(755)),
            ("0o755", Kind::Integer(493)),
            ("0xff", Kind::Integer(255)),
            ("-1", Kind::Integer(-1)),
            ("99999999999999999999", Kind::Float),
            ("12.8", Kind::Float),
            ("1e3", Kind::Float),
            (".5", Kind::Float),
            ("1.2.3", Kind::Text),
            ("-", Kind::Text),
            (".", Kind::Text),
            ("inf", Kind::Text),
            ("0x", Kind::Text),
        ] {
            assert_eq!(Kind::of_plain(text), kind, "{text}");
        }
    }
}
