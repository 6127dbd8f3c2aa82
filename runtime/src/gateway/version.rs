//! The revisions of the protocol.

/// With `initialize` and sessions, oldest first.
pub const LEGACY: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/// Stateless.
pub const MODERN: &str = "2026-07-28";

/// What `initialize` is answered: the client's revision where it is known, else the newest with sessions.
pub fn negotiated(asked: &str) -> &'static str {
    LEGACY.into_iter().find(|version| *version == asked).unwrap_or(LEGACY[LEGACY.len() - 1])
}
