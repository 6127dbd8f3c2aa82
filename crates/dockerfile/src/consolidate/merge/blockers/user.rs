//! Whether a step changes who executes the next one.

use super::names::{ACCOUNT_FILES, ACCOUNTS};
use super::text::{StepText, has_pattern};
use crate::effects::StepUser;

impl StepText<'_> {
    /// Whether it may change the groups or the home of the user that executes it.
    pub(super) fn changes_its_user(&self) -> bool {
        let names_itself = |word: &String| {
            has_pattern(word)
                || match &self.who {
                    StepUser::Root => word == "root" || word == "0",
                    StepUser::Named(name) => word == name,
                    StepUser::Numeric(uid) => *word == uid.to_string(),
                    StepUser::Unknown => true,
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
                        || !matches!(
                            self.who,
                            StepUser::Root | StepUser::Named(_) | StepUser::Unknown
                        )
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
}
