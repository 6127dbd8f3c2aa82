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
        .at_first("first", "slow-start 0.7")
        .at_first("second", "slow-start 0.7")
        .start();
    stack.eventually("waiting", || stack.program("third")["phase"] == "waiting");
    assert_eq!(stack.program("third")["problem"], "waits for second");
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
