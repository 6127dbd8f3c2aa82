//! The tests that need no engine: the program from outside, the documents, the npm registry (the
//! only ones here that need a network).

mod adversary;
mod baseline;
mod builds;
mod cli;
mod documents;
mod floor_plan;
mod gpu_detect;
mod history;
mod hostile;
mod npm;
mod outputs;
mod patch;
mod patch_commands;
mod renders;
mod reports;
mod stalled_engine;
mod support;
mod users;
mod users_cases;
mod users_fix;
mod wiring;
