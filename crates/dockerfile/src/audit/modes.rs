//! Modes of files as `chmod` takes them (POSIX: octal or symbolic), and the commands that give them.

use super::commands::Command;

/// What a mode gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mode {
    /// Others may write, and no sticky bit keeps them from each other's files.
    pub opens_to_all: bool,
    /// The group may write.
    pub opens_to_group: bool,
    /// What is executed runs as the owner.
    pub sets_uid: bool,
}

impl Mode {
    pub fn read(mode: &str) -> Self {
        if !mode.is_empty() && mode.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
            let bits = u32::from_str_radix(mode, 8).unwrap_or(0);
            return Self {
                opens_to_all: bits & 0o002 != 0 && bits & 0o1000 == 0,
                opens_to_group: bits & 0o020 != 0,
                sets_uid: bits & 0o4000 != 0,
            };
        }
        let mut all = Self::default();
        let mut is_sticky = false;
        for clause in mode.split(',') {
            let end = clause.find(['+', '-', '=']).unwrap_or(clause.len());
            let (who, mut actions) = clause.split_at(end);
            // Without anybody named the umask, 022 in a build, keeps the others out.
            let names = |letter: char| who.contains(letter) || who.contains('a');
            while let Some(sign) = actions.chars().next() {
                let rest = &actions[1..];
                let next = rest.find(['+', '-', '=']).unwrap_or(rest.len());
                let letters = &rest[..next];
                actions = &rest[next..];
                if sign == '-' {
                    continue;
                }
                // `g=u`: as the owner, who may write what is his.
                let writes = letters.contains('w') || letters == "u";
                all.opens_to_all |= names('o') && (writes || letters == "g");
                all.opens_to_group |= names('g') && writes;
                all.sets_uid |= (names('u') || who.is_empty()) && letters.contains('s');
                is_sticky |= letters.contains('t');
            }
        }
        Self { opens_to_all: all.opens_to_all && !is_sticky, ..all }
    }
}

/// A mode that a command gives, and what to.
pub(super) struct ModeChange<'a> {
    pub mode: &'a str,
    pub paths: Vec<&'a str>,
    pub is_recursive: bool,
}

impl<'a> ModeChange<'a> {
    /// That of `chmod`, `mkdir -m`, `install -m`.
    pub fn by(command: &'a Command) -> Option<Self> {
        let arguments = command.arguments();
        match command.program() {
            "chmod" => {
                // `-x` and `-w` are modes, and take away.
                let is_recursive = arguments.iter().any(|word| {
                    word == "--recursive"
                        || word.starts_with('-') && !word.starts_with("--") && word.contains('R')
                });
                let mut operands =
                    arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
                let mode = operands.next()?;
                Some(Self { mode, paths: operands.collect(), is_recursive })
            }
            "mkdir" | "install" => {
                let mode = arguments.iter().enumerate().find_map(|(at, word)| {
                    let glued = word.strip_prefix("--mode=").or_else(|| word.strip_prefix("-m"));
                    glued.filter(|mode| !mode.is_empty()).or_else(|| {
                        let is_short = word.starts_with('-') && !word.starts_with("--");
                        let is_option = word == "--mode" || is_short && word.ends_with('m');
                        arguments.get(at + 1).filter(|_| is_option).map(String::as_str)
                    })
                })?;
                let path = arguments.last().map(String::as_str);
                Some(Self { mode, paths: path.into_iter().collect(), is_recursive: false })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mode;

    #[test]
    fn modes_that_let_others_write() {
        for mode in [
            "777",
            "0777",
            "2777",
            "666",
            "a+w",
            "o+rw",
            "a=rwX",
            "ugo+w",
            "u+x,o+w",
            "go=u",
            "o=g",
            "a+rwx",
            "u=rwx,go+w",
            "o-x+w",
        ] {
            assert!(Mode::read(mode).opens_to_all, "{mode}");
        }
        for mode in
            ["755", "1777", "3777", "g+w", "+w", "a+x", "o-w", "a+rwt", "u=rw,go=r", "", "9", "g=u"]
        {
            assert!(!Mode::read(mode).opens_to_all, "{mode}");
        }
        for (mode, group) in
            [("g+w", true), ("664", true), ("g=u", true), ("644", false), ("g-w", false)]
        {
            assert_eq!(Mode::read(mode).opens_to_group, group, "{mode}");
        }
        for (mode, uid) in [
            ("u+s", true),
            ("4755", true),
            ("+s", true),
            ("a+s", true),
            ("g+s", false),
            ("2755", false),
            ("u-s", false),
            ("6711", true),
        ] {
            assert_eq!(Mode::read(mode).sets_uid, uid, "{mode}");
        }
    }
}
