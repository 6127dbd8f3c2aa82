//! `mad status`: containers on one screen, and as JSON.

use super::TerminalStyle;
use crate::status::{ContainerStatus, Gateway, GpuStatus, Inside, Numbers, Status};
use crate::text::{count, human_ms};
use crate::timing::clean_line;
use crate::ui::{Glyphs, Line, Paint, Role};

/// Incidents that are shown of a container.
const INCIDENTS: usize = 3;

/// `mad.status/1`, on one line.
pub fn json(status: &Status) -> String {
    serde_json::to_string(status).expect("strings and numbers always serialise") + "\n"
}

/// One screen; `now_ms` is the clock's.
pub fn terminal(status: &Status, style: TerminalStyle, now_ms: u64) -> String {
    let glyphs = Glyphs::new(style.unicode);
    let paint = Paint { color: style.color };
    let mut lines = Vec::new();
    for (at, container) in status.containers.iter().enumerate() {
        if at > 0 {
            lines.push(Line::new());
        }
        of_container(container, &glyphs, now_ms, &mut lines);
    }
    lines
        .into_iter()
        .map(|line| {
            line.fit(style.width, glyphs.ellipsis).paint(paint).trim_end().to_owned() + "\n"
        })
        .collect()
}

/// Text of a container is anybody's.
fn safe(text: &str) -> String {
    clean_line(text)
}

fn of_container(one: &ContainerStatus, glyphs: &Glyphs, now_ms: u64, lines: &mut Vec<Line>) {
    let gap = format!(" {} ", glyphs.dot);
    let mut head = Line::new().with(Role::Strong, safe(&one.name)).plain("  ");
    head = head.plain(safe(&one.image));
    if let Some(profile) = &one.profile {
        head = head.with(Role::Dim, format!("{gap}profile {}", safe(profile)));
    }
    head = head.plain(gap.clone()).join(state(one));
    // The last answer of a check says nothing of a container that has ended.
    if let Some(health) = one.health.as_ref().filter(|_| one.exit_code.is_none()) {
        let role = match health.as_str() {
            "healthy" => Role::Good,
            "unhealthy" => Role::Bad,
            _ => Role::Accent,
        };
        head = head.plain(gap).with(role, safe(health));
    }
    lines.push(head);
    if let Some(inside) = &one.inside {
        of_inside(inside, now_ms, lines);
    }
    let rows: Vec<_> = one
        .mounts
        .iter()
        .map(|mount| {
            let rights = if mount.writable { "rw" } else { "ro" };
            [mount.target.clone(), mount.kind.clone(), rights.to_owned(), mount.source.clone()]
                .map(|text| Line::new().plain(safe(&text)))
                .to_vec()
        })
        .collect();
    lines.extend(named("mounts", table(rows)));
    for problem in &one.problems {
        lines.extend(named("problem", vec![Line::new().with(Role::Bad, safe(problem))]));
    }
}

fn state(one: &ContainerStatus) -> Line {
    match (one.state.as_str(), one.exit_code) {
        ("running", _) => {
            let up = one.up_s.map(|seconds| format!(" {}", human_ms(seconds.saturating_mul(1000))));
            Line::new().plain(format!("running{}", up.unwrap_or_default()))
        }
        (state, Some(code)) if state == "exited" || state == "dead" => {
            let why = if one.out_of_memory { ", out of memory" } else { "" };
            let role = if code == 0 { Role::Dim } else { Role::Bad };
            Line::new().with(role, format!("{} with {code}{why}", safe(state)))
        }
        (state, _) => Line::new().with(Role::Accent, safe(state)),
    }
}

fn of_inside(inside: &Inside, now_ms: u64, lines: &mut Vec<Line>) {
    if !inside.services.is_empty() {
        let head = ["NAME", "STATE", "UP", "RESTARTS", "PROBLEM"];
        let head = head.map(|text| Line::new().with(Role::Dim, text)).to_vec();
        let rows = inside.services.iter().map(|service| {
            let next = service.next_start_ms.map(|ms| format!("starts in {}", human_ms(ms)));
            let problem = [Some(safe(&service.problem)), next].into_iter().flatten();
            let problem: Vec<_> = problem.filter(|text| !text.is_empty()).collect();
            let role = match service.phase.as_str() {
                "ready" => Role::Good,
                "stopped" => Role::Dim,
                "down" | "killing" | "held" => Role::Bad,
                _ => Role::Accent,
            };
            vec![
                Line::new().plain(safe(&service.name)),
                Line::new().with(role, safe(&service.phase)),
                Line::new().plain(service.up_ms.map_or("-".to_owned(), human_ms)),
                Line::new().plain(service.restarts.to_string()),
                Line::new().plain(if problem.is_empty() {
                    "-".to_owned()
                } else {
                    problem.join("; ")
                }),
            ]
        });
        let rows = std::iter::once(head).chain(rows).collect();
        lines.extend(named("programs", table(rows)));
    }
    if let Some(numbers) = &inside.numbers {
        let mut below = vec![sums(numbers)];
        let shown = inside.incidents.iter().rev().take(INCIDENTS).map(|one| {
            let ago = human_ms(now_ms.saturating_sub(one.began_ms));
            let outcome = match (one.outcome.as_str(), one.ended_ms) {
                ("recovered", Some(ended)) => {
                    format!("recovered in {}", human_ms(ended.saturating_sub(one.began_ms)))
                }
                ("stopped", _) => "stopped by an operator".to_owned(),
                (outcome, _) => safe(outcome),
            };
            let role = if one.outcome == "open" { Role::Bad } else { Role::Plain };
            let what = format!("{} {}, {ago} ago, ", safe(&one.service), safe(&one.kind));
            let what = Line::new().plain(what).with(role, outcome);
            match one.detail.as_str() {
                "" => what,
                detail => what.with(Role::Dim, format!(": {}", safe(detail))),
            }
        });
        below.extend(shown);
        lines.extend(named("incidents", below));
    }
    if let Some(gateway) = &inside.gateway {
        lines.extend(named("gateway", of_gateway(gateway)));
    }
    if let Some(gpu) = &inside.gpu {
        lines.extend(named("GPU", of_gpu(gpu)));
    }
}

