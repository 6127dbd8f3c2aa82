//! Tests of the engine as a whole: files in, verdicts out.

mod cases;
mod field_notes;
mod fuzz;
mod large;
mod literal;
mod merging;
mod parsing;
mod properties;
mod quorum;
mod random;
mod tools;
