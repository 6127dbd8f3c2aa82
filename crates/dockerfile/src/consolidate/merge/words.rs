//! A step's text as rough commands: the words between the shell's separators, quotes taken away.
//!
//! Too many commands rather than too few: what stands in quotes is looked into as well, because it may
//! be a script for another shell. Used only to *refuse* a merge.

/// The words of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandWords(pub Vec<String>);

/// Words that may stand in front of a command's name.
const COMMAND_PREFIXES: &[&str] = &[
    "!", "{", "}", "do", "doas", "elif", "else", "env", "exec", "command", "builtin", "if", "nice",
    "sudo", "then", "time", "until", "while", "-E", "-H", "-n",
];

/// Programs whose arguments are names of packages once they install.
const INSTALLERS: &[&str] = &[
    "apk", "apt", "apt-get", "aptitude", "brew", "cargo", "conda", "dnf", "dpkg", "gem",
    "microdnf", "npm", "pacman", "pip", "pip3", "pnpm", "rpm", "tdnf", "uv", "yarn", "yum",
    "zypper",
];

/// The commands of a text.
pub(super) fn commands(text: &str) -> Vec<CommandWords> {
    let is_separator = |c: char| ";|&()`\n\r".contains(c);
    let is_space = |c: char| c.is_whitespace() || "<>\"'".contains(c);
    text.split(is_separator)
        .map(|command| {
            let words = command.split(is_space).filter(|word| !word.is_empty());
            CommandWords(words.map(|word| word.trim_matches('\\').to_owned()).collect())
        })
        .filter(|words| !words.0.is_empty())
        .collect()
}

impl CommandWords {
    /// The words from the command's name on.
    pub fn words_from_name(&self) -> &[String] {
        let in_front = |word: &&String| {
            COMMAND_PREFIXES.contains(&word.as_str())
                || word.split_once('=').is_some_and(|(name, _)| {
                    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                })
        };
        let skipped = self.0.iter().take_while(in_front).count();
        &self.0[skipped..]
    }

    /// The command's name, without its folder.
    pub fn name(&self) -> &str {
        let name = self.words_from_name().first().map_or("", String::as_str);
        name.rsplit('/').next().unwrap_or(name)
    }

    /// Whether one of these programs may be executed: by its name, or through another program (`xargs`,
    /// `su -c`). Names of packages are none.
    pub fn may_execute(&self, programs: &[&str]) -> bool {
        let is_one = |word: &str| programs.contains(&word);
        is_one(self.name())
            || !INSTALLERS.contains(&self.name())
                && self.words_from_name().iter().any(|word| is_one(word))
    }

    /// What follows the first of these programs.
    pub fn after(&self, programs: &[&str]) -> Option<&[String]> {
        let is_one = |word: &String| {
            programs.contains(&word.rsplit('/').next().unwrap_or(word)) && !word.ends_with('/')
        };
        let at = self.0.iter().position(is_one)?;
        (!INSTALLERS.contains(&self.name())).then(|| &self.0[at + 1..])
    }

    /// Whether it has this word.
    pub fn has(&self, word: &str) -> bool {
        self.0.iter().any(|other| other == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_wherever_they_stand() {
        let names = |text: &str| -> Vec<String> {
            commands(text).iter().map(|words| words.name().to_owned()).collect()
        };
        assert_eq!(
            names("A=1 sudo -E /usr/sbin/usermod -aG x y && (cd /a; rm b)"),
            ["usermod", "cd", "rm"]
        );
        assert_eq!(
            names("sh -c 'service a start; b' | if c; then d; fi"),
            ["sh", "b", "c", "d", "fi"]
        );
        assert!(commands("xargs rm -f")[0].may_execute(&["rm"]));
        assert!(!commands("apt-get install -y at nginx")[0].may_execute(&["at", "nginx"]));
        assert_eq!(commands("cp a>/b")[0].0, ["cp", "a", "/b"]);
    }
}
