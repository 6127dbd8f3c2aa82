//! A fault at a place, and how one or many are shown.

use std::fmt;

use super::Mark;
use super::limits::MAX_FAULTS;

/// A fault that can say what to do about it.
pub trait Explain: fmt::Display {
    /// A command to run or a suggestion, without the word "hint".
    fn hint(&self) -> Option<String>;
}

/// A fault and the place of the value that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<F> {
    /// Where.
    pub mark: Mark,
    /// What.
    pub fault: F,
}

impl<F> Located<F> {
    /// A fault at a place.
    pub fn new(mark: &Mark, fault: F) -> Self {
        Self { mark: mark.clone(), fault }
    }

    /// The same place, the fault in another type.
    pub fn map<G>(self, change: impl FnOnce(F) -> G) -> Located<G> {
        Located { mark: self.mark, fault: change(self.fault) }
    }
}

impl<F: fmt::Display> fmt::Display for Located<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n{}", self.mark, self.fault, self.mark.excerpt())
    }
}

/// Shows the faults, and of very many the first. One alone leaves its hint to the caller; of several
/// each carries its own.
pub fn render_all<F: Explain>(f: &mut fmt::Formatter<'_>, faults: &[Located<F>]) -> fmt::Result {
    for (index, located) in faults.iter().take(MAX_FAULTS).enumerate() {
        if index > 0 {
            f.write_str("\n\n")?;
        }
        write!(f, "{located}")?;
        if faults.len() > 1
            && let Some(hint) = located.fault.hint()
        {
            let gutter = " ".repeat(located.mark.line().to_string().len());
            write!(f, "\n{gutter} = hint: {hint}")?;
        }
    }
    match faults.len().checked_sub(MAX_FAULTS) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "\n\nand {more} more"),
    }
}
