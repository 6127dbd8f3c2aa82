//! `mad` on a real engine: the program itself is run, and the engine is asked what came of it.
//!
//! An engine must answer; where none does, the tests fail and say so. Nothing here is replaced by a
//! stand-in. The base image is `MAD_TEST_BASE`, else `mad/base:trixie`, else `debian:trixie-slim`.
//! The files from `cache` to `rendering` are about the real cpu image, the others about small ones.

// Tests read what they are to run with, and say what they saw.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

mod support;

mod bad_days;
mod bake;
mod builders;
mod ci;
mod compose;
mod connect;
mod docker_options;
mod dockerfiles;
mod exit_codes;
mod failure;
mod files;
mod given;
mod hostile;
mod interrupt;
mod logs;
mod mounts;
mod options;
mod own_project;
mod patches;
mod plugin;
mod proofs;
mod regression;
mod safe;
mod secrets;
mod traps;
mod users;
mod verify;

mod cache;
mod content;
mod gateway;
mod mcp;
mod rendering;
mod services;
