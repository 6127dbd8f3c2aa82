//! Which kind of command a name is, and the distribution's own.

use super::{accounts, files, reading, shell};
use crate::effects::interpret::{Arg, Interpreter, Reason};

/// The distribution's package managers, and what they come with. Their effects are unknown, but they do
/// not replace standard commands and put no links into folders that are not theirs.
const PACKAGE_MANAGERS: &[&str] = &[
    "add-apt-repository",
    "apk",
    "apt",
    "apt-get",
    "apt-key",
    "apt-mark",
    "aptitude",
    "debconf-set-selections",
    "dnf",
    "dpkg",
    "dpkg-reconfigure",
    "ldconfig",
    "locale-gen",
    "localedef",
    "microdnf",
    "pacman",
    "rpm",
    "tdnf",
    "update-ca-certificates",
    "update-locale",
    "yum",
    "zypper",
];

/// Whether a command is the distribution's package manager.
fn is_package_manager(command: &str) -> bool {
    PACKAGE_MANAGERS.contains(&command)
}

/// Executes a command: records what it does, or says why that is not certain.
pub(in crate::effects) fn execute(
    shell: &mut Interpreter<'_>,
    name: &str,
    args: &[Arg],
) -> Result<(), Reason> {
    let name = match name.rsplit_once('/') {
        None => name,
        Some(("/bin" | "/usr/bin" | "/sbin" | "/usr/sbin", name)) => name,
        Some((_, own)) => {
            shell.effects.commands.insert(own.to_owned());
            return Err(Reason::OwnProgram(name.to_string()));
        }
    };
    if let Some(done) = shell::execute(shell, name, args) {
        return done;
    }
    let found = shell.look_up(name);
    if is_package_manager(name) {
        let is_plain = found.is_ok();
        shell.effects.mark_unknown(Reason::PackageManager(name.to_string()), is_plain);
        return Ok(());
    }
    let done = files::execute(shell, name, args)
        .or_else(|| reading::execute(shell, name, args))
        .or_else(|| accounts::execute(shell, name, args));
    match done {
        Some(done) => found.and(done),
        None => Err(Reason::UnknownCommand(name.to_string())),
    }
}

/// Whether a command is the distribution's, and stays where it is.
pub(crate) fn is_standard(command: &str) -> bool {
    is_common(command) && !matches!(command, "node" | "python" | "python3")
}

/// Commands that are everywhere and keep nothing of their own.
pub(in crate::effects) fn is_common(command: &str) -> bool {
    const COMMON: &[&str] = &[
        "awk", "bash", "cat", "chmod", "chown", "cp", "curl", "cut", "date", "env", "find", "git",
        "grep", "gzip", "head", "id", "install", "ln", "ls", "mkdir", "mv", "node", "perl",
        "python", "python3", "rm", "sed", "sh", "sort", "su", "sudo", "tail", "tar", "tee",
        "touch", "tr", "unzip", "wget", "which", "xargs", "xz",
    ];
    COMMON.contains(&command) || is_package_manager(command)
}
