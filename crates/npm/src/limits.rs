//! How long a registry may take, and how much it may send.

use std::time::Duration;

/// Until a connection is open.
pub const CONNECT: Duration = Duration::from_secs(15);

/// Without a byte.
pub const IDLE: Duration = Duration::from_secs(30);

/// From the request to the head of the answer.
pub const ANSWER: Duration = Duration::from_secs(60);

/// In so much time of waiting [`PACE_BYTES`] must come: every byte in time is not enough.
pub const PACE: Duration = Duration::from_secs(30);

/// 1 kB a second: a modem would pass, a server that keeps us waiting does not.
pub const PACE_BYTES: u64 = 30_000;

/// A whole answer.
pub const WHOLE: Duration = Duration::from_secs(30 * 60);

/// A document of a registry, in bytes.
pub const DOCUMENT_BYTES: u64 = 64 << 20;
