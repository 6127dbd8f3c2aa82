//! The programs as a table.

use super::table::aligned;
use crate::watch::Report;

pub fn table(report: &Report) -> String {
    let head = ["PROGRAM", "GROUP", "STATE", "PID", "UP", "RESTARTS", "PROBLEM"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for service in &report.services {
        let next = service.next_start_ms.map(|next| format!("starts in {}", time(next)));
        let problem = [Some(service.problem.clone()), next].into_iter().flatten();
        let problem: Vec<_> = problem.filter(|text| !text.is_empty()).collect();
        rows.push(vec![
            service.name.clone(),
            service.group.clone().unwrap_or("-".into()),
            service.phase.name().into(),
            service.pid.map_or("-".into(), |pid| pid.to_string()),
            service.up_ms.map_or("-".into(), time),
            service.restarts.to_string(),
            if problem.is_empty() { "-".into() } else { problem.join("; ") },
        ]);
    }
    aligned(&rows)
}

/// In the unit that fits.
pub fn time(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{:.1} s", ms as f64 / 1e3),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}
