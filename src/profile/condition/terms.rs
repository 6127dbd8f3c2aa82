//! A condition as its terms: what stands between `and`, `or` and `not`.
//!
//! A term on speed compares `build_time` with `baseline`. Times are noisy, so such a term needs
//! evidence beside its numbers; the other terms are true or false by their values alone. So they are
//! kept apart, and a value that is missing makes only its own term unknown (the logic of S. C. Kleene).

use std::collections::BTreeMap;

use super::evaluate;

/// What a build measured, by name.
pub(super) type Values<'a> = BTreeMap<&'a str, f64>;

/// Terms and how they are joined; `not` is moved into the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Terms {
    /// All of them.
    All(Vec<Terms>),
    /// One of them.
    Any(Vec<Terms>),
    /// One comparison.
    One(Term),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    expression: String,
    names: Vec<&'static str>,
    is_negated: bool,
    /// Whether it says that a build was slower than the baseline.
    is_speed: bool,
}

impl Terms {
    /// The terms of an expression; `names_in` tells the names that a part of it uses.
    pub fn of(expression: &str, names_in: &dyn Fn(&str) -> Vec<&'static str>) -> Self {
        Self::read(expression, false, names_in)
    }

    fn read(text: &str, is_negated: bool, names_in: &dyn Fn(&str) -> Vec<&'static str>) -> Self {
        let text = bare(text);
        let all = |parts: Vec<&str>| {
            parts.into_iter().map(|part| Self::read(part, is_negated, names_in)).collect()
        };
        if let Some((then, asked, otherwise)) = choice(text) {
            let of = |text, is_negated| Self::read(text, is_negated, names_in);
            let pair = |is_asked: bool, text| {
                vec![of(asked, is_asked == is_negated), of(text, is_negated)]
            };
            // `not` of one of both is both of `not`.
            return match is_negated {
                false => {
                    Self::Any(vec![Self::All(pair(true, then)), Self::All(pair(false, otherwise))])
                }
                true => {
                    Self::All(vec![Self::Any(pair(true, then)), Self::Any(pair(false, otherwise))])
                }
            };
        }
        if split(text, "if").len() == 1 {
            for word in ["or", "and"] {
                let parts = split(text, word);
                if parts.len() > 1 {
                    return match (word == "or") != is_negated {
                        true => Self::Any(all(parts)),
                        false => Self::All(all(parts)),
                    };
                }
            }
            if let ["", rest] = split(text, "not").as_slice() {
                return Self::read(rest, !is_negated, names_in);
            }
        }
        let names = names_in(text);
        let mut term = Term { expression: text.to_owned(), names, is_negated, is_speed: false };
        term.is_speed = term.tells_slower();
        Self::One(term)
    }

    /// The part of it that is on speed: what a time has to be to count as slower. `None` where
    /// nothing in it is.
    pub fn speed(&self) -> Option<Self> {
        let some = |terms: &[Self]| -> Vec<Self> { terms.iter().filter_map(Self::speed).collect() };
        let joined = match self {
            Self::One(term) => return term.is_speed.then(|| self.clone()),
            Self::All(terms) => Self::All(some(terms)),
            Self::Any(terms) => Self::Any(some(terms)),
        };
        match &joined {
            Self::All(terms) | Self::Any(terms) if terms.is_empty() => None,
            _ => Some(joined),
        }
    }

    /// Whether it holds; `None` where that hangs on a value that is not known. Terms on speed hold
    /// only where `is_shown`: where evidence says that the time is slower.
    pub fn holds(&self, values: &Values<'_>, is_shown: bool) -> Option<bool> {
        let (terms, decides) = match self {
            Self::One(term) if term.is_speed && !is_shown => {
                return term.holds(values).map(|_| false);
            }
            Self::One(term) => return term.holds(values),
            Self::All(terms) => (terms, false),
            Self::Any(terms) => (terms, true),
        };
        let mut all = Some(!decides);
        for term in terms {
            match term.holds(values, is_shown) {
                Some(held) if held == decides => return Some(decides),
                Some(_) => {}
                None => all = None,
            }
        }
        all
    }
}

impl Term {
    fn holds(&self, values: &Values<'_>) -> Option<bool> {
        let is_complete = self.names.iter().all(|name| values.contains_key(name));
        let held = is_complete.then(|| evaluate(&self.expression, values).ok())?;
        // A division by zero says nothing.
        held.map(|held| held != self.is_negated)
    }

