//! Any bytes as a stream of newline JSON: the same lines however they arrive, and an id replaced and put back
//! leaves the text as it was.
//!
//! `cargo +nightly fuzz run gateway_framing -- -max_total_time=600`

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| mad_runtime::gateway::fuzz::framing(data));
