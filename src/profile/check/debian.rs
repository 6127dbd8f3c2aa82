//! Debian packages, by Debian Policy 5.6.1 (names) and 5.6.12 (versions).

/// `name`, `name:arch`, `name=version`; `*` may stand in the version, as apt-get takes it.
pub(super) fn package(text: &str) -> bool {
    let (name, version_good) = match text.split_once('=') {
        Some((name, text)) => (name, version(text)),
        None => (text, true),
    };
    let (name, arch) = name.split_once(':').unwrap_or((name, "any"));
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    version_good
        && name.len() >= 2
        && name.bytes().next().is_some_and(lower)
        && name.bytes().all(|b| lower(b) || b"+-.".contains(&b))
        // To apt-get, `name-` means: remove it.
        && !name.ends_with('-')
        && !arch.is_empty()
        && arch.bytes().all(|b| lower(b) || b == b'-')
}

/// `[epoch:]upstream[-revision]`. The upstream part starts with a digit by custom, not by rule;
/// here it must, as a version that does not is far more often a slip.
fn version(text: &str) -> bool {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    !epoch.is_empty()
        && epoch.bytes().all(|b| b.is_ascii_digit())
        && rest.starts_with(|c: char| c.is_ascii_digit() || c == '*')
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-~*:".contains(&b))
        && !rest.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages() {
        for good in [
            "git",
            "g++",
            "libc6:amd64",
            "nodejs=20.19.2+dfsg-1",
            "nodejs=20.*",
            "vim=2:9.1~rc1-2",
            "x11-apps",
        ] {
            assert!(package(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "Git",
            "git-",
            "-y",
            "git jq",
            "git=",
            "git=latest",
            "git==1",
            "git;id",
            "git:",
            "a_b",
            "git=1:",
            "git=:1",
            "git\n",
            "git=1-",
            "+ab",
        ] {
            assert!(!package(bad), "{bad}");
        }
    }
}
