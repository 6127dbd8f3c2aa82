//! Users and groups that the steps of a file make: `useradd`, `adduser`, `usermod`, `groupadd`,
//! `addgroup`, with the options of shadow, Debian and BusyBox.

use std::collections::HashMap;

use super::commands::{Command, Commands};
use crate::{Base, File};

/// An account, and where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    /// The block that makes it.
    pub block: usize,
    /// The line that makes it.
    pub line: usize,
    /// Its number, where the line says it.
    pub id: Option<u32>,
    /// Its home, where the line says it.
    pub home: Option<String>,
    /// It may have been there before: the line changes it, or makes it if it is missing.
    pub may_exist: bool,
}

/// All accounts that a file makes, by stage.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: Vec<Vec<Account>>,
    groups: Vec<Vec<Account>>,
    /// By stage and by name or number, the first that makes it.
    user_index: Vec<HashMap<String, usize>>,
    group_index: Vec<HashMap<String, usize>>,
    has_unnumbered: Vec<bool>,
    /// Whether accounts may come with what each copies or writes.
    from_elsewhere: Vec<bool>,
    /// The stage below each, where it stands on one.
    below: Vec<Option<usize>>,
}

impl Accounts {
    pub fn of(file: &File, commands: &Commands) -> Self {
        let mut accounts = Self::default();
        for stage in file.stages() {
            let (mut users, mut groups) = (Vec::new(), Vec::new());
            for block in stage.blocks.clone() {
                for command in commands.at(block) {
                    read(command, block, &mut users, &mut groups);
                }
            }
            let mut blocks = stage.blocks.clone();
            accounts
                .from_elsewhere
                .push(blocks.any(|block| brings_accounts(file, block, commands)));
            accounts.has_unnumbered.push(users.iter().any(|user| user.id.is_none()));
            accounts.user_index.push(index(&users));
            accounts.group_index.push(index(&groups));
            accounts.users.push(users);
            accounts.groups.push(groups);
            accounts.below.push(match stage.base {
                Base::Stage(below) => Some(below),
                _ => None,
            });
        }
        accounts
    }

    /// The user of a name or number in a stage or one that it stands on, wherever it is made.
    pub fn user(&self, stage: usize, name: &str) -> Option<&Account> {
        self.chain(stage).find_map(|at| Some(&self.users[at][*self.user_index[at].get(name)?]))
    }

    /// The group of a name or number.
    pub fn group(&self, stage: usize, name: &str) -> Option<&Account> {
        self.chain(stage).find_map(|at| Some(&self.groups[at][*self.group_index[at].get(name)?]))
    }

    /// The user whose home is this folder, as the line that makes it says.
    pub fn with_home(&self, stage: usize, folder: &str) -> Option<&Account> {
        let has_it = |user: &&Account| user.home.as_deref() == Some(folder);
        self.chain(stage).find_map(|at| self.users[at].iter().find(has_it))
    }

    /// Whether accounts come with a copy, or are written by hand.
    pub fn may_come_from_elsewhere(&self, stage: usize) -> bool {
        self.chain(stage).any(|at| self.from_elsewhere[at])
    }

    /// Whether some user is made with a number that the line does not say.
    pub fn has_unnumbered(&self, stage: usize) -> bool {
        self.chain(stage).any(|at| self.has_unnumbered[at])
    }

    /// A stage and those that it stands on; more than this deep is nobody's Dockerfile.
    fn chain(&self, stage: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(stage), |&at| self.below[at]).take(64)
    }
}

/// Whether a block copies or writes the table of accounts.
fn brings_accounts(file: &File, block: usize, commands: &Commands) -> bool {
    let instruction = &file.blocks()[block].instruction;
    if matches!(instruction.keyword.as_str(), "COPY" | "ADD") {
        let words = instruction.words();
        let to = words.last().and_then(|to| file.state(block).expand(to)).unwrap_or_default();
        return matches!(to.trim_end_matches('.'), "" | "/" | "/etc" | "/etc/" | "/etc/passwd");
    }
    // A link, a mode or a search makes none.
    commands.at(block).iter().any(|command| {
        let is_only_looked_at =
            matches!(command.program(), "chmod" | "chown" | "chgrp" | "grep" | "cat" | "ls");
        let mut written = command.output.iter();
        let mut named = command.arguments().iter().filter(|_| !is_only_looked_at);
        let is_table = |word: &String| word.contains("/etc/passwd");
        written.any(is_table) || named.any(is_table)
    })
}

fn index(accounts: &[Account]) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (place, account) in accounts.iter().enumerate() {
        index.entry(account.name.clone()).or_insert(place);
        if let Some(id) = account.id {
            index.entry(id.to_string()).or_insert(place);
        }
    }
    index
}

/// Options that take a value; of `adduser` both the Debian and the BusyBox ones.
struct Options {
    short: &'static str,
    long: &'static [&'static str],
}

const USERADD: Options = Options {
    short: "bcdefgGkKpPRsuZ",
    long: &[
        "base-dir",
        "comment",
        "home-dir",
        "home",
        "expiredate",
        "inactive",
        "gid",
        "groups",
        "skel",
        "key",
        "password",
        "prefix",
        "root",
        "shell",
        "uid",
        "selinux-user",
    ],
};
const USERMOD: Options = Options {
    short: "cdefgGlpPRsuvVwWZ",
    long: &[
        "comment",
        "home",
        "expiredate",
        "inactive",
        "gid",
        "groups",
        "login",
        "password",
        "prefix",
        "root",
        "shell",
        "uid",
        "selinux-user",
    ],
};
const ADDUSER: Options = Options {
    short: "hgsGuk",
    long: &[
        "home", "shell", "uid", "gid", "ingroup", "gecos", "comment", "conf", "firstuid",
        "lastuid", "firstgid", "lastgid",
    ],
};
const GROUPADD: Options = Options {
    short: "gKpPRU",
    long: &["gid", "key", "password", "prefix", "root", "users", "firstgid", "lastgid", "conf"],
};

