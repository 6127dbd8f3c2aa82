//! A stage of a file: its name, what it starts from, its blocks.

use std::ops::Range;

use crate::Instruction;

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`.
    Scratch,
    /// An earlier stage, by its place.
    Stage(usize),
    /// An image; `None` where its name has an unknown variable in it.
    Image(Option<String>),
}

/// A stage: its `FROM` and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// The name after `AS`, in small letters as BuildKit compares it.
    pub name: Option<String>,
    /// The word after `FROM`, as written.
    pub base_text: String,
    /// What it is with the defaults of the global `ARG`s.
    pub base: Base,
    /// Its blocks, `FROM` first.
    pub blocks: Range<usize>,
    /// What the engine executes at its `FROM`: the `ONBUILD` triggers of the stage or image below it, as
    /// far as they are known.
    pub triggers: Vec<Instruction>,
}

impl StageView {
    /// Its name; `stage-N` with its place, from 0, where it has none.
    pub fn title(&self, place: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("stage-{place}"))
    }
}