fn sums(numbers: &Numbers) -> Line {
    if numbers.incidents == 0 {
        return Line::new().plain("none");
    }
    // Rounded down: 99.996 % is not 100 %.
    let percent = |value: f64| format!("{:.2} %", (value * 100.0).floor() / 100.0);
    let mut parts = vec![numbers.incidents.to_string()];
    parts.extend(numbers.recovered_percent.map(|value| format!("{} recovered", percent(value))));
    parts
        .extend(numbers.mean_time_to_recovery_ms.map(|ms| format!("{} to recovery", human_ms(ms))));
    parts.extend(numbers.uptime_percent.map(|value| format!("uptime {}", percent(value))));
    parts.push(count(
        usize::try_from(numbers.false_restarts).unwrap_or(usize::MAX),
        "false restart",
    ));
    let line = Line::new().plain(parts.join(", "));
    match numbers.open {
        0 => line,
        open => line.with(Role::Bad, format!(", {open} open")),
    }
}

fn of_gateway(gateway: &Gateway) -> Vec<Line> {
    let ms = |us: Option<u64>| us.map_or("-".to_owned(), |us| format!("{:.1}ms", us as f64 / 1e3));
    let mut rows: Vec<Vec<Line>> = gateway
        .servers
        .iter()
        .map(|server| {
            let (role, state) =
                if server.ready { (Role::Good, "ready") } else { (Role::Bad, "down") };
            let texts = [
                format!("{} answers", server.answers),
                format!("p50 {}, p99 {}", ms(server.p50_us), ms(server.p99_us)),
                format!("{} in flight, {} waiting", server.in_flight, server.waiting),
                count(usize::try_from(server.restarts).unwrap_or(usize::MAX), "restart"),
            ];
            let mut row =
                vec![Line::new().plain(safe(&server.name)), Line::new().with(role, state)];
            row.extend(texts.map(|text| Line::new().plain(text)));
            row
        })
        .collect();
    let mut lines = table(std::mem::take(&mut rows));
    lines.push(Line::new().with(Role::Dim, count(gateway.clients, "client")));
    lines
}

fn of_gpu(gpu: &GpuStatus) -> Vec<Line> {
    let role = if gpu.device == "cuda" { Role::Good } else { Role::Plain };
    let head = Line::new().with(role, safe(&gpu.device)).plain(format!(": {}", safe(&gpu.summary)));
    let rows = gpu.cards.iter().map(|card| {
        let used = match (card.used_mib, card.memory_mib) {
            (Some(used), Some(all)) => format!("{used} of {all} MiB"),
            _ => "-".to_owned(),
        };
        let number = |value: Option<f64>, unit: &str| {
            value.map_or("-".to_owned(), |value| format!("{value} {unit}"))
        };
        let state = match &card.trouble {
            Some(trouble) => Line::new().with(Role::Bad, safe(trouble)),
            None => Line::new(),
        };
        vec![
            Line::new().plain(format!("{} {}", card.index, safe(&card.name))),
            Line::new().plain(used),
            Line::new().plain(number(card.utilisation_percent, "%")),
            Line::new().plain(number(card.temperature_c, "°C")),
            state,
        ]
    });
    std::iter::once(head).chain(table(rows.collect())).collect()
}

/// Rows in columns, two spaces between.
fn table(rows: Vec<Vec<Line>>) -> Vec<Line> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(Line::width).max().unwrap_or(0))
        .collect();
    let row = |row: Vec<Line>| {
        row.into_iter()
            .zip(&widths)
            .fold(Line::new(), |line, (cell, width)| line.join(cell.pad(*width)).plain("  "))
    };
    rows.into_iter().map(row).collect()
}

/// Lines behind a name that stands on the first.
fn named(name: &str, lines: Vec<Line>) -> Vec<Line> {
    const NAMES: usize = 11;
    let mut names = std::iter::once(name).chain(std::iter::repeat(""));
    lines
        .into_iter()
        .map(|line| {
            let name = names.next().unwrap_or_default();
            Line::new().plain("  ").with(Role::Dim, name).pad(2 + NAMES).join(line)
        })
        .collect()
}
