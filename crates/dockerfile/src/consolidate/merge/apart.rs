//! What every `RUN` has anew, and steps in one `RUN` would share; and what one of them would still have
//! as it was when it started.
//!
//! | new for every `RUN` | so a step stays apart that |
//! |---|---|
//! | `/dev`, `/dev/shm`, `/proc`, `/sys`, `/etc/hosts` and the like, `tmpfs`, writable bind mounts | names one |
//! | the processes: none is left of the step before | may leave one running |
//! | host name, network, limits, IPC of the container | sets one |
//! | the shell, its groups, `HOME`, its `BASH_ENV` | changes where they come from: nothing stands behind it |
//! | the working folder: it is made again where it is gone | removes or moves it: nothing stands behind it |
//! | the layer: files below are copied up before they change, which parts hard links, and a folder below cannot be renamed | makes hard links: nothing stands behind it; renames what the steps before it name |
//!
//! All this is read from the text of the step, which cannot say what a program does. A proof says the rest.

use super::words::{Words, commands};
use crate::effects::Who;
use crate::{State, Workdir};

/// Files that a container is given for each `RUN`.
const GIVEN: &[&str] =
    &["/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/etc/mtab", "/run/shm", "/var/run/shm"];

/// Devices that keep nothing.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
];

/// What `/proc` says of the machine.
const OF_THE_MACHINE: &[&str] =
    &["/proc/cpuinfo", "/proc/meminfo", "/proc/version", "/proc/loadavg", "/proc/filesystems"];

/// Programs that set something of the container.
const OF_THE_CONTAINER: &[&str] = &[
    "chrt",
    "domainname",
    "hostname",
    "hostnamectl",
    "ifconfig",
    "insmod",
    "ip",
    "ip6tables",
    "ipcmk",
    "ipcrm",
    "iptables",
    "keyctl",
    "losetup",
    "modprobe",
    "mount",
    "nft",
    "nsenter",
    "prlimit",
    "renice",
    "route",
    "stty",
    "swapon",
    "sysctl",
    "taskset",
    "tc",
    "umount",
    "unshare",
];

/// Programs that stay when they have been started, or start others that do.
const STAYING: &[&str] = &[
    "adb",
    "apache2",
    "apache2ctl",
    "apachectl",
    "at",
    "avahi-daemon",
    "batch",
    "containerd",
    "cron",
    "crond",
    "daemon",
    "daemonize",
    "dbus-daemon",
    "dbus-launch",
    "dnsmasq",
    "dockerd",
    "elasticsearch",
    "gpg-agent",
    "httpd",
    "initctl",
    "invoke-rc.d",
    "mariadbd",
    "mariadbd-safe",
    "memcached",
    "mongod",
    "mysqld",
    "mysqld_safe",
    "named",
    "nginx",
    "nohup",
    "ollama",
    "pg_ctl",
    "pg_ctlcluster",
    "postgres",
    "rabbitmq-server",
    "rc-service",
    "redis-server",
    "rpcbind",
    "rsyslogd",
    "screen",
    "service",
    "setsid",
    "slapd",
    "snapd",
    "sshd",
    "ssh-agent",
    "start-stop-daemon",
    "supervisorctl",
    "supervisord",
    "systemctl",
    "tmux",
    "unbound",
    "vncserver",
    "watchman",
    "Xvfb",
    "Xorg",
];

/// Arguments that say so.
const STAYS: &[&str] = &[
    "--background",
    "--bg",
    "--daemon",
    "--daemonise",
    "--daemonize",
    "--detach",
    "--detached",
    "--fork",
    "--start-server",
    "-daemon",
    "-daemonize",
    "-detached",
    "daemonize",
    "start",
    "up",
];

/// Programs that change who a user is.
const ACCOUNTS: &[&str] = &[
    "addgroup",
    "adduser",
    "chfn",
    "chsh",
    "delgroup",
    "deluser",
    "gpasswd",
    "groupadd",
    "groupdel",
    "groupmems",
    "groupmod",
    "grpck",
    "lgroupmod",
    "newusers",
    "pwck",
    "sysadminctl",
    "useradd",
    "userdel",
    "usermod",
    "vigr",
    "vipw",
];

