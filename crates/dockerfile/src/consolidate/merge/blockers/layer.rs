//! What one layer does otherwise than two: hard links, and renames of what lies below.

use super::text::{StepText, has_pattern};
use crate::consolidate::merge::words::CommandWords;

impl StepText<'_> {
    /// Whether it renames something that an earlier step of its `RUN` would have made.
    pub fn renames_of(&self, earlier: &Self) -> bool {
        let renamed = self.commands.iter().filter_map(|command| command.after(&["mv", "rename"]));
        renamed.flatten().filter(|word| !word.starts_with('-')).any(|word| {
            let name = word.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            has_pattern(name) || name.is_empty() || earlier.text.contains(name)
        }) || self.text.contains("rename")
    }
}

pub(super) fn makes_hard_links(command: &CommandWords) -> bool {
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
