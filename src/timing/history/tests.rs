//! What goes in comes out, whoever else writes, and whatever version wrote it.

mod answers;
mod attempts;
mod carrying;
mod hiding;
mod keeping;
mod opening;
mod pruning;
mod strangers;
