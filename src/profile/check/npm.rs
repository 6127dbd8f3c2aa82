//! npm packages: names by <https://docs.npmjs.com/cli/configuring-npm/package-json#name>, versions
//! by <https://semver.org> 2.0.0.

/// The longest name that the registry takes, scope included.
const MAX_NAME: usize = 214;

/// `name` or `@scope/name`.
pub(super) fn name(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._~".contains(&b))
    };
    let good = match text.strip_prefix('@') {
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, name)| part(scope) && part(name))
        }
        None => part(text),
    };
    good && text.len() <= MAX_NAME
}

/// `1.2.3`, `1.2.3-alpha.1`, `1.2.3+build`.
pub(super) fn version(text: &str) -> bool {
    let (rest, build) =
        text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty()
            && part.len() <= 16
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let pre_part =
        |part: &str| word(part) && (!part.bytes().all(|b| b.is_ascii_digit()) || number(part));
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(|pre| pre.split('.').all(pre_part))
        && build.is_none_or(|build| build.split('.').all(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["claude-flow", "@anthropic-ai/claude-code", "7zip-bin", "a.b_c~d"] {
            assert!(name(good), "{good}");
        }
        for bad in [
            "",
            "Claude",
            ".a",
            "_a",
            "-a",
            "@a",
            "@/a",
            "@a/",
            "a/b",
            "a b",
            "a@1",
            "a$b",
            &"a".repeat(215),
        ] {
            assert!(!name(bad), "{bad}");
        }
    }

    /// From the list that semver.org links for its regular expression.
    #[test]
    fn versions() {
        for good in [
            "2.7.47",
            "0.0.0",
            "2.5.0-alpha.139",
            "1.0.0-0A.is.legal",
            "1.1.2-prerelease+meta",
            "1.0.0--x",
            "1.2.3+007",
        ] {
            assert!(version(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.2",
            "01.1.1",
            "1.2.3-0123",
            "^1.2.3",
            "latest",
            "1.2.3.4",
            "1.2.x",
            "v1.2.3",
            "1.2.3-",
            "1.2.3+",
            "1.0.0-a..b",
            "*",
            "1.2.3 ",
        ] {
            assert!(!version(bad), "{bad}");
        }
    }
}
