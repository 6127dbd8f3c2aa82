//! `users/world-writable`: what every user of the image may change. The sticky bit (`1777`, `+t`)
//! makes a folder one to share, as `/tmp` is.

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::rule::{Found, Rule};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/world-writable",
    title: "Writable for everybody",
    severity: Severity::Warning,
    help: "Give the files to the user that writes them (`chown`, `COPY --chown`), or to a group (`chmod g+w`, `g+s`); for a shared folder add the sticky bit.",
    check: |subject| {
        let mut found = Vec::new();
        for (index, block) in subject.file.blocks().iter().enumerate() {
            for mode in block.instruction.flag("chmod").filter(|mode| opens(mode)) {
                let message = format!("`--chmod={mode}` makes the files writable for everybody");
                found.push(Found::at(*block.lines.start(), message));
            }
            for command in subject.commands.at(index) {
                if let Some((mode, what)) = opened(command) {
                    let message = format!("`{mode}` makes {what} writable for everybody");
                    found.push(Found::at(command.line, message));
                }
            }
        }
        found
    },
};

/// The mode that opens something, and what it opens.
fn opened(command: &Command) -> Option<(&str, String)> {
    let arguments = command.arguments();
    match command.program() {
        "chmod" => {
            // `-x` and `-w` are modes, and close.
            let mut operands = arguments.iter().filter(|word| !word.starts_with('-'));
            let mode = operands.next().filter(|mode| opens(mode))?;
            let paths: Vec<&str> = operands.map(String::as_str).collect();
            Some((mode, format!("`{}`", paths.join(" "))))
        }
        "mkdir" | "install" => {
            let mode = arguments.iter().enumerate().find_map(|(at, word)| {
                let glued = word.strip_prefix("--mode=").or_else(|| word.strip_prefix("-m"));
                glued.filter(|mode| !mode.is_empty()).or_else(|| {
                    let is_option = matches!(word.as_str(), "-m" | "--mode" | "-dm" | "-pm");
                    arguments.get(at + 1).filter(|_| is_option).map(String::as_str)
                })
            });
            let mode = mode.filter(|mode| opens(mode))?;
            Some((mode, arguments.last().map_or_else(String::new, |path| format!("`{path}`"))))
        }
        _ => None,
    }
}

/// Whether a mode lets others write and has no sticky bit (POSIX `chmod`: octal or symbolic).
fn opens(mode: &str) -> bool {
    if mode.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
        let bits = u32::from_str_radix(mode, 8).unwrap_or(0);
        return bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    let clauses: Vec<&str> = mode.split(',').collect();
    let adds = |clause: &&str, bit: char| {
        clause.find(['+', '=']).is_some_and(|sign| clause[sign..].contains(bit))
    };
    // Without `a` or `o` the umask, 022 in a build, keeps others out.
    let to_others = |clause: &&str| {
        let who = clause.split(['+', '=', '-']).next().unwrap_or_default();
        who.contains('a') || who.contains('o')
    };
    let is_sticky = clauses.iter().any(|clause| adds(clause, 't'));
    !is_sticky && clauses.iter().any(|clause| to_others(clause) && adds(clause, 'w'))
}

#[cfg(test)]
mod tests {
    use super::opens;

    #[test]
    fn modes_that_let_others_write() {
        for mode in ["777", "0777", "2777", "666", "a+w", "o+rw", "a=rwX", "ugo+w", "u+x,o+w"] {
            assert!(opens(mode), "{mode}");
        }
        for mode in
            ["755", "1777", "3777", "g+w", "+w", "a+x", "o-w", "a+rwt", "u=rw,go=r", "", "9"]
        {
            assert!(!opens(mode), "{mode}");
        }
    }
}
