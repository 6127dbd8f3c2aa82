//! `mad-runtime`, the program of the images: `build.rs` builds it and puts it into the binary.

/// By the engine's name of the architecture (`amd64`, `arm64`): those that this `mad` was built with.
pub const RUNTIME_PROGRAMS: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/runtime.rs"));