    /// Whether it is false for equal times and for shorter ones, and true for much longer ones: the
    /// terms that a verdict can go by. `build_time < baseline * 0.5` is none.
    fn tells_slower(&self) -> bool {
        if !["build_time", "baseline"].iter().all(|name| self.names.contains(name)) {
            return false;
        }
        [0.01, 1.0, 100.0, 100_000.0].into_iter().all(|baseline| {
            let at = |time: f64| {
                let mut values: Values<'_> = self.names.iter().map(|name| (*name, 1.0)).collect();
                values.extend([("build_time", time), ("baseline", baseline)]);
                self.holds(&values)
            };
            at(baseline) == Some(false)
                && at(baseline / 1e4) == Some(false)
                && at(baseline * 1e6 + 1e9) == Some(true)
        })
    }
}

/// The text without white space around it, and without parentheses around all of it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return text;
    };
    // In `(a) or (b)` the first one closes before the end.
    let mut depth = 0_usize;
    for c in inner.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return text,
            ')' => depth -= 1,
            _ => {}
        }
    }
    if depth == 0 { bare(inner) } else { text }
}

/// The parts of `a if b else c`, which binds loosest.
fn choice(text: &str) -> Option<(&str, &str, &str)> {
    let then = *split(text, "if").first()?;
    let rest = text.get(then.len() + "if".len()..)?;
    let asked = *split(rest, "else").first()?;
    let otherwise = rest.get(asked.len() + "else".len()..)?;
    Some((then, asked, otherwise))
}

/// The parts between the words `word` that stand outside of all brackets.
fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let mut before = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_here = depth == 0
            && !before.is_some_and(is_word)
            && text[at..].strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_word));
        // `a not in b` is one operator.
        let is_operator = word == "not" && !text[..at].trim().is_empty();
        if is_here && !is_operator {
            parts.push(&text[from..at]);
            from = at + word.len();
        }
        before = Some(c);
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::super::Condition;

    fn speed(condition: &str, build_time: f64, baseline: f64) -> Option<bool> {
        let condition = Condition::parse(condition).unwrap_or_else(|error| panic!("{error}"));
        let values = [("build_time", build_time), ("baseline", baseline)].into_iter().collect();
        condition.speed()?.holds(&values)
    }

    #[test]
    fn the_ratio_of_a_verdict_is_what_a_condition_says_of_speed_alone() {
        for condition in [
            "build_time > baseline * 1.2",
            "build_time > baseline * 1.2 and cache_hit_rate < 10%",
            "cache_hit_rate < 10% and (image_size > 1500 or build_time > baseline * 1.2)",
            "permission_errors > 0 or build_time > baseline * 120%",
            "not (build_time <= baseline * 1.2 or steps_cached > 5)",
            "not build_time <= baseline * 1.2",
            "build_time / baseline > 1.2",
            "baseline * 1.2 < build_time",
            "build_time > baseline * 1.2 and build_time > baseline * 0.5",
            "(build_time - baseline) / baseline > 20%",
        ] {
            assert_eq!(speed(condition, 13.0, 10.0), Some(true), "{condition}");
            assert_eq!(speed(condition, 11.0, 10.0), Some(false), "{condition}");
        }
        for condition in [
            "permission_errors > 0",
            "build_time > 600",
            "build_time < baseline * 0.5",
            "build_time > baseline * 0.5",
            "build_time != baseline",
            "not (build_time > baseline * 1.2)",
        ] {
            assert_eq!(speed(condition, 13.0, 10.0), None, "{condition}");
        }
        let both = "build_time > baseline * 1.2 and build_time > baseline + 60";
        assert_eq!(speed(both, 50.0, 10.0), Some(false));
        assert_eq!(speed(both, 80.0, 10.0), Some(true));
    }

    #[test]
    fn a_term_without_its_value_does_not_silence_the_others() {
        let holds = |condition: &str, values: &[(&str, f64)]| {
            let values = values.iter().copied().collect();
            Condition::parse(condition).unwrap().holds(&values)
        };
        let errors = [("permission_errors", 7.0)];
        let choice = "true if permission_errors > 3 else service_uptime < 99%";
        assert_eq!(holds(choice, &errors), Some(true));
        assert_eq!(holds(&format!("not ({choice})"), &errors), Some(false));
        assert_eq!(holds("service_uptime < 9% if permission_errors > 3 else true", &errors), None);
        assert_eq!(holds("service_uptime < 99% or permission_errors > 0", &errors), Some(true));
        assert_eq!(holds("service_uptime < 99% and permission_errors > 0", &errors), None);
        assert_eq!(holds("service_uptime < 99% and permission_errors > 9", &errors), Some(false));
        assert_eq!(
            holds("not (service_uptime < 99% or permission_errors > 0)", &errors),
            Some(false)
        );
    }
}
