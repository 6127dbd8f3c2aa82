//! How long an engine may take, and how much it may send. An engine that stalls or floods ends a
//! command with an error, and never holds it for good.

use std::time::Duration;

/// Until a connection is open, and `/grpc` or `/session` upgraded.
pub const CONNECT: Duration = Duration::from_secs(10);

/// The whole of a call that looks something up.
pub const ANSWER: Duration = Duration::from_secs(30);

/// The whole of a call that changes names, images or containers.
pub const CHANGE: Duration = Duration::from_secs(120);

/// Silence on a connection that moves an archive or follows a container. Before the first byte of an
/// image, 20.10 writes all of it to its disk.
pub const SILENCE: Duration = Duration::from_secs(30 * 60);

/// Between two questions on BuildKit's channel whether somebody is there; the answer may take as long.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The engine's last reports after a build was cancelled.
pub const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// A call that is under way when the build is cancelled.
pub const CALL_GRACE: Duration = Duration::from_secs(2);

/// Finishing an image that nobody wants any more, because an export cannot be stopped.
pub const EXPORT_GRACE: Duration = Duration::from_secs(30);

/// How long an unfinished image of another machine, whose processes cannot be seen, is left alone.
pub const FOREIGN_CANDIDATE: Duration = Duration::from_secs(7 * 86_400);

/// The answer to a call, in bytes.
pub const MAX_ANSWER_BYTES: u64 = 32 << 20;

/// A file that is read from a container, or what it prints, in bytes.
pub const MAX_STREAM_BYTES: u64 = 512 << 20;

/// One line of a container's output, and what is kept of its standard error, in bytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// A credential helper; some ask a person.
pub const HELPER: Duration = Duration::from_secs(60);

/// BuildKit's own limit for one message, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// What may be on its way from a builder before it is read, in bytes.
pub const WINDOW_BYTES: u32 = 4 << 20;
