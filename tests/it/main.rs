//! The tests that need no engine and no network: the program from outside, the documents.

mod cli;
mod documents;
mod gpu_detect;
mod renders;
mod support;