/// Files that say so.
const ACCOUNT_FILES: &[&str] = &["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"];

/// Programs after which a path may be gone or another file.
const REMOVING: &[&str] =
    &["git", "mv", "rename", "rm", "rmdir", "rsync", "shred", "trash", "unlink", "prename"];

/// Programs that are done at once, whatever they are told.
const QUICK: &[&str] = &[
    ":", "[", "[[", "addgroup", "adduser", "awk", "basename", "cat", "cd", "chgrp", "chmod",
    "chown", "chpasswd", "cp", "cut", "date", "dirname", "do", "done", "echo", "egrep", "else",
    "esac", "exit", "export", "false", "fgrep", "fi", "find", "for", "getent", "gpasswd", "grep",
    "groupadd", "groupmod", "head", "id", "install", "ldconfig", "ln", "ls", "mkdir", "mktemp",
    "mv", "passwd", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "sed", "seq", "set",
    "sort", "stat", "tail", "tee", "test", "then", "touch", "tr", "true", "truncate", "umask",
    "uname", "uniq", "unlink", "useradd", "userdel", "usermod", "wc", "which", "whoami",
];

/// A step as far as it is looked at.
#[derive(Debug)]
pub(super) struct Text<'a> {
    text: String,
    commands: Vec<Words>,
    /// How many of them are the step's own, and no variable's value.
    own: usize,
    workdir: &'a Workdir,
    who: Who,
    has_startup_file: bool,
    has_own_mount: bool,
}

impl<'a> Text<'a> {
    pub fn new(exact: &str, flags: &[(String, String)], state: &'a State, who: Who) -> Self {
        let own = commands(exact).len();
        // What a variable holds is in the text as well.
        let mut text = exact.to_owned();
        let values = state.env().chain(state.args());
        for (_, value) in values.filter(|(name, _)| exact.contains(*name)) {
            text.push_str(" ; ");
            text.push_str(value.known().unwrap_or("$"));
        }
        let has_startup_file = state.env().any(|(name, _)| name == "BASH_ENV" || name == "ENV");
        let mounts = flags.iter().filter(|(name, _)| name == "mount").map(|(_, value)| value);
        let has_own_mount = mounts.clone().any(|mount| is_own(mount));
        let commands = commands(&text);
        Self { text, commands, own, workdir: state.workdir(), who, has_startup_file, has_own_mount }
    }

    /// Whether it shares its `RUN` with no other.
    pub fn is_alone(&self) -> bool {
        self.has_startup_file
            || self.has_own_mount
            || matches!(self.workdir, Workdir::Known(path) if is_given(path))
            || self.commands.iter().any(|command| {
                command.0.iter().any(|word| is_given(word) || STAYS.contains(&word.as_str()))
                    || command.may_execute(OF_THE_CONTAINER)
                    || command.may_execute(STAYING)
                    || command
                        .words_from_name()
                        .first()
                        .is_some_and(|name| name.contains("/init.d/"))
                    || command.name().starts_with("php-fpm")
            })
    }

    /// Whether nothing stands behind it in its `RUN`.
    pub fn is_last(&self) -> bool {
        self.changes_its_user()
            || self.may_remove_its_folder()
            || self
                .commands
                .iter()
                .any(|command| makes_hard_links(command) || replaces_shell(command))
    }

    /// Whether all that it executes is done at once.
    pub fn is_quick(&self) -> bool {
        self.commands[..self.own].iter().all(|command| {
            let name = command.words_from_name().first().map_or("", String::as_str);
            name.is_empty() || name == "$" || QUICK.contains(&name)
        })
    }

    /// Whether it puts something where commands are.
    pub fn puts_into_bin(&self) -> bool {
        const PUTTING: &[&str] = &["cp", "install", "ln", "mv", "rm", "tee"];
        self.commands.iter().any(|command| {
            command.after(PUTTING).is_some_and(|arguments| {
                arguments.iter().any(|word| word.ends_with("bin") || word.contains("bin/"))
            })
        })
    }

