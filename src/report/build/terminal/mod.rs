//! A report at a terminal: some lines after a build, or all of it.

mod long;
mod short;
mod words;

pub use long::long;
pub use short::short;

#[cfg(test)]
mod tests;
