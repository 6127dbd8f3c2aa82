//! What was typed: one file a command (its doc comment is its help, then `Args`, then a function).
//!
//! Only this module reads the environment, prints and decides on the exit code.

mod add;
mod bake;
mod base;
mod baseline;
mod baseline_choice;
mod build;
mod builder_choice;
mod builders;
mod builds;
mod compare;
mod complete;
mod completions;
mod compose_call;
mod connect;
mod cuda;
mod doctor;
mod down;
mod environment;
mod error;
mod exit;
mod explain;
mod format;
mod globals;
mod gpu_choice;
mod history;
mod image;
mod init;
mod interrupt;
mod lock;
mod locked;
mod log;
mod logs;
mod man;
mod mounts;
mod output;
mod packages;
mod patch;
mod plugin;
mod profile_args;
mod profiles;
mod progress;
mod remove;
mod render;
mod report;
mod rollback;
mod run;
mod schema;
mod shell;
mod show;
mod status;
mod streams;
mod templates;
mod up;
mod users;

pub use exit::ALL as EXIT_CODES;
pub use run::{command, run};

use connect::{engine, runtime};
use output::{print, write_file};