    /// Whether it renames something that an earlier step of its `RUN` would have made.
    pub fn renames_of(&self, earlier: &Self) -> bool {
        let renamed = self.commands.iter().filter_map(|command| command.after(&["mv", "rename"]));
        renamed.flatten().filter(|word| !word.starts_with('-')).any(|word| {
            let name = word.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            has_pattern(name) || name.is_empty() || earlier.text.contains(name)
        }) || self.text.contains("rename")
    }

    /// Whether it may change the groups or the home of the user that executes it.
    fn changes_its_user(&self) -> bool {
        let names_itself = |word: &String| {
            has_pattern(word)
                || match &self.who {
                    Who::Root => word == "root" || word == "0",
                    Who::Named(name) => word == name,
                    Who::Numeric(uid) => *word == uid.to_string(),
                    Who::Unknown => true,
                }
        };
        self.commands.iter().any(|command| {
            if command.0.iter().any(|word| ACCOUNT_FILES.iter().any(|file| word.contains(file))) {
                return true;
            }
            let Some(arguments) = command.after(ACCOUNTS) else { return false };
            let names = arguments.iter().filter(|word| !word.starts_with('-')).count();
            match command.name() {
                // A user that is new is not the one that executes this, unless by its number.
                "useradd" => {
                    arguments.iter().any(|word| has_pattern(word))
                        || !matches!(self.who, Who::Root | Who::Named(_) | Who::Unknown)
                        || arguments
                            .iter()
                            .any(|word| matches!(word.as_str(), "-o" | "--non-unique"))
                }
                "groupadd" => arguments.iter().any(|word| {
                    has_pattern(word) || word.starts_with("-U") || word.starts_with("--users")
                }),
                "adduser" | "addgroup" if names <= 1 => arguments.iter().any(|w| has_pattern(w)),
                "adduser" if arguments.iter().any(|word| word == "--disabled-password") => {
                    arguments.iter().any(names_itself)
                }
                _ => arguments.iter().any(names_itself),
            }
        })
    }

    /// Whether the folder that the next step would start in may be gone.
    fn may_remove_its_folder(&self) -> bool {
        let moves_about = self.commands.iter().any(|words| matches!(words.name(), "cd" | "pushd"));
        self.commands.iter().any(|command| {
            // What it removes it reads from somewhere.
            if command.name() == "xargs" && self.workdir_is_deep() {
                return true;
            }
            let deletes = command.has("-delete") || command.has("-exec") || command.has("-execdir");
            let arguments = match command.after(REMOVING) {
                Some(arguments) => arguments,
                None if command.name() == "find" && deletes => &command.words_from_name()[1..],
                None => return false,
            };
            if command.name() == "git"
                && !arguments.iter().any(|word| word == "clean" || word == "rm")
            {
                return false;
            }
            let mut paths = arguments.iter().filter(|word| !word.starts_with('-'));
            paths.any(|path| self.may_be_its_folder(path, moves_about))
        })
    }

    fn workdir_is_deep(&self) -> bool {
        !matches!(self.workdir, Workdir::Known(path) if **path == *"/")
    }

    fn may_be_its_folder(&self, path: &str, moves_about: bool) -> bool {
        let own = match self.workdir {
            Workdir::Known(own) if **own == *"/" => return false,
            Workdir::Known(own) => own.trim_end_matches('/'),
            // The base image's: some folder of its own, and no folder of the system.
            Workdir::Inherited | Workdir::Unknown => {
                const OF_THE_SYSTEM: &[&str] =
                    &["/etc/", "/lib/", "/run/", "/tmp/", "/usr/", "/var/"];
                return !OF_THE_SYSTEM.iter().any(|folder| path.starts_with(*folder))
                    && (path.starts_with('/')
                        || path.starts_with(['.', '~'])
                        || has_pattern(path));
            }
        };
        let fixed = path.split(['*', '?', '[', '$', '{']).next().unwrap_or_default();
        let is_pattern = fixed.len() < path.len();
        if path.starts_with('/') {
            let fixed = fixed.trim_end_matches('/');
            return if is_pattern {
                own.starts_with(fixed)
            } else {
                own == fixed || own.strip_prefix(fixed).is_some_and(|rest| rest.starts_with('/'))
            };
        }
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let is_above = path.starts_with('~') || path.split('/').any(|part| part == "..");
        is_above
            || matches!(name, "" | ".")
            || path.starts_with('$')
            || moves_about && (is_pattern || own.split('/').any(|part| part == name))
    }
}

