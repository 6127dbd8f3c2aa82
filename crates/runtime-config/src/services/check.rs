//! The rules between the keys of `services`.

use std::collections::BTreeMap;

use super::order::in_order;
use super::probe::{Probe, Question};
use super::service::{Builtin, Service, Services};
use super::supervisord::{LISTENER, unquotable};
use crate::check::Found;
use crate::error::Problem;
use crate::mcp::Mcp;

pub(crate) fn problems(services: &Services, mcp: Option<&Mcp>) -> Vec<Problem> {
    let mut found = Found::default();
    for (name, service) in services {
        one(name, service, services, mcp, &mut found);
    }
    if let Err(cycle) = in_order(services) {
        let key = format!("services.{}.needs", cycle[0]);
        found.when(true, &key, || format!("a cycle: {}", cycle.join(" needs ")));
    }
    let gateway = services.values().any(|service| service.builtin == Some(Builtin::Mcp));
    found.when(!services.is_empty() && mcp.is_some() && !gateway, "services", || {
        "the gateway of `mcp` is a program too: name one with `builtin: mcp`".into()
    });
    groups(services, &mut found);
    ports(services, mcp, &mut found);
    found.0
}

fn name(text: &str, key: &str, found: &mut Found) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    found.when(text.is_empty() || text.len() > 40 || !text.chars().all(plain), key, || {
        format!("`{text}` is no name: letters, digits, `-` and `_`, 40 at most")
    });
    found.when(text == LISTENER, key, || {
        format!("`{LISTENER}` is the name of the listener that watches the programs")
    });
    found.when(text == "supervisord", key, || {
        "`supervisord` has that name, and a log of that name".into()
    });
}

fn one(own: &str, service: &Service, services: &Services, mcp: Option<&Mcp>, found: &mut Found) {
    let key = format!("services.{own}");
    name(own, &key, found);
    if let Some(group) = &service.group {
        name(group, &format!("{key}.group"), found);
    }
    if let Some(user) = &service.user {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        let begins = user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let is_name = begins && user.len() <= 32 && user.chars().all(plain);
        found.when(!is_name, &format!("{key}.user"), || {
            format!("`{user}` is no name of a user, for example `dev`")
        });
    }
    match (service.command.first(), service.builtin) {
        (None, None) => found.when(true, &key, || "needs `command` or `builtin`".into()),
        (Some(_), Some(_)) => {
            found.when(true, &key, || "has `command` and `builtin`; one of them".into());
        }
        (Some(program), None) => {
            found.when(program.is_empty(), &format!("{key}.command[0]"), || "empty".into());
        }
        (None, Some(Builtin::Mcp)) => {
            found.when(mcp.is_none(), &format!("{key}.builtin"), || {
                "`mcp` is the gateway, which needs the key `mcp`".into()
            });
        }
    }
    for (index, word) in service.command.iter().enumerate() {
        found.when(word.contains(['\0', '\n', '\r']), &format!("{key}.command[{index}]"), || {
            "a line break, which supervisord's configuration cannot hold; put it into a script"
                .into()
        });
    }
    for (variable, value) in &service.env {
        let key = format!("{key}.env.{variable}");
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        found.when(
            variable.is_empty()
                || variable.starts_with(|c: char| c.is_ascii_digit())
                || !variable.chars().all(plain),
            &key,
            || "no name of a variable".into(),
        );
        if let Some(reason) = unquotable(value) {
            found.when(true, &key, || {
                format!("{reason}, which supervisord's configuration cannot hold in a variable")
            });
        }
    }
    if let Some(directory) = &service.directory {
        let text = directory.to_str().unwrap_or("\n");
        found.when(
            !directory.is_absolute()
                || text.contains([' ', ';', '#'])
                || text.contains(char::is_control),
            &format!("{key}.directory"),
            || "no absolute path without blanks, `;` and `#`".into(),
        );
    }
    for need in service.needs.keys() {
        let key = format!("{key}.needs.{need}");
        found.when(!services.contains_key(need), &key, || format!("there is no program `{need}`"));
    }
    for (part, probe) in [("ready", &service.ready), ("health", &service.health)] {
        if let Some(probe) = probe {
            one_probe(probe, &format!("{key}.{part}"), found);
        }
    }
    found.when(service.stop.wait.0.as_secs() > 600, &format!("{key}.stop.wait"), || {
        "more than 10m".into()
    });
    found.when(
        service.stop.wait.0.subsec_nanos() != 0 || service.stop.wait.0.is_zero(),
        &format!("{key}.stop.wait"),
        || "supervisord waits for whole seconds, 1s at least".into(),
    );
    let restart = &service.restart;
    found.when(restart.delay.0.is_zero(), &format!("{key}.restart.delay"), || "0".into());
    found.when(restart.max_delay < restart.delay, &format!("{key}.restart.max_delay"), || {
        "less than `delay`".into()
    });
    found.when(restart.budget.count == 0, &format!("{key}.restart.budget"), || {
        "0 starts nothing again".into()
    });
}

