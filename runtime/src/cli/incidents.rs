//! `mad-runtime status --incidents`: the ledger, which is there also when no watch runs.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::programs::time;
use super::table::aligned;
use crate::watch::{
    History, Incident, Numbers, Outcome, ask_watch, history, last_alive, read_ledger,
};

/// Of the incidents in the table; JSON has all.
const SHOWN: usize = 20;

pub fn show(directory: &Path, as_json: bool) -> Result<()> {
    let (history, now) = read(directory)?;
    match as_json {
        true => outln!("{}", serde_json::to_string(&history)?),
        false => out!("{}", table(&history, now)),
    }
    Ok(())
}

/// The ledger's incidents and numbers, and the present time.
pub fn read(directory: &Path) -> Result<(History, u64)> {
    let records = read_ledger(directory)
        .with_context(|| format!("the ledger in `{}`", directory.display()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
    // Without a watch nobody knows how the programs were since it ended.
    let until = match ask_watch(directory) {
        Ok(_) => now,
        Err(_) => last_alive(directory).unwrap_or(now),
    };
    Ok((history(&records, until), now))
}

fn table(history: &History, now: u64) -> String {
    let mut text = String::new();
    if !history.incidents.is_empty() {
        let head = ["INCIDENT", "PROGRAM", "KIND", "BEGAN", "DETECTED", "OUTCOME", "WHAT"];
        let mut rows = vec![head.map(String::from).to_vec()];
        let hidden = history.incidents.len().saturating_sub(SHOWN);
        rows.extend(history.incidents.iter().skip(hidden).map(|one| row(one, now)));
        text += &aligned(&rows);
        if hidden > 0 {
            text += &format!("and {hidden} before; `--json` has all\n");
        }
        text.push('\n');
    }
    let head = [
        "PROGRAM",
        "UPTIME",
        "WATCHED",
        "DOWN",
        "INCIDENTS",
        "RECOVERED",
        "OPEN",
        "MEAN TO RECOVERY",
        "FALSE RESTARTS",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(history.services.iter().map(|(name, numbers)| sums(name, numbers)));
    if history.services.len() != 1 {
        rows.push(sums("all", &history.all));
    }
    text + &aligned(&rows)
}

fn row(one: &Incident, now: u64) -> Vec<String> {
    let outcome = match (one.outcome, one.ended_ms) {
        (Outcome::Recovered, Some(ended)) => {
            format!("recovered in {}", time(ended.saturating_sub(one.began_ms)))
        }
        (Outcome::Recovered, None) => "recovered".into(),
        (Outcome::Stopped, _) => "stopped by an operator".into(),
        (Outcome::Open, _) => "open".into(),
    };
    vec![
        one.number.to_string(),
        one.service.clone(),
        one.kind.name().into(),
        format!("{} ago", time(now.saturating_sub(one.began_ms))),
        format!("after {}", time(one.detected_ms.saturating_sub(one.began_ms))),
        outcome,
        one.detail.clone(),
    ]
}

fn sums(name: &str, numbers: &Numbers) -> Vec<String> {
    let percent = |value: Option<f64>| value.map_or("-".into(), percent);
    vec![
        name.into(),
        percent(numbers.uptime_percent),
        time(numbers.watched_ms),
        time(numbers.down_ms),
        numbers.incidents.to_string(),
        percent(numbers.recovered_percent),
        numbers.open.to_string(),
        numbers.mean_time_to_recovery_ms.map_or("-".into(), time),
        numbers.false_restarts.to_string(),
    ]
}

/// Rounded down: 99.996 % is not 100 %.
fn percent(value: f64) -> String {
    format!("{:.2} %", (value * 100.0).floor() / 100.0)
}
