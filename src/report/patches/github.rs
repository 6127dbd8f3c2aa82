//! A verification as annotations, on the patch files at fault.

use super::findings::findings;
use super::words::summary;
use crate::patch::Verification;
use crate::report::github;

/// A command a line; one notice where everything holds.
pub fn github(verification: &Verification) -> String {
    github::github(&findings(verification), ("patches", &summary(verification)))
}
