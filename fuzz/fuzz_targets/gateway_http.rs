//! Any bytes as a connection over HTTP, WebSocket upgrades among them: nothing behind the token without it.
//!
//! `cargo +nightly fuzz run gateway_http -- -max_total_time=600`

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| mad_runtime::gateway::fuzz::http(data));
