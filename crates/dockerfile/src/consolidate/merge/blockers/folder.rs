//! Whether a step removes the folder that the next one starts in.

use super::names::MAY_REMOVE_PATHS;
use super::text::{StepText, has_pattern};
use crate::Workdir;

impl StepText<'_> {
    /// Whether the folder that the next step would start in may be gone.
    pub(super) fn may_remove_its_folder(&self) -> bool {
        let moves_about = self.commands.iter().any(|words| matches!(words.name(), "cd" | "pushd"));
        self.commands.iter().any(|command| {
            // What it removes it reads from somewhere.
            if command.name() == "xargs" && self.workdir_is_deep() {
                return true;
            }
            let deletes = command.has("-delete") || command.has("-exec") || command.has("-execdir");
            let arguments = match command.after(MAY_REMOVE_PATHS) {
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
