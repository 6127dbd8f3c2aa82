//! The file as a whole: parts, blocks, stages, and the state at every instruction.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::base_facts::Bases;
use super::directive::Directive;
use super::error::ParseError;
use super::reading::StagesAndStates;
use super::scan::{self, Logical, Scanned, shown};
use super::stage_view::{Base, StageView};
use super::state::State;
use super::user::UserRef;
use crate::Instruction;
use crate::instruction::from_logical;

pub use super::scan::Heredoc;

/// What a Dockerfile has at most, in bytes. The largest that people write have some 100 KB.
pub const MAX_BYTES: usize = 1 << 20;

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eol {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
}

impl Eol {
    /// The characters.
    pub fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// A Dockerfile that loses nothing; see the module.
#[derive(Debug, Clone)]
pub struct File {
    text: String,
    head: usize,
    directives: Vec<Directive>,
    escape: char,
    blocks: Vec<Block>,
    stages: Vec<StageView>,
    /// What each block sees, and what the last one leaves.
    states: Vec<State>,
    bases: Bases,
    given: Arc<BTreeMap<String, String>>,
}

/// An instruction with what belongs to it. Ranges are bytes of [`File::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Blank lines, and comments with a blank line below them: they stay in place.
    pub gap: Range<usize>,
    /// Comments directly above: they belong to the instruction.
    pub leading: Range<usize>,
    /// The instruction as written, with line endings and heredocs.
    pub raw: Range<usize>,
    /// What it says.
    pub instruction: Instruction,
    /// Its heredocs with their places.
    pub heredocs: Vec<Heredoc>,
    /// The stage, from 0; `None` above the first `FROM`.
    pub stage: Option<usize>,
    /// First and last line, from 1, heredocs included.
    pub lines: RangeInclusive<usize>,
    /// The file ends within continuations: where their escape characters stand.
    pub(crate) dangling: Vec<usize>,
}

impl File {
    /// Reads a Dockerfile. What BuildKit's parser refuses is an error; so is an unknown instruction,
    /// unless `# syntax=` names a frontend other than Docker's, which may know it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = text_of(bytes)?;
        let text = &*text;
        let Scanned { head, directives, escape, logical, fault } = scan::scan(text);
        let has_own_frontend = directives.iter().any(Directive::is_foreign_frontend);
        if let Some(first) = logical.first().filter(|_| !has_own_frontend) {
            // A file of another kind is told so by its first line, before anything else is said.
            check_keyword(text, first)?;
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let mut file = Self {
            text: text.to_owned(),
            head,
            directives,
            escape,
            blocks: Vec::with_capacity(logical.len()),
            stages: Vec::new(),
            states: Vec::new(),
            bases: Bases::new(),
            given: Arc::default(),
        };
        for logical in logical {
            // A continuation of nothing is no instruction of anybody's.
            if !has_own_frontend || logical.line.trim().is_empty() {
                check_keyword(&file.text, &logical)?;
            }
            let from = file.blocks.last().map_or(head, |block| block.raw.end);
            let block = file.block(from, logical)?;
            file.blocks.push(block);
        }
        let first = file.blocks.first().ok_or(ParseError::Empty)?;
        if !file.blocks.iter().any(|block| block.instruction.keyword == "FROM") {
            return Err(ParseError::NoFrom { line: *first.lines.start() });
        }
        file.read_states()?;
        Ok(file)
    }

    /// The file with what is known of its base images: see [`File::images`].
    pub fn with_bases(mut self, bases: &Bases) -> Self {
        self.bases = bases.clone();
        self.read_again()
    }

    /// The file with the values that a build gives to `ARG`s (`--build-arg`).
    pub fn with_args(mut self, given: &BTreeMap<String, String>) -> Self {
        self.given = Arc::new(given.clone());
        self.read_again()
    }

    fn read_again(mut self) -> Self {
        // What is wrong with a `FROM` was found when the file was read.
        let _ = self.read_states();
        self
    }

    fn read_states(&mut self) -> Result<(), ParseError> {
        let global = State::global(self.escape, self.given.clone());
        let reading = StagesAndStates::of(&self.text, &self.blocks, global, &self.bases)?;
        (self.stages, self.states) = (reading.stages, reading.states);
        Ok(())
    }

    /// The images that its stages start from, as far as their names are known; each once, in order.
    pub fn images(&self) -> Vec<&str> {
        let mut images = Vec::new();
        for stage in &self.stages {
            if let Base::Image(Some(name)) = &stage.base
                && !images.contains(&name.as_str())
            {
                images.push(name);
            }
        }
        images
    }

    /// The file's text. What is no UTF-8 in it is written again by [`to_bytes`](crate::to_bytes).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every instruction, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The stages, in order.
    pub fn stages(&self) -> &[StageView] {
        &self.stages
    }

    /// Parser directives, in order.
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// The escape character: backslash, or backtick where `# escape=` says so.
    pub fn escape(&self) -> char {
        self.escape
    }

    /// How most lines end.
    pub fn eol(&self) -> Eol {
        let all = self.text.bytes().filter(|&byte| byte == b'\n').count();
        let crlf = self.text.matches("\r\n").count();
        if crlf * 2 > all { Eol::CrLf } else { Eol::Lf }
    }

