//! The table of `docs/limits.md`.

use std::time::Duration;

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
    const IMPORT: &str = "the import is refused, with the line";
    const ERROR: &str = "an error that names the limit";
    const FAILED: &str = "the call has failed";
    const DOWNLOAD: &str = "it is tried again, then an error";
    const LEFT: &str = "it is not waited for any more";
    use crate::project::yaml::limits as yaml;
    use crate::{patch, profile, project, timing};
    use ::engine::limits as engine;
    use ::npm::limits as npm;
    let row = |what, most: String, beyond| Limit { what, most, beyond };
    let tarball = ::npm::Limits::default();
    vec![
        row("a YAML file of the project", bytes(yaml::MAX_BYTES as u64), ERROR),
        row("values in it, aliases put in place", number(yaml::MAX_VALUES), ERROR),
        row("text in it, aliases put in place", bytes(yaml::MAX_TEXT_BYTES as u64), ERROR),
        row("levels of lists and maps in it", number(yaml::MAX_DEPTH), ERROR),
        row("faults that are shown at once", number(yaml::MAX_FAULTS), "the rest is counted"),
        row("files that one profile extends, itself included", number(profile::MAX_FILES), ERROR),
        row(
            "text in all of them, aliases put in place",
            bytes(profile::MAX_PROFILE_BYTES as u64),
            ERROR,
        ),
        row("a template, a lock, a patch", bytes(project::MAX_ASSET_BYTES), ERROR),
        row("a Dockerfile for `mad users`", bytes(::dockerfile::MAX_BYTES as u64), ERROR),
        row(
            "instructions of a stage for other orders and merges in `mad users fix`",
            number(::dockerfile::consolidate::LONGEST_STAGE),
            "only redundant `USER` lines go, and it is told",
        ),
        row("npm: until a connection is open", time(npm::CONNECT), DOWNLOAD),
        row("npm: from the request to the head of the answer", time(npm::ANSWER), DOWNLOAD),
        row("npm: without a byte", time(npm::IDLE), DOWNLOAD),
        row("npm: waiting for 30 kB, at any time of a download", time(npm::PACE), DOWNLOAD),
        row("npm: a whole answer", time(npm::WHOLE), DOWNLOAD),
        row("npm: a document of the registry", bytes(npm::DOCUMENT_BYTES), ERROR),
        row("npm: a tarball, as it comes", bytes(tarball.tarball_bytes), ERROR),
        row("npm: a tarball, unpacked", bytes(tarball.unpacked_bytes), ERROR),
        row("npm: one wanted file of it", bytes(tarball.file_bytes), ERROR),
        row("a run of a patch's probe", time(patch::probe::LIMIT), "the probe has failed"),
        row(
            "kept of what such a run prints on this host",
            bytes(patch::probe::OUTPUT as u64),
            "the last bytes are kept",
        ),
        row(
            "engine: until a connection is open",
            time(engine::CONNECT),
            "the engine is not reachable (exit code 7)",
        ),
        row("engine: a call that looks something up", time(engine::ANSWER), FAILED),
        row("engine: a call that changes something", time(engine::CHANGE), FAILED),
        row(
            "engine: silence while an archive moves or a container is followed",
            time(engine::SILENCE),
            FAILED,
        ),
        row(
            "engine: BuildKit's channel without a sign of life",
            time(engine::KEEP_ALIVE),
            "it is asked for one, which has as long again; then the build ends",
        ),
        row("engine: the answer to a call", bytes(engine::MAX_ANSWER_BYTES), FAILED),
        row(
            "engine: a file from a container, or its output",
            bytes(engine::MAX_STREAM_BYTES),
            FAILED,
        ),
        row(
            "engine: a line of a container",
            bytes(engine::MAX_LINE_BYTES as u64),
            "it is told as several lines",
        ),
        row("engine: one message of BuildKit", bytes(engine::MAX_MESSAGE_BYTES as u64), FAILED),
        row(
            "engine: a credential helper",
            time(engine::HELPER),
            "there is no login, and it is told",
        ),
        row("after Ctrl-C: the engine's last reports", time(engine::CANCEL_GRACE), LEFT),
        row("after Ctrl-C: a call that is under way", time(engine::CALL_GRACE), LEFT),
        row("after Ctrl-C: an image that is being written", time(engine::EXPORT_GRACE), LEFT),
        row(
            "the age of an unfinished image of another machine",
            format!("{} days", engine::FOREIGN_CANDIDATE.as_secs() / 86_400),
            "the next build removes it",
        ),
        row("a time within a build", "10 years".to_owned(), "the record is refused"),
        row("a count, a size in bytes", "2^53".to_owned(), "the record is refused"),
        row("a line of `mad history import`", bytes(IMPORT_LINE_BYTES as u64), IMPORT),
        row("an import", bytes(IMPORT_BYTES), IMPORT),
        row("bad lines of an import", number(IMPORT_BAD_LINES), "the rest is not looked at"),
        row("steps of an imported build", number(IMPORT_STEPS), IMPORT),
        row("pieces of the engine's work of an imported build", number(IMPORT_WORKS), IMPORT),
        row("stretches of time of an imported build", number(IMPORT_SPANS), IMPORT),
        row("entries of a list of an imported line", number(IMPORT_ENTRIES), IMPORT),
        row("a text of an imported line", bytes(IMPORT_TEXT_BYTES as u64), IMPORT),
        row("a name of an imported line", bytes(IMPORT_NAME_BYTES as u64), IMPORT),
        row(
            "how far ahead of this machine's clock an import may lie",
            format!("{IMPORT_AHEAD_HOURS} h"),
            IMPORT,
        ),
        row(
            "waiting for another process that writes the history",
            time(timing::history::PATIENCE),
            "an error; the history is as it was",
        ),
        row(
            "bars of the chart in an HTML report",
            number(CHART_BARS),
            "the shortest are left out, and counted",
        ),
        row(
            "a line of a step's output",
            bytes(timing::MAX_LINE_BYTES as u64),
            "it is told as several lines",
        ),
        row(
            "lines of output kept of a step",
            number(timing::LOG_TAIL_LINES),
            "the last ones are kept",
        ),
        row(
            "builds that one is judged by",
            number(timing::MOST_BUILDS),
            "older ones are not looked at",
        ),
        row(
            "samples of a step in a baseline",
            number(timing::judge::MOST_SAMPLES),
            "the newest are kept",
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

fn time(time: Duration) -> String {
    match time.as_secs() {
        minutes if minutes > 120 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

#[test]
fn the_documentation_has_this_table() {
    let page = include_str!("../../docs/limits.md");
    assert!(page.contains(&markdown()), "expected\n{}", markdown());
    assert_eq!(::npm::limits::PACE_BYTES, 30_000, "the row of it says so");
}
