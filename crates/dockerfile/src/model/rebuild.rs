//! Prints an edited file: blocks in another order, without some, with new instructions in between.
//!
//! What is kept keeps its bytes, and its leading comments. A gap of blank lines only travels with its
//! block. A gap with comments (a heading over several instructions) stays in place, which is: above
//! the first block that stood below it and did not move. The blocks that did not move are the most
//! that are still in order. Where all that stood below a heading moved, the heading goes with the first
//! of it. Where something came or went, blank lines of both sides are one side's.

use super::file::{Block, File};
use crate::rising::longest_rising;

/// One piece of the edited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A block as it is, with its leading comments.
    Keep(usize),
    /// The leading comments of a block whose instruction goes.
    Comments(usize),
    /// Other comments in the place of a block's whose instruction goes; the heading above stays.
    Marked(usize, String),
    /// A block that goes with its comments and the heading above it.
    Gone(usize),
    /// An instruction in a block's place: its comments stay, its text is new.
    Replace(usize, String),
    /// An instruction that was not there; without an end of line at its end.
    Insert(String),
}

impl Edit {
    /// The block that it is about.
    fn block(&self) -> Option<usize> {
        match self {
            Self::Keep(block)
            | Self::Comments(block)
            | Self::Marked(block, _)
            | Self::Gone(block)
            | Self::Replace(block, _) => Some(*block),
            Self::Insert(_) => None,
        }
    }

    /// Whether an instruction is printed for it.
    pub fn is_instruction(&self) -> bool {
        matches!(self, Self::Keep(_) | Self::Replace(..) | Self::Insert(_))
    }
}

/// Prints the pieces in their order; a block that none of them names is gone, with its comments.
///
/// # Panics
///
/// Where an edit names a block that the file does not have.
pub fn rebuild(file: &File, edits: &[Edit]) -> String {
    let mut out = Printer {
        file,
        text: file.head().to_owned(),
        is_open: false,
        is_joined: true,
        blank_from: file.head().len(),
    };
    let blocks = file.blocks();
    // Whether each edit stands where it stood.
    let places: Vec<Option<usize>> = edits.iter().map(Edit::block).collect();
    let stays = longest_rising(&places);
    let headings = Headings::of(file, edits, &stays);
    let mut in_place = headings.in_place.iter().copied().peekable();
    // A `USER` line that comes stands directly above what it is for, below the blank lines.
    let mut waiting: Vec<&Edit> = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        let next = edits.get(index + 1).and_then(Edit::block);
        let Some(at) = edit.block() else {
            waiting.push(edit);
            continue;
        };
        let is_placed = matches!(edit, Edit::Keep(_))
            && blocks[at].instruction.keyword == "USER"
            && !stays[index]
            && !has_comment(file, &blocks[at])
            && next.is_some();
        if is_placed {
            waiting.push(edit);
            continue;
        }
        let before = at.checked_sub(1);
        out.is_joined &= waiting.is_empty();
        out.is_joined &= index == 0 || edits[index - 1] == Edit::Keep(before.unwrap_or(at));
        let mut is_below_heading = false;
        if stays[index] {
            while let Some(heading) = in_place.next_if(|heading| *heading <= at) {
                out.gap(file.gap(&blocks[heading]));
                is_below_heading = true;
            }
        }
        for &(_, heading) in headings.travelling.iter().filter(|(edit, _)| *edit == index) {
            out.gap(file.gap(&blocks[heading]));
            is_below_heading = true;
        }
        match edit {
            // A heading ends with a blank line.
            _ if is_below_heading => {}
            Edit::Gone(_) => out.gap(blank_lines(file.gap(&blocks[at]))),
            _ if has_comment(file, &blocks[at]) => out.gap(file.eol().text()),
            _ => out.gap(file.gap(&blocks[at])),
        }
        for edit in waiting.drain(..) {
            out.edit(edit);
        }
        out.edit(edit);
    }
    for edit in waiting {
        out.edit(edit);
    }
    let is_end_kept = edits.last() == blocks.len().checked_sub(1).map(Edit::Keep).as_ref();
    if !is_end_kept {
        out.is_joined = false;
        out.end_without_blank_lines();
    }
    for heading in in_place {
        out.gap(file.gap(&blocks[heading]));
    }
    out.gap(file.tail());
    out.text
}

/// Where headings are printed.
struct Headings {
    /// Blocks with a heading above them that stays in place.
    in_place: Vec<usize>,
    /// Edits, and the block whose heading goes with them.
    travelling: Vec<(usize, usize)>,
}

impl Headings {
    fn of(file: &File, edits: &[Edit], stays: &[bool]) -> Self {
        let blocks = file.blocks();
        let gone = |at: usize| edits.contains(&Edit::Gone(at));
        let all: Vec<usize> =
            (0..blocks.len()).filter(|&at| has_comment(file, &blocks[at]) && !gone(at)).collect();
        let mut headings = Self { in_place: Vec::new(), travelling: Vec::new() };
        for (index, &heading) in all.iter().enumerate() {
            let end = all.get(index + 1).copied().unwrap_or(blocks.len());
            let is_of_it = |at: usize| {
                (heading..end).contains(&at) && blocks[at].stage == blocks[heading].stage
            };
            let of_it = |(index, edit): (usize, &Edit)| {
                (edit.is_instruction() && edit.block().is_some_and(is_of_it)).then_some(index)
            };
            let own: Vec<usize> = edits.iter().enumerate().filter_map(of_it).collect();
            match own.first() {
                Some(&first) if !own.iter().any(|&edit| stays[edit]) => {
                    headings.travelling.push((first, heading));
                }
                _ => headings.in_place.push(heading),
            }
        }
        headings
    }
}