fn one_probe(probe: &Probe, key: &str, found: &mut Found) {
    let questions = probe.questions();
    found.when(questions.len() != 1, key, || {
        "needs one of `http`, `tcp`, `exec`, `ping`, `log`, `heartbeat` and `output`".into()
    });
    for question in questions {
        match question {
            Question::Http(http) => {
                found.when(
                    http.status.is_some_and(|status| !(100..600).contains(&status)),
                    &format!("{key}.http.status"),
                    || "no status of HTTP".into(),
                );
                for (name, value) in &http.header {
                    found.when(
                        name.is_empty()
                            || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
                            || value.contains(char::is_control),
                        &format!("{key}.http.header.{name}"),
                        || "no header".into(),
                    );
                }
            }
            Question::Tcp(target) => {
                found.when(target.path.is_some(), &format!("{key}.tcp"), || {
                    "a path, but nothing is asked there".into()
                })
            }
            Question::Exec(words) => found.when(
                words[0].is_empty() || words.iter().any(|word| word.contains('\0')),
                &format!("{key}.exec"),
                || "an empty program, or a NUL byte".into(),
            ),
            Question::Log(text) => {
                found.when(text.is_empty(), &format!("{key}.log"), || "empty".into())
            }
            Question::Heartbeat(heartbeat) => {
                found.when(!heartbeat.file.is_absolute(), &format!("{key}.heartbeat.file"), || {
                    "no absolute path".into()
                });
            }
            Question::Ping(_) | Question::Output(_) => {}
        }
    }
    let hundredth = std::time::Duration::from_millis(100);
    for (part, value) in [("every", probe.every), ("timeout", probe.timeout)] {
        found.when(value.0 < hundredth, &format!("{key}.{part}"), || "less than 100ms".into());
    }
    found.when(probe.failures == 0, &format!("{key}.failures"), || "0".into());
}

/// supervisord makes a group of every program that has none.
fn groups(services: &Services, found: &mut Found) {
    for (name, service) in services {
        if let Some(group) = &service.group {
            let alone = services.get(group).is_some_and(|other| other.group.is_none());
            found.when(alone, &format!("services.{name}.group"), || {
                format!("`{group}` is a program with no group, which supervisord takes for a group of that name")
            });
        }
    }
}

/// A probe asks the program itself, so that its port is that program's.
fn ports(services: &Services, mcp: Option<&Mcp>, found: &mut Found) {
    let mut owners: BTreeMap<u16, &str> = BTreeMap::new();
    let mut builtin: Option<&str> = None;
    for (name, service) in services {
        if service.builtin == Some(Builtin::Mcp) {
            if let Some(other) = builtin {
                found.when(true, &format!("services.{name}.builtin"), || {
                    format!("`{other}` is the gateway already")
                });
            }
            builtin = Some(name);
            for address in mcp.iter().flat_map(|mcp| &mcp.listen) {
                owners.insert(address.port(), name);
            }
        }
    }
    for (name, service) in services {
        for (part, probe) in [("ready", &service.ready), ("health", &service.health)] {
            let target = probe.as_ref().and_then(Probe::target).filter(|target| target.is_local());
            let Some(target) = target else { continue };
            let owner = *owners.entry(target.port).or_insert(name);
            found.when(owner != name, &format!("services.{name}.{part}"), || {
                format!("port {} is that of `{owner}`", target.port)
            });
        }
    }
}
