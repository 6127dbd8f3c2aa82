//! The limits themselves.

/// The largest time within a build, in milliseconds: ten years.
pub const LONGEST_MS: u64 = 10 * 366 * 24 * 3_600_000;

/// The largest count and the largest size in bytes: what every reader of JSON takes exactly.
pub const LARGEST_NUMBER: u64 = 1 << 53;

/// Bytes of a line of an import: a build of some 300,000 files.
pub const IMPORT_LINE_BYTES: usize = 64 << 20;

/// Bytes of all lines of an import together.
pub const IMPORT_BYTES: u64 = 8 << 30;

/// Bad lines of an import, after which the rest is not looked at.
pub const IMPORT_BAD_LINES: usize = 1_000;

/// Steps of an imported build.
pub const IMPORT_STEPS: usize = 5_000;

/// Pieces of the engine's own work in an imported build.
pub const IMPORT_WORKS: usize = 5_000;

/// Stretches of time, over all steps and the engine's work of an imported build.
pub const IMPORT_SPANS: usize = 20_000;

/// Entries of any list or table of an imported line.
pub const IMPORT_ENTRIES: usize = 400_000;

/// Bytes of one text of an imported line.
pub const IMPORT_TEXT_BYTES: usize = 1 << 20;

/// Bytes of a name of an imported line: a project, a stage, a label, a tag.
pub const IMPORT_NAME_BYTES: usize = 4096;

/// How far in the future an imported build or promotion may lie, in hours: clocks differ.
pub const IMPORT_AHEAD_HOURS: i64 = 24;

/// Bars of the chart of a report in HTML; what is shorter is left out and counted.
pub const CHART_BARS: usize = 2_000;