fn has_comment(file: &File, block: &Block) -> bool {
    !file.gap(block).trim().is_empty()
}

/// The blank lines at the beginning.
fn blank_lines(gap: &str) -> &str {
    let blank = gap.split_inclusive('\n').take_while(|line| line.trim().is_empty());
    &gap[..blank.map(str::len).sum()]
}

struct Printer<'a> {
    file: &'a File,
    text: String,
    /// The text ends in a continuation that goes on with whatever is printed next.
    is_open: bool,
    /// What was printed last is what stood here before.
    is_joined: bool,
    /// Behind the last line that is not blank.
    blank_from: usize,
}

impl Printer<'_> {
    /// What stands between two instructions.
    fn gap(&mut self, gap: &str) {
        let has_blank = self.text.len() > self.blank_from;
        let skipped = if !self.is_joined && has_blank { blank_lines(gap).len() } else { 0 };
        self.add(&gap[skipped..]);
    }

    fn edit(&mut self, edit: &Edit) {
        let block = edit.block().map(|at| &self.file.blocks()[at]);
        match (edit, block) {
            (Edit::Keep(_), Some(block)) => {
                self.add(self.file.leading(block));
                self.add(self.file.raw(block));
                self.is_open = !block.dangling.is_empty();
                self.is_joined = true;
                return;
            }
            (Edit::Comments(_), Some(block)) => self.add(self.file.leading(block)),
            (Edit::Marked(_, text), _) if !text.is_empty() => self.add_new(text),
            (Edit::Replace(_, text), Some(block)) => {
                self.add(self.file.leading(block));
                self.add_new(text);
            }
            (Edit::Insert(text), _) => self.add_new(text),
            _ => {}
        }
        self.is_joined = false;
    }

    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.close();
        if !self.text.is_empty() && !self.text.ends_with(['\n', '\u{feff}']) {
            self.text.push_str(self.file.eol().text());
        }
        self.text.push_str(text);
        let filled = self.text.trim_end_matches(|c: char| c.is_whitespace());
        let rest = &self.text[filled.len()..];
        self.blank_from = filled.len() + rest.find('\n').map_or(rest.len(), |at| at + 1);
    }

    fn add_new(&mut self, text: &str) {
        let eol = self.file.eol().text();
        let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", "\n").replace('\n', eol);
        self.add(&format!("{text}{eol}"));
    }

    /// Takes the blank lines away that stood above what went from the end of the file.
    fn end_without_blank_lines(&mut self) {
        self.text.truncate(self.blank_from.max(self.file.head().len()));
    }

    /// Takes the continuations away that the end of the file had cut off.
    fn close(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        // Only the last block can be open, and only blank lines and comments follow its end.
        let Some(block) = self.file.blocks().last() else { return };
        for escape in block.dangling.iter().rev() {
            // Every later one is gone already, and was one character as this one.
            let at = block.raw.end - escape;
            let later = block.dangling.iter().filter(|other| *other > escape).count();
            self.text.remove(self.text.len() - (at - later));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edits: &[Edit]) -> String {
        rebuild(&File::parse(text.as_bytes()).unwrap(), edits)
    }

    fn keep(blocks: &[usize]) -> Vec<Edit> {
        blocks.iter().copied().map(Edit::Keep).collect()
    }

    #[test]
    fn comments_move_with_their_instruction_and_headings_stay() {
        let text = "FROM a\n\n# heading\n\n# one\nRUN one\n\n# two\nRUN two\nRUN three\n";
        assert_eq!(edited(text, &keep(&[0, 1, 2, 3])), text);
        insta::assert_snapshot!(edited(text, &keep(&[0, 2, 3, 1])), @r"
        FROM a

        # heading

        # two
        RUN two
        RUN three

        # one
        RUN one
        ");
    }

    #[test]
    fn the_last_heading_is_not_lost() {
        let text = "FROM a\n\n# end\n\nUSER b\n# tail";
        assert_eq!(edited(text, &keep(&[0])), "FROM a\n\n# end\n\n# tail");
    }

    #[test]
    fn instructions_come_and_go_in_the_files_own_line_endings() {
        let text = "FROM a\r\n# why\r\nUSER b\r\nRUN x\r\n";
        let edits = [
            Edit::Keep(0),
            Edit::Comments(1),
            Edit::Insert("RUN y \\\n && z".to_owned()),
            Edit::Replace(2, "RUN w".to_owned()),
        ];
        assert_eq!(edited(text, &edits), "FROM a\r\n# why\r\nRUN y \\\r\n && z\r\nRUN w\r\n");
    }

    #[test]
    fn the_end_of_the_file_is_no_end_of_a_line_once_it_moved() {
        assert_eq!(edited("FROM a\nRUN x\nRUN y", &keep(&[0, 2, 1])), "FROM a\nRUN y\nRUN x\n");
        let open = "FROM a\nRUN x\nRUN y \\ \n# c\n\n";
        assert_eq!(edited(open, &keep(&[0, 2, 1])), "FROM a\nRUN y  \n# c\n\nRUN x\n");
        assert_eq!(edited(open, &keep(&[0, 1, 2])), open);
    }
}
