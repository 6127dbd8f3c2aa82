//! `supervisord.conf`: the programs as supervisord knows them.
//!
//! supervisord starts, stops and logs; when a program is started again is for the listener to say, which
//! knows the delays and the budget: hence `autorestart=false` and `startretries=0`.
//!
//! A value passes three readers on its way: the INI parser, which cuts a line at ` ;` and ` #`; Python's `%`;
//! and a shell's way of splitting words, or, for variables, a much poorer one.

use std::fmt::Write;

use super::order::in_order;
use super::service::{Builtin, Service, Services};
use crate::logs::COLLECTOR;

/// The name of the listener, and of its group.
pub const LISTENER: &str = "healthcheck";

/// The text of the file, for programs that passed the check. `directory` is where sockets, logs and the
/// ledger are; `runtime` is the program `mad-runtime`, and what stands before its command. `collected`: what the
/// programs write goes to a collector, which is a program too.
pub fn supervisord_conf(
    services: &Services,
    collected: bool,
    directory: &str,
    runtime: &[&str],
) -> String {
    let run = value(directory);
    let exec =
        |name, more: &[&'static str]| collected_words(collected, runtime, directory, name, more);
    let listener = exec(LISTENER, &["--stderr-only"]);
    let mut text = format!(
        "\
; The programs of this container. `supervisorctl` shows, starts and stops them.
; Written by mad from the key `services` of the profile.

[unix_http_server]
file={run}/supervisor.sock
chmod=0700

[supervisord]
nodaemon=true
; Its messages go to standard output.
logfile=/dev/null
logfile_maxbytes=0
pidfile={run}/supervisord.pid
childlogdir={run}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{run}/supervisor.sock

; Asks the programs how they are, starts them in order, and again when they fail.
[eventlistener:{LISTENER}]
command={watch}
events=PROCESS_STATE,SUPERVISOR_STATE_CHANGE
buffer_size=100
autorestart=true
startsecs=3
startretries=10
stderr_logfile=/dev/fd/2
stderr_logfile_maxbytes=0
",
        watch = words(listener.iter().map(String::as_str).chain(runtime.iter().copied()).chain([
            "watch",
            "--directory",
            directory,
        ])),
    );
    if collected {
        collector(&mut text, directory, runtime);
    }
    let order =
        in_order(services).unwrap_or_else(|_| services.keys().map(|name| &**name).collect());
    for (place, name) in order.iter().enumerate() {
        program(&mut text, name, &services[*name], place, &run, runtime, &exec(name, &[]));
    }
    groups(&mut text, services, &order);
    text
}

fn program(
    text: &mut String,
    name: &str,
    service: &Service,
    place: usize,
    run: &str,
    runtime: &[&str],
    exec: &[String],
) {
    let exec = exec.iter().map(String::as_str);
    // Not supervisord's `user`: one that is not root refuses to start such a program at all.
    let user =
        service.user.iter().flat_map(|user| runtime.iter().copied().chain(["as", user, "--"]));
    let before = exec.chain(user);
    let command = match service.builtin {
        Some(Builtin::Mcp) => words(before.chain(runtime.iter().copied()).chain(["gateway"])),
        None => words(before.chain(service.command.iter().map(String::as_str))),
    };
    let mut line = |text_line: std::fmt::Arguments<'_>| {
        writeln!(text, "{text_line}").expect("a String takes everything");
    };
    line(format_args!("\n[program:{name}]"));
    line(format_args!("command={command}"));
    if let Some(directory) = &service.directory {
        line(format_args!("directory={}", value(&directory.to_string_lossy())));
    }
    if !service.env.is_empty() {
        let pairs: Vec<_> =
            service.env.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        line(format_args!("environment={}", pairs.join(",")));
    }
    if !starts_by_itself(service) {
        let needs: Vec<_> = service.needs.keys().map(String::as_str).collect();
        let reason = match needs.is_empty() {
            true => "Started by the listener, which looks at its log.".into(),
            false => format!("Started by the listener, after {}.", needs.join(", ")),
        };
        line(format_args!("; {reason}\nautostart=false"));
    }
    // Stopped in reverse: what needs another goes first.
    line(format_args!("priority={}", 10 * (place + 1)));
    line(format_args!("autorestart=false\nstartsecs=3\nstartretries=0"));
    line(format_args!("stopsignal={}", service.stop.signal.name()));
    line(format_args!("stopwaitsecs={}", service.stop.wait.0.as_secs()));
    line(format_args!("stopasgroup=true\nkillasgroup=true\nredirect_stderr=true"));
    line(format_args!("stdout_logfile={run}/{name}.log"));
    line(format_args!("stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=1"));
}

