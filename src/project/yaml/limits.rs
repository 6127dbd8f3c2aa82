//! How much of a YAML file is read; the longest real one has a few hundred lines.

/// The longest file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Values in it, once aliases are put in place.
pub const MAX_VALUES: usize = 20_000;

/// Bytes of text in it, once aliases are put in place.
pub const MAX_TEXT_BYTES: usize = 4 << 20;

/// Levels of lists and maps.
pub const MAX_DEPTH: usize = 64;

/// Faults that are shown of one file; more help nobody.
pub const MAX_FAULTS: usize = 20;
