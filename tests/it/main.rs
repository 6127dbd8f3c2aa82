//! The tests that need neither an engine nor a network: the program from outside, and the documents.

// Tests read what they are to run with, and say what they saw.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

mod adversary;
mod bad_days;
mod baseline;
mod builds;
mod ci_examples;
mod cli;
mod documents;
mod entrypoint;
mod fake_engine;
mod floor_plan;
mod from_buildx;
mod hints;
mod history;
mod hostile;
mod kubernetes;
mod log;
mod outputs;
mod own_projects;
mod patch;
mod patch_commands;
mod projects;
mod renders;
mod reports;
mod stalled_containers;
mod stalled_engine;
mod streams;
mod support;
mod templates;
mod users;
mod users_cases;
mod users_fix;
mod wiring;
