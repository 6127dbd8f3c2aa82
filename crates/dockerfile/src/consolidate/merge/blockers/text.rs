//! The text of one step, and what it says about standing with others in one `RUN`.

use super::container::{is_per_run_mount, is_per_run_path};
use super::layer::makes_hard_links;
use super::names::{CONTAINER_STATE_PROGRAMS, DAEMONIZE_ARGUMENTS, DAEMONS, SHORT_RUNNING};
use super::shell::replaces_shell;
use crate::consolidate::merge::words::{CommandWords, commands};
use crate::effects::StepUser;
use crate::{State, Workdir};

/// A step as far as it is looked at.
#[derive(Debug)]
pub(in crate::consolidate::merge) struct StepText<'a> {
    pub(super) text: String,
    pub(super) commands: Vec<CommandWords>,
    /// How many of them are the step's own, and no variable's value.
    pub(super) own: usize,
    pub(super) workdir: &'a Workdir,
    pub(super) who: StepUser,
    pub(super) has_startup_file: bool,
    pub(super) has_per_run_mount: bool,
}

impl<'a> StepText<'a> {
    pub fn new(exact: &str, flags: &[(String, String)], state: &'a State, who: StepUser) -> Self {
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
        let has_per_run_mount = mounts.clone().any(|mount| is_per_run_mount(mount));
        let commands = commands(&text);
        Self {
            text,
            commands,
            own,
            workdir: state.workdir(),
            who,
            has_startup_file,
            has_per_run_mount,
        }
    }

    /// Whether it shares its `RUN` with no other.
    pub fn is_alone(&self) -> bool {
        self.has_startup_file
            || self.has_per_run_mount
            || matches!(self.workdir, Workdir::Known(path) if is_per_run_path(path))
            || self.commands.iter().any(|command| {
                command.0.iter().any(|word| {
                    is_per_run_path(word) || DAEMONIZE_ARGUMENTS.contains(&word.as_str())
                }) || command.may_execute(CONTAINER_STATE_PROGRAMS)
                    || command.may_execute(DAEMONS)
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
            name.is_empty() || name == "$" || SHORT_RUNNING.contains(&name)
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
}

pub(super) fn has_pattern(word: &str) -> bool {
    word.contains(['$', '*', '?', '[', '{'])
}
