//! What goes in comes out, whoever else writes, and whatever version wrote it.

mod answers;
mod carrying;
mod keeping;
mod opening;
mod pruning;
mod strangers;
