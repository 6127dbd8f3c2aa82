//! Comments that speak to a program: `# hadolint ignore=DL3008`. They stay the line before their
//! instruction, or they mean nothing.

/// Programs that read comments above instructions.
const READERS: &[&str] = &[
    "checkov",
    "codespell",
    "cspell",
    "datree",
    "dockerfilelint",
    "dockerfile_lint",
    "droast",
    "gitleaks",
    "hadolint",
    "kics-scan",
    "nolint",
    "noqa",
    "nosec",
    "nosemgrep",
    "nosonar",
    "prettier-ignore",
    "regal",
    "renovate",
    "semgrep",
    "shellcheck",
    "skipcq",
    "snyk",
    "sonar",
    "spell-checker",
    "terrascan",
    "tfsec",
    "trivy",
    "zizmor",
];

/// Whether a line is such a comment.
pub(crate) fn is_pragma(line: &str) -> bool {
    let Some(text) = line.trim().strip_prefix('#') else { return false };
    let text = text.trim_start_matches('#').trim();
    let (first, rest) = text.split_once([' ', ':', '=', '\t']).unwrap_or((text, ""));
    let first = first.to_ascii_lowercase();
    READERS.contains(&first.as_str())
        // `# tool:key=value`, `# tool ignore=X`
        || text.split_once(':').is_some_and(|(tool, setting)| {
            !tool.is_empty() && !tool.contains(char::is_whitespace) && setting.contains('=')
                && !setting.starts_with("//")
        })
        || ["ignore=", "disable=", "skip=", "allow=", "ignore:", "disable:"]
            .iter()
            .any(|setting| rest.contains(setting))
}

#[cfg(test)]
mod tests {
    use super::is_pragma;

    #[test]
    fn comments_for_programs() {
        for line in [
            "# hadolint ignore=DL3008,DL3009",
            "#hadolint ignore=DL3008",
            "# hadolint shell=powershell",
            "# checkov:skip=CKV_DOCKER_2: why",
            "# trivy:ignore:DS002",
            "# renovate: datasource=npm depName=x",
            "# shellcheck disable=SC2086",
            "# nosemgrep",
            "# mylinter ignore=X1",
        ] {
            assert!(is_pragma(line), "{line}");
        }
        for line in ["# install x", "# see https://x.example/?a=b", "# a: b", "RUN x", "#"] {
            assert!(!is_pragma(line), "{line}");
        }
    }
}
