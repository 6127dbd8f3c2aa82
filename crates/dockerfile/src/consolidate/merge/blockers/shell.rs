//! Whether the shell of the next step may be another program.

use crate::consolidate::merge::words::CommandWords;

/// Whether the shell of the next step may be another program.
pub(super) fn replaces_shell(command: &CommandWords) -> bool {
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
