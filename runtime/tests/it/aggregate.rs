//! All servers at once, `/mcp/_all`.

use serde_json::{Value, json};

use crate::support::{Gateway, Line, eventually, server};

fn two() -> Gateway {
    Gateway::with(json!({"servers": {"a": server(""), "b": server("")}}))
}

fn names(line: &mut Line, id: &str) -> Vec<String> {
    line.send(json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"}));
    let answer = line.next();
    assert_eq!(answer["id"], json!(id), "{answer}");
    let tools = answer["result"]["tools"].as_array().expect("a list").clone();
    tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_server_that_is_stuck_holds_up_no_list_and_no_start() {
    let stuck = json!({"command": ["sleep", "1000"]});
    let gateway = Gateway::unready(json!({"servers": {"stuck": stuck, "test": server("")}}), &[]);
    eventually("one ready", || gateway.status()["servers"][1]["ready"] == json!(true));
    let mut line = gateway.line();
    assert!(names(&mut line, "list").contains(&"test__echo".into()));
    assert_eq!(line.text(1, "test__echo", json!({"text": "x"})), "x");
}

#[test]
fn who_listed_before_a_server_was_ready_is_told_when_it_is() {
    let gateway =
        Gateway::unready(json!({"servers": {"late": server("slow"), "test": server("")}}), &[]);
    eventually("one ready", || gateway.status()["servers"][1]["ready"] == json!(true));
    let mut line = gateway.line();
    let before = names(&mut line, "before");
    let mut after = before.clone();
    if !before.contains(&"late__echo".into()) {
        for list in ["tools", "prompts", "resources"] {
            assert_eq!(line.next()["method"], json!(format!("notifications/{list}/list_changed")));
        }
        after = names(&mut line, "after");
    }
    assert!(after.contains(&"late__echo".into()), "{after:?}");
    assert!(line.is_silent());
}

#[test]
fn a_subscription_reaches_its_server_and_its_news_come_back() {
    let gateway = two();
    let (mut line, mut other) = (gateway.line(), gateway.line());
    let about = |id: u64, method: &str| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": {"uri": "a:b"}});
    line.send(about(1, "resources/subscribe"));
    assert_eq!(line.next()["result"], json!({}));
    other.send(about(2, "resources/read"));
    assert_eq!(other.next()["id"], json!(2));
    assert_eq!(line.next()["method"], json!("notifications/resources/updated"));
    line.send(about(3, "resources/unsubscribe"));
    assert_eq!(line.next()["id"], json!(3));
    other.send(about(4, "resources/read"));
    assert_eq!(other.next()["id"], json!(4));
    assert!(line.is_silent() && other.is_silent());
}

#[test]
fn a_call_is_cancelled_at_its_server_and_nowhere_else() {
    let gateway = two();
    let mut line = gateway.line();
    line.tool(7, "a__never", json!({}));
    line.send(
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}),
    );
    let seen = |line: &mut Line, id: u64, tool: &str| {
        serde_json::from_str::<Vec<Value>>(&line.text(id, tool, json!({}))).expect("a list").len()
    };
    assert_eq!(seen(&mut line, 8, "a__cancelled"), 1);
    assert_eq!(seen(&mut line, 9, "b__cancelled"), 0);
}

#[test]
fn a_second_list_under_one_id_is_refused() {
    let gateway = two();
    let mut line = gateway.line();
    let list = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    line.send(format!("{list}\n{list}"));
    let answers = [line.next(), line.next()];
    let refused = answers.iter().filter(|answer| answer["error"]["code"] == json!(-32600)).count();
    assert_eq!(refused, 1, "{answers:?}");
}

#[test]
fn a_question_of_one_server_reaches_the_caller() {
    let gateway = two();
    let mut line = Line::new(gateway.connect());
    line.initialize(json!({"sampling": {}}));
    line.tool(1, "b__sample", json!({"text": "what?"}));
    let question = line.next();
    assert_eq!(question["method"], json!("sampling/createMessage"));
    line.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"model": "m"}}));
    assert_eq!(crate::support::text(&line.next()), r#"{"model":"m"}"#);
}

#[test]
fn names_that_would_collide_are_an_error_when_the_file_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.json");
    let text = json!({"mcp": {"servers": {"a": server(""), "a__b": server("")}}}).to_string();
    std::fs::write(&config, text).expect("written");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
        .args(["--config", config.to_str().expect("text"), "check"])
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("mcp.servers.a__b"));
}
