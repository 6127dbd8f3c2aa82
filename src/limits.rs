//! Every limit on what mad takes in, in one table: what is limited, how far, and what happens beyond.
//!
//! A limit that lies in another crate, or beside the code that it guards, has its row here too.
//! `docs/limits.md` is this table; a test compares the two. Columns of displays are no limits.

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

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub what: &'static str,
    /// How far.
    pub most: String,
    /// What happens beyond.
    pub beyond: &'static str,
}

/// All limits, in the order of the documentation.
pub fn all() -> Vec<Limit> {
    const REFUSED: &str = "the import is refused, with the line";
    let row = |what, most: String, beyond| Limit { what, most, beyond };
    vec![
        row("a time within a build", "10 years".to_owned(), "the record is refused"),
        row("a count, a size in bytes", "2^53".to_owned(), "the record is refused"),
        row("a line of `mad history import`", bytes(IMPORT_LINE_BYTES as u64), REFUSED),
        row("an import", bytes(IMPORT_BYTES), REFUSED),
        row("bad lines of an import", number(IMPORT_BAD_LINES), "the rest is not looked at"),
        row("steps of an imported build", number(IMPORT_STEPS), REFUSED),
        row("pieces of the engine's work of an imported build", number(IMPORT_WORKS), REFUSED),
        row("stretches of time of an imported build", number(IMPORT_SPANS), REFUSED),
        row("entries of a list of an imported line", number(IMPORT_ENTRIES), REFUSED),
        row("a text of an imported line", bytes(IMPORT_TEXT_BYTES as u64), REFUSED),
        row("a name of an imported line", bytes(IMPORT_NAME_BYTES as u64), REFUSED),
        row(
            "how far ahead of this machine's clock an import may lie",
            format!("{IMPORT_AHEAD_HOURS} h"),
            REFUSED,
        ),
        row(
            "waiting for another process that writes the history",
            seconds(crate::timing::history::PATIENCE.as_secs()),
            "an error; the history is as it was",
        ),
        row(
            "bars of the chart in an HTML report",
            number(CHART_BARS),
            "the shortest are left out, and counted",
        ),
        row(
            "a line of a step's output",
            bytes(crate::timing::MAX_LINE_BYTES as u64),
            "it is told as several lines",
        ),
        row(
            "lines of output kept of a step",
            number(crate::timing::LOG_TAIL_LINES),
            "the last ones are kept",
        ),
        row(
            "builds that one is judged by",
            number(crate::timing::MOST_BUILDS),
            "older ones are not looked at",
        ),
        row(
            "samples of a step in a baseline",
            number(crate::timing::judge::MOST_SAMPLES),
            "the newest are kept",
        ),
        row(
            "a run of a patch's probe",
            seconds(crate::patch::probe::LIMIT.as_secs()),
            "the probe has failed",
        ),
        row(
            "a profile, `mad.yaml`, a series",
            bytes(crate::project::yaml::MAX_BYTES as u64),
            "the file is refused",
        ),
        row("a Dockerfile", bytes(dockerfile::MAX_BYTES as u64), "the file is refused"),
    ]
}

/// The table as `docs/limits.md` has it.
pub fn markdown() -> String {
    let rows = all().into_iter();
    let rows = rows.map(|Limit { what, most, beyond }| format!("| {what} | {most} | {beyond} |\n"));
    format!("| what | at most | beyond |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(bytes: u64) -> String {
    match bytes {
        gib if gib % (1 << 30) == 0 => format!("{} GiB", gib >> 30),
        mib if mib % (1 << 20) == 0 => format!("{} MiB", mib >> 20),
        kib if kib % (1 << 10) == 0 => format!("{} KiB", kib >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

fn seconds(seconds: u64) -> String {
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_has_this_table() {
        let page = include_str!("../docs/limits.md");
        assert!(page.contains(&super::markdown()), "expected\n{}", super::markdown());
    }
}