    /// BOM and parser directives.
    pub fn head(&self) -> &str {
        &self.text[..self.head]
    }

    /// The comments that belong to a block.
    pub fn leading(&self, block: &Block) -> &str {
        &self.text[block.leading.clone()]
    }

    /// A block's instruction as written.
    pub fn raw(&self, block: &Block) -> &str {
        &self.text[block.raw.clone()]
    }

    /// What stands between the block above and this one's comments.
    pub fn gap(&self, block: &Block) -> &str {
        &self.text[block.gap.clone()]
    }

    /// What follows the last instruction.
    pub fn tail(&self) -> &str {
        &self.text[self.blocks.last().map_or(self.head, |block| block.raw.end)..]
    }

    /// What is in force before a block.
    ///
    /// # Panics
    ///
    /// Where there is no such block.
    pub fn state(&self, block: usize) -> &State {
        &self.states[block]
    }

    /// What is in force after the last block of a stage: what the image has.
    ///
    /// # Panics
    ///
    /// Where there is no such stage.
    pub fn state_after(&self, stage: usize) -> &State {
        // `FROM` sees the global scope, so the state that a stage leaves is kept on its own.
        &self.states[self.blocks.len() + stage]
    }

    /// What is in force below the `FROM` of a stage, with what the triggers there left.
    ///
    /// # Panics
    ///
    /// Where there is no such stage.
    pub fn state_below_from(&self, stage: usize) -> &State {
        let blocks = &self.stages[stage].blocks;
        if blocks.len() > 1 { self.state(blocks.start + 1) } else { self.state_after(stage) }
    }

    /// The user that a block runs as.
    ///
    /// # Panics
    ///
    /// Where there is no such block.
    pub fn user_at(&self, block: usize) -> &UserRef {
        self.state(block).user()
    }

    /// The stages that start from a stage, and with its state.
    pub fn children(&self, stage: usize) -> impl Iterator<Item = usize> {
        let on = Base::Stage(stage);
        self.stages.iter().enumerate().filter(move |(_, s)| s.base == on).map(|(place, _)| place)
    }

    /// Cuts what stands between two instructions, and reads the second.
    fn block(&self, from: usize, logical: Logical) -> Result<Block, ParseError> {
        let instruction = from_logical(&self.text, &logical);
        let between = &self.text[from..logical.raw.start];
        // The comments directly above: all lines behind the last blank one.
        let mut leading = logical.raw.start;
        for line in between.split_inclusive('\n').rev() {
            if line.trim().is_empty() {
                break;
            }
            leading -= line.len();
        }
        let (line, column) = place(&self.text, &logical);
        let keyword = instruction.keyword.clone();
        let needs_argument =
            !matches!(keyword.as_str(), "RUN" | "CMD" | "ENTRYPOINT" | "MAINTAINER");
        if is_known(&keyword) && needs_argument && instruction.arguments.is_empty() {
            return Err(ParseError::NoArgument { line, column, keyword });
        }
        let before = self.blocks.last().and_then(|block| block.stage);
        let may_stand_here = before.is_some() || matches!(keyword.as_str(), "FROM" | "ARG");
        if !may_stand_here && is_known(&keyword) {
            return Err(ParseError::BeforeFrom { line, column, keyword });
        }
        Ok(Block {
            gap: from..leading,
            leading: leading..logical.raw.start,
            stage: match (keyword == "FROM", before) {
                (true, Some(stage)) => Some(stage + 1),
                (true, None) => Some(0),
                (false, stage) => stage,
            },
            raw: logical.raw,
            lines: logical.lines.0..=logical.lines.1,
            heredocs: logical.heredocs,
            dangling: logical.dangling,
            instruction,
        })
    }
}

/// The text of the bytes, if they are that of a file.
fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(ParseError::TooBig { limit: MAX_BYTES });
    }
    let text = super::bytes::text_of(bytes);
    if let Some(at) = text.find('\0') {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        return Err(ParseError::Nul { line, column });
    }
    Ok(text)
}

const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Whether it is an instruction of BuildKit's own frontend.
pub(crate) fn is_known(keyword: &str) -> bool {
    KEYWORDS.contains(&keyword)
}

fn check_keyword(text: &str, logical: &Logical) -> Result<(), ParseError> {
    let (written, _) = scan::split_keyword(&logical.line);
    let keyword = written.to_ascii_uppercase();
    if is_known(&keyword) {
        return Ok(());
    }
    let (line, column) = place(text, logical);
    let near = |known: &&&str| strsim::damerau_levenshtein(&keyword, known);
    let similar = KEYWORDS.iter().min_by_key(near).filter(|_| keyword.len() <= 20);
    let similar = similar.filter(|known| near(known) <= 2 && keyword.len() > 2).copied();
    Err(ParseError::Unknown { line, column, found: shown(written), similar })
}

/// Line and column of a logical line's first character.
fn place(text: &str, logical: &Logical) -> (usize, usize) {
    let raw = &text[logical.raw.clone()];
    (logical.lines.0, raw.chars().take_while(|c| c.is_whitespace()).count() + 1)
}

#[cfg(test)]
mod tests;