/// Before a program's command, so that its output goes to the collector; nothing where there is none.
fn collected_words(
    collected: bool,
    runtime: &[&str],
    directory: &str,
    name: &str,
    more: &[&str],
) -> Vec<String> {
    if !collected {
        return Vec::new();
    }
    let own = ["logs", "exec", "--service", name, "--directory", directory];
    let all = runtime.iter().chain(&own).chain(more).chain(&["--"]);
    all.map(|word| (*word).to_owned()).collect()
}

/// It starts before all others, ends after them, and is started again at once whenever it ends: what the
/// programs write meanwhile is in their pipes.
fn collector(text: &mut String, directory: &str, runtime: &[&str]) {
    let command =
        words(runtime.iter().copied().chain(["logs", "collect", "--directory", directory]));
    write!(
        text,
        "
; Keeps what the programs write: `mad-runtime logs query`.
[program:{COLLECTOR}]
command={command}
priority=1
autorestart=true
startsecs=0
stopsignal=TERM
stopwaitsecs=5
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
stderr_logfile=/dev/fd/2
stderr_logfile_maxbytes=0
",
    )
    .expect("a String takes everything");
}

/// A program with needs waits for them; one whose log is looked at must not write before that.
fn starts_by_itself(service: &Service) -> bool {
    service.needs.is_empty() && service.readiness().is_none_or(|probe| probe.log.is_none())
}

fn groups(text: &mut String, services: &Services, order: &[&str]) {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in order {
        let Some(group) = services[*name].group.as_deref() else { continue };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, programs)) => programs.push(name),
            None => groups.push((group, vec![name])),
        }
    }
    for (place, (group, programs)) in groups.iter().enumerate() {
        let programs = programs.join(",");
        write!(text, "\n[group:{group}]\nprograms={programs}\npriority={}\n", 10 * (place + 1))
            .expect("a String takes everything");
    }
}

/// A plain value: `%` is Python's.
fn value(text: &str) -> String {
    text.replace('%', "%%")
}

/// A command line that `shlex` splits into these words.
fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(word).collect::<Vec<_>>().join(" ")
}

fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return value(text);
    }
    let mut quoted = String::from("'");
    let mut before = None;
    for c in text.chars() {
        match c {
            // Two quotes between: neither a comment nor `%(here)s`, which is replaced wherever it stands.
            ';' | '#' if before.is_some_and(is_blank) => {
                quoted.push_str("''");
                quoted.push(c);
            }
            '(' if before == Some('%') => quoted.push_str("''("),
            '\'' => quoted.push_str(r#"'"'"'"#),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
        before = Some(c);
    }
    quoted.push('\'');
    quoted
}

/// The value of a variable.
fn quoted(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    format!("{quote}{}{quote}", value(text))
}

/// What keeps a text from being the value of a variable.
pub(super) fn unquotable(text: &str) -> Option<&'static str> {
    let comment = |mark: char| {
        text.match_indices(mark).any(|(at, _)| text[..at].chars().next_back().is_some_and(is_blank))
    };
    if text.contains(char::is_control) {
        Some("a line break or another control character")
    } else if text.contains('"') && text.contains('\'') {
        Some("both kinds of quotes")
    } else if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        Some("a quote at its begin or end")
    } else if comment(';') || comment('#') {
        Some("`;` or `#` after a blank")
    } else if text.contains("%(here)s") {
        Some("`%(here)s`")
    } else {
        None
    }
}

/// What Python takes for a blank, and a little more.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}
