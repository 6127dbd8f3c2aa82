//! "Did you mean": the nearest of the names that exist, and how names are shown in a message.

/// The name of `known` that `typed` most likely stands for, if any is near enough.
pub fn suggest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Jaro-Winkler favours a shared beginning; 0.8 is cargo's and clap's line between a slip of the
    // finger and another word. Exact distance is the tie-break, then the order of the list.
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(score, name)| *score >= 0.8 || strsim::osa_distance(typed, name) == 1)
        .fold(None, |best: Option<(f64, &str)>, (score, name)| match best {
            Some((top, _)) if top >= score => best,
            _ => Some((score, name)),
        })
        .map(|(_, name)| name)
}

/// Names in backticks with commas, for a message.
pub fn quoted<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A value as a message shows it: in one line, without control characters, cut at 60 characters.
pub fn shown(value: &str) -> String {
    const SHOWN: usize = 60;
    let mut out: String = value
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect();
    if value.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_mended_and_another_word_is_not() {
        let known = ["runtime", "build"];
        assert_eq!(suggest("runtme", known), Some("runtime"));
        assert_eq!(suggest("Build", known), Some("build"));
        assert_eq!(suggest("packages", known), None);
        assert_eq!(suggest("cpx", ["cuda", "cpu"]), Some("cpu"));
    }

    #[test]
    fn control_characters_do_not_reach_a_message() {
        assert_eq!(shown("a\n\u{1b}[31mb"), "a\\n\\u{1b}[31mb");
        assert_eq!(shown(&"x".repeat(70)).chars().count(), 61);
    }
}
