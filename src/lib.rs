//! `mad` builds the container image that coding agents live in.

pub mod engine;
pub mod profile;
pub mod project;
pub mod timing;
pub mod ui;
