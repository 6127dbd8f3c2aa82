//! Prints an edited file: blocks in another order, without some, with new instructions in between.
//!
//! What is kept keeps its bytes, and its leading comments. A gap of blank lines only travels with its
//! block. A gap with comments (a heading over several instructions) stays in place, which is: above
//! the first block that stood below it and did not move. The blocks that did not move are the most
//! that are still in order.

use super::file::{Block, File};

/// One piece of the edited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A block as it is, with its leading comments.
    Keep(usize),
    /// The leading comments of a block whose instruction goes.
    Comments(usize),
    /// An instruction in a block's place: its comments stay, its text is new.
    Replace(usize, String),
    /// An instruction that was not there; without an end of line at its end.
    Insert(String),
}

impl Edit {
    fn block(&self) -> Option<usize> {
        match self {
            Self::Keep(block) | Self::Comments(block) | Self::Replace(block, _) => Some(*block),
            Self::Insert(_) => None,
        }
    }
}

/// Prints the pieces in their order; a block that none of them names is gone, with its comments.
///
/// # Panics
///
/// Where an edit names a block that the file does not have.
pub fn rebuild(file: &File, edits: &[Edit]) -> String {
    let mut out = Printer { file, text: file.head().to_owned(), is_open: false };
    let blocks = file.blocks();
    let stays = unmoved(edits);
    let mut headings =
        blocks.iter().enumerate().filter(|(_, block)| has_comment(file, block)).peekable();
    for (edit, stays) in edits.iter().zip(stays) {
        let mut is_below_heading = false;
        if let Some(at) = edit.block().filter(|_| stays) {
            while let Some((_, block)) = headings.next_if(|(heading, _)| *heading <= at) {
                out.add(file.gap(block));
                is_below_heading = true;
            }
        }
        let block = edit.block().map(|at| &blocks[at]);
        match block {
            // A heading ends with a blank line.
            _ if is_below_heading => {}
            None => {}
            Some(block) if has_comment(file, block) => out.add(file.eol().text()),
            Some(block) => out.add(file.gap(block)),
        }
        match (edit, block) {
            (Edit::Keep(_), Some(block)) => {
                out.add(file.leading(block));
                out.add_raw(block);
            }
            (Edit::Comments(_), Some(block)) => out.add(file.leading(block)),
            (Edit::Replace(_, text), Some(block)) => {
                out.add(file.leading(block));
                out.add_new(text);
            }
            (Edit::Insert(text), _) => out.add_new(text),
            _ => {}
        }
    }
    for (_, block) in headings {
        out.add(file.gap(block));
    }
    out.add(file.tail());
    out.text
}

fn has_comment(file: &File, block: &Block) -> bool {
    !file.gap(block).trim().is_empty()
}

struct Printer<'a> {
    file: &'a File,
    text: String,
    /// The text ends in a continuation that goes on with whatever is printed next.
    is_open: bool,
}

impl Printer<'_> {
    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.close();
        if !self.text.is_empty() && !self.text.ends_with(['\n', '\u{feff}']) {
            self.text.push_str(self.file.eol().text());
        }
        self.text.push_str(text);
    }

    fn add_new(&mut self, text: &str) {
        let eol = self.file.eol().text();
        let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", "\n").replace('\n', eol);
        self.add(&format!("{text}{eol}"));
    }

    fn add_raw(&mut self, block: &Block) {
        self.add(self.file.raw(block));
        self.is_open = !block.dangling.is_empty();
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

/// Whether each edit stands where it stood: a longest run of blocks in their old order (Fredman, "On
/// computing the length of longest increasing subsequences", 1975).
fn unmoved(edits: &[Edit]) -> Vec<bool> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; edits.len()];
    let block = |edit: usize| edits[edit].block();
    for (edit, before) in before.iter_mut().enumerate() {
        let Some(at) = block(edit) else { continue };
        let length = tails.partition_point(|&tail| block(tail) < Some(at));
        *before = length.checked_sub(1).map(|shorter| tails[shorter]);
        tails.truncate(tails.len().max(length));
        match tails.get_mut(length) {
            Some(tail) => *tail = edit,
            None => tails.push(edit),
        }
    }
    let mut stays = vec![false; edits.len()];
    let mut at = tails.last().copied();
    while let Some(edit) = at {
        stays[edit] = true;
        at = before[edit];
    }
    stays
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