fn read(command: &Command, block: usize, users: &mut Vec<Account>, groups: &mut Vec<Account>) {
    let options = match command.program() {
        "useradd" => &USERADD,
        "usermod" => &USERMOD,
        "adduser" => &ADDUSER,
        "groupadd" | "addgroup" | "groupmod" => &GROUPADD,
        _ => return,
    };
    let (values, names) = parse(command.arguments(), options);
    let value = |keys: &[&str]| {
        values.iter().rev().find(|(key, _)| keys.contains(&key.as_str())).map(|(_, v)| v.clone())
    };
    // A name that a shell variable hides is no name.
    let Some(name) = names.first().filter(|name| !name.contains('$') && !name.contains('`')) else {
        return;
    };
    let account = |name: &str, id: Option<String>, home| Account {
        name: name.to_owned(),
        block,
        line: command.line,
        id: id.and_then(|id| id.parse().ok()),
        home,
        may_exist: command.is_conditional,
    };
    match command.program() {
        "useradd" => {
            let home = value(&["d", "home-dir", "home"]);
            users.push(account(name, value(&["u", "uid"]), home));
            // `USERGROUPS_ENAB`: without -g or -N a group of the same name is made.
            groups.push(account(name, None, None));
        }
        // `adduser USER GROUP` adds to a group and makes nobody.
        "adduser" if names.len() == 1 => {
            let home = value(&["h", "home"]);
            users.push(account(name, value(&["u", "uid"]), home));
            groups.push(account(name, None, None));
        }
        "usermod" => {
            let home = value(&["d", "home"]);
            let id = value(&["u", "uid"]);
            if let Some(new) = value(&["l", "login"]).filter(|new| !new.contains('$')) {
                users.push(account(&new, id, home));
            } else if id.is_some() || home.is_some() {
                users.push(Account { may_exist: true, ..account(name, id, home) });
            }
        }
        "groupadd" | "addgroup" if names.len() == 1 => {
            groups.push(account(name, value(&["g", "gid"]), None));
        }
        _ => {}
    }
}

/// Options with their values, and what is left.
fn parse(words: &[String], options: &Options) -> (Vec<(String, String)>, Vec<String>) {
    let (mut values, mut names) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            match long.split_once('=') {
                Some((key, value)) => values.push((key.to_owned(), value.to_owned())),
                None if options.long.contains(&long) => {
                    values.extend(words.next().map(|value| (long.to_owned(), value.clone())));
                }
                None => {}
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            let mut rest = short.chars();
            while let Some(c) = rest.next() {
                if options.short.contains(c) {
                    let glued = rest.as_str();
                    let value = if glued.is_empty() {
                        words.next().cloned()
                    } else {
                        Some(glued.to_owned())
                    };
                    values.extend(value.map(|value| (c.to_string(), value)));
                    break;
                }
            }
        } else {
            names.push(word.clone());
        }
    }
    (values, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(text: &str) -> Accounts {
        let file = File::parse(text.as_bytes()).unwrap();
        Accounts::of(&file, &Commands::of(&file))
    }

    #[test]
    fn accounts_are_read_from_every_tool() {
        for (line, name, id, home) in [
            ("useradd -m -u 1001 -s /bin/bash dev", "dev", Some(1001), None),
            ("useradd -ms /bin/bash dev", "dev", None, None),
            ("useradd --create-home --uid=5 -d/srv/dev dev", "dev", Some(5), Some("/srv/dev")),
            ("adduser --disabled-password --gecos '' --home /d dev", "dev", None, Some("/d")),
            ("adduser -D -H -u 7 -G users dev", "dev", Some(7), None),
            ("usermod -l dev -d /home/dev -m ubuntu", "dev", None, Some("/home/dev")),
            ("groupadd -g 9 dev && /usr/sbin/useradd -g 9 dev", "dev", None, None),
            ("sudo useradd ${NAME:-dev} 2>/dev/null || true", "dev", None, None),
        ] {
            let accounts = accounts(&format!("FROM scratch\nRUN {line}\n"));
            let made = accounts.user(0, name).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((made.id, made.home.as_deref()), (id, home), "{line}");
        }
        for line in [
            "adduser dev sudo",
            "useradd \"$(whoami)\"",
            "usermod -aG sudo dev",
            "echo useradd dev",
        ] {
            assert!(accounts(&format!("FROM a\nRUN {line}\n")).user(0, "dev").is_none(), "{line}");
        }
    }

    #[test]
    fn a_stage_has_the_accounts_of_the_one_it_stands_on() {
        let text =
            "FROM x AS a\nRUN groupadd -g 5 staff && useradd -u 9 dev\nFROM a\nRUN x\nFROM y\n";
        let accounts = accounts(text);
        assert_eq!(accounts.user(1, "9").unwrap().line, 2);
        assert_eq!(accounts.group(1, "staff").unwrap().id, Some(5));
        assert!(accounts.user(2, "dev").is_none());
        assert!(!accounts.has_unnumbered(1));
    }
}
