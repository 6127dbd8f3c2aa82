//! One step, two steps.

/// `1 step`, `2 steps`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// The noun for that many, without the number: `step`, `steps`, `switches`, `entries`.
pub fn plural(number: usize, noun: &str) -> String {
    if number == 1 {
        return noun.to_owned();
    }
    let is_vowel = |letter: char| "aeiou".contains(letter);
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(is_vowel) => format!("{stem}ies"),
        _ if ["ch", "sh", "s", "x"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        for (number, noun, text) in [
            (0, "step", "0 steps"),
            (1, "step", "1 step"),
            (26, "step", "26 steps"),
            (1, "switch", "1 switch"),
            (3, "switch", "3 switches"),
            (2, "entry", "2 entries"),
            (2, "day", "2 days"),
            (2, "alias", "2 aliases"),
        ] {
            assert_eq!(count(number, noun), text);
        }
    }
}
