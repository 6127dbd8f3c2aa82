//! The gateway as a process, with real servers behind it and real clients in front.

// A test may end by a panic.
#![allow(clippy::unwrap_used)]

mod aggregate;
mod authentication;
mod children;
mod clients;
mod gpu;
mod http;
mod ids;
mod life;
mod old_clients;
mod ownership;
mod rmcp_client;
mod stateless;
mod stateless_server;
mod support;
mod websocket;
