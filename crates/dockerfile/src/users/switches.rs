//! How often the user changes: one number for a file, whoever asks.

use super::normalize::{NormalizedUser, UserNormalizer};
use super::runs_as_user;
use crate::{Base, File, UserRef};

/// Changes from the user of one step of a stage to that of the next; the user that the image keeps
/// counts as the last. Here a variable counts as the value that the file gives it, and `0` as `root`: that
/// is what people see, and nothing is decided by it.
pub fn switches(file: &File, stage: usize) -> usize {
    let view = &file.stages()[stage];
    let mut normalizer = UserNormalizer::default();
    let inherited = file.state_below_from(stage).user();
    let mut user = match (&view.base, inherited) {
        (Base::Stage(_), UserRef::Named { .. } | UserRef::Numeric { .. }) => {
            NormalizedUser::literal(inherited)
        }
        _ => NormalizedUser::unlike(view.blocks.start),
    };
    let mut before = user.clone();
    let mut count = 0;
    for at in view.blocks.start + 1..view.blocks.end {
        let block = &file.blocks()[at];
        let keyword = block.instruction.keyword.as_str();
        match keyword {
            "ENV" | "ARG" => normalizer.note(at, block.instruction.sets(file.escape())),
            "USER" => {
                let named = UserRef::read(
                    &block.instruction.exact,
                    file.state(at).expand(&block.instruction.exact),
                );
                user = match named.resolved() {
                    named @ (UserRef::Named { .. } | UserRef::Numeric { .. }) => {
                        NormalizedUser::literal(&named)
                    }
                    _ => normalizer.read(at, block, file.state(at)),
                };
            }
            _ => {}
        }
        if runs_as_user(block) && user != before {
            count += 1;
            before.clone_from(&user);
        }
    }
    count + usize::from(user != before)
}
