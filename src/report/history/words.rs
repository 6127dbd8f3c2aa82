//! A few words for what is stored.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::redact::comparable;
use crate::timing::clean_line;
use crate::timing::judge::{Cause, Miss, Verdict};
use crate::timing::record::Ending;
use crate::ui::{Line, Role};

/// The verdict of a build that was judged; else how it ended.
pub fn outcome(ending: Ending, verdict: Option<Verdict>) -> Line {
    let (role, word) = match (ending, verdict) {
        (Ending::Failed, _) => (Role::Bad, ending.as_str()),
        (Ending::Interrupted, _) => (Role::Dim, ending.as_str()),
        (Ending::Built, None) => (Role::Plain, ending.as_str()),
        (Ending::Built, Some(verdict)) => (role(verdict), verdict.as_str()),
    };
    Line::new().with(role, word)
}

/// How a verdict looks.
pub fn role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Ok | Verdict::Improved => Role::Good,
        Verdict::Inconclusive => Role::Plain,
        Verdict::Regressed => Role::Bad,
    }
}

/// `python-deps: locks/cpu.txt changed`.
pub fn miss(miss: &Miss) -> String {
    let more = match miss.causes.len() {
        0 | 1 => String::new(),
        all => format!(" (+{})", all - 1),
    };
    let cause = miss.causes.first().map_or_else(|| "ran".to_owned(), cause);
    clean_line(&format!("{}: {cause}{more}", miss.stage))
}

fn cause(cause: &Cause) -> String {
    let became = |what: &str, old: &Option<String>, new: &Option<String>| match (old, new) {
        (None, Some(_)) => format!("{what} is new"),
        (Some(_), None) => format!("{what} is gone"),
        (Some(old), Some(new)) if !comparable(old, new) => format!("{what} may have changed"),
        _ => format!("{what} changed"),
    };
    match cause {
        Cause::File { path, old, new } => became(path, old, new),
        Cause::Value { key, old, new, .. } => became(key, old, new),
        Cause::Argument { name, old, new } => became(&format!("argument {name}"), old, new),
        Cause::Instruction { .. } => "instruction changed".to_owned(),
        Cause::State { old, new } => {
            let line = new.as_ref().or(old.as_ref());
            let word = line.and_then(|line| line.split_whitespace().next()).unwrap_or("state");
            became(word, old, new)
        }
        Cause::Base { .. } => "base image moved".to_owned(),
        Cause::Order => "steps above it changed".to_owned(),
        Cause::New => "new step".to_owned(),
        Cause::NoCache => "--no-cache".to_owned(),
        Cause::Evicted { .. } => "cache evicted".to_owned(),
        Cause::NeverBuiltHere => "never built on this engine".to_owned(),
    }
}

/// `2026-03-01 10:00`.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The first digits of an id, a hash, a commit; the name of a kind of hash goes.
pub fn short(id: &str) -> String {
    let digits = id.split_once(':').map_or(id, |(_, digits)| digits);
    clean_line(&digits.chars().take(12).collect::<String>())
}