/// A mount that every `RUN` has for itself.
fn is_own(mount: &str) -> bool {
    let option = |name: &str| {
        mount.split(',').find_map(|part| match part.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (part == name).then_some("true"),
        })
    };
    let is_writable = ["rw", "readwrite"]
        .iter()
        .any(|name| option(name).is_some_and(|value| !value.eq_ignore_ascii_case("false")));
    match option("type").unwrap_or("bind") {
        "bind" => is_writable,
        "cache" | "secret" | "ssh" => false,
        _ => true,
    }
}

fn is_given(word: &str) -> bool {
    let is_below = |folder: &str| {
        word.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    GIVEN.iter().any(|path| word.contains(path))
        || (word.contains("/dev/") || is_below("/dev"))
            && !DEVICES.contains(&word)
            && !word.starts_with("/dev/fd")
            && !word.starts_with("/dev/tcp")
        || (is_below("/proc") && !OF_THE_MACHINE.contains(&word))
        || is_below("/sys")
        || matches!(word, "shm" | "mqueue")
        || word.starts_with("shm/")
}

fn has_pattern(word: &str) -> bool {
    word.contains(['$', '*', '?', '[', '{'])
}

fn makes_hard_links(command: &Words) -> bool {
    let letters = |word: &String, letter: char| {
        word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains(letter))
    };
    if let Some(arguments) = command.after(&["ln"]) {
        return !arguments.iter().any(|word| word == "--symbolic" || letters(word, 's'));
    }
    if let Some(arguments) = command.after(&["cp"]) {
        return arguments.iter().any(|word| word == "--link" || letters(word, 'l'));
    }
    command.name() == "link" || command.has("--hard-dereference") || command.has("--link-dest")
}

