//! dpkg's list of packages, and whether a version is one that was asked for.

use std::collections::BTreeMap;

/// The packages that are installed, by name, with their versions; `var/lib/dpkg/status`, deb822.
pub(super) fn installed(status: &str) -> BTreeMap<String, String> {
    let package = |paragraph: &str| {
        let field = |name: &str| {
            let mut lines = paragraph.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let is_installed = field("Status")?.ends_with(" installed");
        is_installed.then_some((field("Package")?.to_owned(), field("Version")?.to_owned()))
    };
    status.split("\n\n").filter_map(package).collect()
}

/// Whether a version is what `NAME=VERSION` asks for; `*` is any text, as apt reads it.
pub(super) fn fits(pattern: &str, version: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = version.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        // Without a `*`, all of it.
        None => rest.is_empty(),
        Some(last) => last.is_empty() || version.ends_with(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let status = "Package: a\nStatus: install ok installed\nVersion: 1-2\nDescription: x\n Version: 9\n\n\
                      Package: b\nStatus: deinstall ok config-files\nVersion: 3\n\nPackage: c\n";
        assert_eq!(installed(status), [("a".to_owned(), "1-2".to_owned())].into());
        assert!(installed("").is_empty());
    }

    #[test]
    fn stars_are_any_text() {
        for (pattern, version, fit) in [
            ("1.2-3", "1.2-3", true),
            ("1.2-3", "1.2-30", false),
            ("1:2.*", "1:2.47.3-1", true),
            ("1:2.*", "1:3.0", false),
            ("*", "7", true),
            ("*-1", "2-1", true),
            ("*-1", "2-1-2", false),
            ("2*-1", "2-1-1", true),
            ("1*1", "1", false),
        ] {
            assert_eq!(fits(pattern, version), fit, "{pattern} {version}");
        }
    }
}
