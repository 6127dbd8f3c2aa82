//! Which shell executes a step, and with which options: `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`.

/// A shell whose language is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `/bin/sh`: dash, busybox or bash, so only what all of them do alike is certain.
    Sh,
    /// `/bin/bash`.
    Bash,
}

/// How a step's text is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation {
    /// The language.
    pub dialect: Dialect,
    /// `-e`: the first command that fails ends it.
    pub errexit: bool,
}

impl Invocation {
    /// What `SHELL` says; without one, `/bin/sh -c`. `None` for a shell that is not read here, and for
    /// a login or interactive one, which reads files of its own first.
    pub fn of(shell: Option<&[String]>) -> Option<Self> {
        let Some(shell) = shell else { return Some(Self { dialect: Dialect::Sh, errexit: false }) };
        let (program, arguments) = shell.split_first()?;
        let dialect = match program.as_str() {
            "/bin/sh" | "/usr/bin/sh" | "sh" => Dialect::Sh,
            "/bin/bash" | "/usr/bin/bash" | "bash" => Dialect::Bash,
            _ => return None,
        };
        let mut errexit = false;
        let mut has_command = false;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let letters = argument.strip_prefix('-')?;
            if letters.is_empty() || has_command {
                return None;
            }
            for letter in letters.chars() {
                match letter {
                    'e' => errexit = true,
                    'u' | 'x' => {}
                    'c' => has_command = true,
                    'o' => match arguments.next().map(String::as_str) {
                        Some("errexit") => errexit = true,
                        Some("pipefail" | "nounset" | "xtrace") => {}
                        _ => return None,
                    },
                    _ => return None,
                }
            }
        }
        has_command.then_some(Self { dialect, errexit })
    }
}
