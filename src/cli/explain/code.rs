//! An exit code, explained.

use crate::cli::exit;

/// What a code means, and what to look at; nothing for what is no code of mad.
pub(super) fn explain(what: &str) -> Option<String> {
    let code: u8 = what.strip_prefix("exit ").unwrap_or(what).trim().parse().ok()?;
    let (_, meaning) = exit::ALL.iter().find(|(known, _)| *known == code)?;
    Some(format!("exit code {code}: {meaning}\n\n{}\n", more(code)))
}

fn more(code: u8) -> &'static str {
    match code {
        exit::DONE => "What was asked for is done. Warnings, if any, are on standard error.",
        exit::FAILED => {
            "mad did what it was asked to, and what it ran failed: a step of the build, a gate of the image, a \
             check. The error names it. `mad report` explains the last build."
        }
        exit::USAGE => {
            "The command line or a file is wrong; nothing was sent to an engine. The error has file, line and \
             column; `mad explain KEY` tells what a key of a profile takes."
        }
        exit::REGRESSION => {
            "An alert of the profile fired: usually a build that took longer than earlier ones. `mad report` names \
             the step, the time and the input that changed; `mad baseline accept` accepts it."
        }
        exit::NO_VERDICT => {
            "`--require-verdict` asked for a judgement, and there are too few comparable builds: the same profile, \
             target, engine and class of machine. `mad report` says which there are; `mad baseline set` keeps them."
        }
        exit::PATCH => {
            "A patch does not hold for a version, or matrix.lock says otherwise than what was found. `mad patch \
             verify` tells which patch, version and lines; `mad patch rebase` helps."
        }
        exit::DRIFT => {
            "What mad.lock has locked is not what is there now; the error names each difference. `mad lock` locks \
             what is there; `mad lock --upgrade` looks for newer versions."
        }
        exit::ENGINE => {
            "No engine answers, or it is too old or refuses this user. `mad doctor` tells what was tried and what \
             is missing."
        }
        _ => "Ctrl-C, or SIGTERM. The build was stopped in the engine; no tag has moved.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        let mut texts: Vec<String> = exit::ALL
            .iter()
            .map(|(code, _)| explain(&code.to_string()).unwrap_or_else(|| panic!("{code}")))
            .collect();
        let all = texts.len();
        texts.dedup_by_key(|text| text.split_once("\n\n").map(|(_, more)| more.to_owned()));
        assert_eq!(texts.len(), all, "two codes with one text");
        assert!(explain("exit 6").is_some());
        assert_eq!((explain("99"), explain("x"), explain("300")), (None, None, None));
    }
}
