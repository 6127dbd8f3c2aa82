//! Who is started when.

use serde_json::{Value, json};

use crate::support::Programs;

fn at(stack: &crate::support::Stack, name: &str) -> (u64, u64) {
    let text = std::fs::read_to_string(stack.path().join("incidents.jsonl")).expect("the ledger");
    let records: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ready = records.iter().find(|one| one["event"] == "ready" && one["service"] == name);
    let ready = ready.unwrap_or_else(|| panic!("{name} is not ready: {text}"));
    let at = ready["at_ms"].as_u64().expect("a time");
    (at - ready["after_ms"].as_u64().expect("a time"), at)
}

#[test]
fn a_chain_of_three_starts_in_order_and_only_when_ready() {
    let stack = Programs::new()
        .add("third", json!({"needs": {"second": "ready"}}))
        .add("second", json!({"needs": {"first": "ready"}}))
        .add("first", json!({}))
        .at_first("first", "slow-start 2")
        .at_first("second", "slow-start 2")
        .start();
    stack.eventually("waiting", || {
        let third = stack.program("third");
        third["phase"] == "waiting" && third["problem"] == "waits for second"
    });
    stack.ready();
    let [first, second, third] = ["first", "second", "third"].map(|name| at(&stack, name));
    assert!(first.1 <= second.0 && second.1 <= third.0, "{first:?} {second:?} {third:?}");
    assert!(stack.incidents().is_empty());
}

/// Every question, to a program that answers it.
#[test]
fn every_question_has_its_answer() {
    let beat = std::env::temp_dir().join(format!("mad-beat-{}", std::process::id()));
    std::fs::write(&beat, "").expect("written");
    let age = json!({"heartbeat": {"file": beat, "age": "1h"}});
    let stack = Programs::new()
        .probed("page", json!({"http": {"url": ":0/", "status": 200, "body": "ok", "header": {"Content-Length": "2"}}}), json!({}))
        .probed("port", json!({"tcp": ":0"}), json!({}))
        .probed("command", json!({"exec": ["test", "-e", "/"]}), json!({}))
        .probed("log", json!({"log": "listening"}), json!({}))
        .probed("beat", age, json!({}))
        .probed("output", json!({"output": "1h"}), json!({}))
        .probed("none", json!({"tcp": ":0"}), json!({"ready": null}))
        .start();
    stack.ready();
    std::fs::remove_file(beat).ok();
}

/// Only root can become somebody else; in any other container the program runs as the container's user.
#[test]
fn a_program_runs_as_its_user_where_that_can_be() {
    let stack = Programs::new()
        .add(
            "a",
            json!({"user": "nobody", "command": ["sleep", "600"], "ready": {"exec": ["true"]}}),
        )
        .start();
    stack.ready();
    let uid = |pid: &str| -> u32 {
        let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
        let line = text.lines().find_map(|line| line.strip_prefix("Uid:")).expect("a line");
        line.split_whitespace().next().and_then(|uid| uid.parse().ok()).expect("a number")
    };
    let own = uid("self");
    assert_eq!(uid(&stack.pid("a").to_string()), if own == 0 { 65534 } else { own });
}

/// Through supervisord's three readers: its INI, Python's `%`, and how it splits words.
#[test]
fn words_and_variables_arrive_as_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = folder.path().join("seen");
    let program = format!(
        "import json, os, sys, time; json.dump([sys.argv[1:], dict(os.environ)], open({seen:?} + '.new', 'w')); \
         os.rename({seen:?} + '.new', {seen:?}); time.sleep(600)"
    );
    let words = [
        "",
        " ",
        "a b",
        "it's",
        "say \"hi\"",
        "; rm",
        "a ; b",
        "a # b",
        "#",
        "100%",
        "%(here)s",
        "%(ENV_HOME)s",
        "%%",
        "$HOME",
        "`id`",
        "\\",
        "a\\",
        "[program:x]",
        "tab\there ;x",
        "\u{85};x",
        "ü",
        "=",
        "a=b,c=d",
        "*",
        "~",
        "\u{1f} ;",
    ];
    let values = [
        "",
        " ",
        "a b",
        "it's ok",
        "say \"hi\" now",
        "a;b",
        "a#b",
        "100%",
        "%(ENV_HOME)s",
        "%%",
        "$HOME",
        "\\",
        "a,B=c",
        "[program:x]",
        "ü",
        "=",
    ];
    let names: Vec<String> = (0..values.len()).map(|index| format!("V{index}")).collect();
    let env: serde_json::Map<String, Value> =
        names.iter().cloned().zip(values.map(Value::from)).collect();
    let mut command = vec!["/usr/bin/python3", "-c", &program];
    command.extend(words);
    let stack = Programs::new()
        .probed("a", json!({"exec": ["test", "-e", seen]}), json!({"command": command, "env": env}))
        .start();
    stack.ready();
    let text = std::fs::read_to_string(&seen).expect("written");
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found[0], json!(words));
    for (name, value) in names.iter().zip(values) {
        assert_eq!(found[1][name], value, "{name}");
    }
}