/// Whether the shell of the next step may be another program.
fn replaces_shell(command: &Words) -> bool {
    const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "busybox", "zsh", "ksh"];
    const REPLACING: &[&str] = &[
        "chmod",
        "cp",
        "dpkg-divert",
        "dpkg-reconfigure",
        "install",
        "ln",
        "mv",
        "rm",
        "update-alternatives",
    ];
    let is_shell = |word: &String| {
        let name = word.rsplit('/').next().unwrap_or_default();
        SHELLS.contains(&name) && (!word.contains('/') || word.contains("bin/"))
    };
    command.after(REPLACING).is_some_and(|arguments| arguments.iter().any(is_shell))
        || command.name() == "dpkg-reconfigure"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    /// `alone`, `last` or `free`, for a step in a folder, as a user.
    fn stands(run: &str, workdir: &str, user: &str) -> &'static str {
        let text = format!("FROM x\nUSER {user}\nWORKDIR {workdir}\nRUN {run}\n");
        let file = File::parse(text.as_bytes()).unwrap();
        let instruction = &file.blocks()[3].instruction;
        let who = Who::of(file.user_at(3));
        let text = Text::new(&instruction.exact, &instruction.flags, file.state(3), who);
        match (text.is_alone(), text.is_last()) {
            (true, _) => "alone",
            (_, true) => "last",
            _ => "free",
        }
    }

    #[test]
    fn what_a_container_has_anew() {
        for (run, expected) in [
            ("touch /opt/x 2>/dev/null", "free"),
            ("make -j$(grep -c processor /proc/cpuinfo)", "free"),
            ("apt-get update && apt-get install -y cron nginx at", "free"),
            ("echo a >/dev/shm/f", "alone"),
            ("cd /dev && echo a > shm/f", "alone"),
            ("sort -T /run/shm x", "alone"),
            ("echo 1 > /proc/self/oom_score_adj", "alone"),
            ("echo '1.2.3.4 x' >>/etc/hosts", "alone"),
            ("ls /sys/fs/cgroup", "alone"),
            ("mount -t tmpfs x /y", "alone"),
            ("hostname x", "alone"),
            ("sh -c 'service ssh start'", "alone"),
            ("/etc/init.d/mysql start && mysql -e 'a'", "alone"),
            ("catalina.sh start", "alone"),
            ("redis-server --daemonize yes", "alone"),
            ("nohup x", "alone"),
            ("sudo -u postgres pg_ctl -D /x -w start", "alone"),
            ("--mount=type=tmpfs,target=/w a", "alone"),
            ("--mount=target=/w,rw a", "alone"),
            ("--mount=target=/w,readwrite=true a", "alone"),
            ("--mount=type=bind,target=/w,rw=false a", "free"),
            ("--mount=type=cache,target=/w a", "free"),
            ("--mount=type=secret,id=x a", "free"),
        ] {
            assert_eq!(stands(run, "/", "root"), expected, "{run}");
        }
        let variable = "FROM x\nENV S=/dev/shm\nRUN echo a > $S/f\n";
        let file = File::parse(variable.as_bytes()).unwrap();
        let text = Text::new("echo a > $S/f", &[], file.state(2), Who::Root);
        assert!(text.is_alone());
        let file = File::parse(b"FROM x\nENV BASH_ENV=/e\nRUN a\n").unwrap();
        assert!(Text::new("a", &[], file.state(2), Who::Root).is_alone());
    }

    #[test]
    fn whose_groups_change() {
        for (run, user, expected) in [
            ("useradd -m dev", "root", "free"),
            ("groupadd crew", "root", "free"),
            ("adduser --system x", "root", "free"),
            ("groupadd crew && useradd -G crew dev", "root", "free"),
            ("usermod -aG crew dev", "root", "free"),
            ("usermod -aG crew root", "root", "last"),
            ("adduser root crew", "root", "last"),
            ("gpasswd -a root crew", "root", "last"),
            ("groupadd -U root crew", "root", "last"),
            ("usermod -aG crew $NAME", "root", "last"),
            ("sed -i s/a/b/ /etc/group", "root", "last"),
            ("echo 'crew:x:5:root' >> /etc/group", "root", "last"),
            ("usermod -d /srv/home root", "root", "last"),
            ("sudo usermod -aG docker dev", "dev", "last"),
            ("sudo usermod -aG docker $(whoami)", "dev", "last"),
            ("sudo useradd other", "1000", "last"),
        ] {
            assert_eq!(stands(run, "/", user), expected, "{run}");
        }
    }

    #[test]
    fn folders_shells_and_links_that_change() {
        for (run, workdir, expected) in [
            ("rm -rf /var/lib/apt/lists/*", "/tmp/build", "free"),
            ("rm -rf /tmp/build", "/", "free"),
            ("rm -rf *", "/tmp/build", "free"),
            ("rm -rf sub", "/tmp/build", "free"),
            ("rm -rf /tmp/build", "/tmp/build", "last"),
            ("rm -rf /tmp/build/", "/tmp/build", "last"),
            ("rm -rf /tmp/*", "/tmp/build", "last"),
            ("rm -rf /tmp", "/tmp/build", "last"),
            ("rm -rf ../build", "/tmp/build", "last"),
            ("cd / && rm -rf tmp/build", "/tmp/build", "last"),
            ("cd /tmp && mv build other", "/tmp/build", "last"),
            ("cd /tmp && mv x y", "/tmp/build", "free"),
            ("mv /tmp/build /opt/x", "/tmp/build", "last"),
            ("rm -rf $PWD", "/tmp/build", "last"),
            ("rm -rf ~/x", "/root/x", "last"),
            ("find /tmp -mindepth 1 -delete", "/tmp/build", "last"),
            ("ls /tmp | xargs rm -rf", "/tmp/build", "last"),
            ("rm -rf /tmp/building", "/tmp/build", "free"),
            ("ln -sf /bin/bash /bin/sh", "/", "last"),
            ("cd /bin && ln -sf bash sh", "/", "last"),
            ("useradd -s /bin/bash dev", "/", "free"),
            ("ln -s /a /b", "/", "free"),
            ("ln -fs /a /b", "/", "free"),
            ("ln /a /b", "/", "last"),
            ("cp -al /a /b", "/", "last"),
            ("cp -a /a /b", "/", "free"),
        ] {
            assert_eq!(stands(run, workdir, "root"), expected, "{run} in {workdir}");
        }
    }
}
