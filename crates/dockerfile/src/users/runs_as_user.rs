//! Which instructions the engine executes as the user in force.

use crate::Block;
use crate::model::is_known;

/// Whether the engine executes an instruction as the user in force: `RUN`; `WORKDIR`, which makes its
/// folder (`/` is always there); and what only a foreign frontend knows.
pub(crate) fn runs_as_user(block: &Block) -> bool {
    let instruction = &block.instruction;
    match instruction.keyword.as_str() {
        "RUN" => true,
        "WORKDIR" => instruction.exact != "/",
        keyword => !is_known(keyword),
    }
}
