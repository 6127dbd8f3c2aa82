//! The table of `docs/limits.md`.

use super::*;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Limit {
    /// What is limited.
    what: &'static str,
    /// How far.
    most: String,
    /// What happens beyond.
    beyond: &'static str,
}

/// All limits, in the order of the documentation.
fn all() -> Vec<Limit> {
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
    ]
}

/// The table as `docs/limits.md` has it.
fn markdown() -> String {
    let rows = all().into_iter();
    let rows = rows.map(|Limit { what, most, beyond }| format!("| {what} | {most} | {beyond} |\n"));
    format!("| what | at most | beyond |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
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

#[test]
fn the_documentation_has_this_table() {
    let page = include_str!("../../docs/limits.md");
    assert!(page.contains(&markdown()), "expected\n{}", markdown());
}
