//! The decision over a tag, by example and by property, in a small world with an engine and a history.

mod example;
mod property;
mod replayed;
mod world;

use super::*;
