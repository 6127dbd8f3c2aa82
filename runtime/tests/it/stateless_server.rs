//! A server that knows only revision 2026-07-28, before clients of every revision.

use serde_json::{Value, json};

use crate::stateless::{message, post};
use crate::support::{Gateway, Line, eventually, text};

fn gateway() -> Gateway {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/children/stateless.mjs");
    Gateway::with(
        json!({"servers": {"new": {"command": ["node", script], "restart": {"delay": "20ms"}}}}),
    )
}

fn able(gateway: &Gateway) -> Line {
    let mut line = Line::new(gateway.connect());
    line.initialize(json!({"elicitation": {}}));
    line
}

fn said(answer: &Value) -> Value {
    serde_json::from_str(&text(answer)).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn a_client_with_a_session_reaches_it() {
    let gateway = gateway();
    let mut line = Line::new(gateway.connect());
    let introduced = line.initialize(json!({}));
    assert_eq!(introduced["result"]["serverInfo"]["name"], json!("stateless"));
    assert_eq!(introduced["result"]["instructions"], json!("Ask."));
    assert_eq!(line.text(1, "echo", json!({"text": "ä"})), "ä");
    line.send(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    assert_eq!(line.next()["result"]["tools"][0]["name"], json!("echo"));
    line.send(json!({"jsonrpc": "2.0", "id": 3, "method": "ping"}));
    assert_eq!(line.next()["result"], json!({}));
    line.send(json!({"jsonrpc": "2.0", "id": 4, "method": "logging/setLevel", "params": {"level": "error"}}));
    assert_eq!(line.next()["result"], json!({}));
    line.send(json!({"jsonrpc": "2.0", "id": 5, "method": "completion/complete", "params": {}}));
    assert_eq!(line.next()["error"]["code"], json!(-32601));
    line.tool(5, "meta", json!({}));
    let meta = said(&line.next());
    assert_eq!(meta["io.modelcontextprotocol/logLevel"], json!("error"));
    assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}));
}

#[test]
fn what_it_asks_for_becomes_questions_to_the_caller() {
    let gateway = gateway();
    let (mut caller, mut other) = (able(&gateway), able(&gateway));
    caller.tool("c", "ask", json!({}));
    let questions = [caller.next(), caller.next()];
    for question in questions.iter().rev() {
        assert_eq!(question["method"], json!("elicitation/create"));
        let content = json!({"of": question["params"]["message"]});
        caller.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": content}}));
    }
    let answer = caller.next();
    assert_eq!(answer["id"], json!("c"));
    let said = said(&answer);
    assert_eq!(said["state"], json!("s\"1"));
    assert_eq!(said["given"]["who"]["content"], json!({"of": "name?"}));
    assert_eq!(said["given"]["age"]["content"], json!({"of": "age?"}));
    assert!(other.is_silent());
}

#[test]
fn it_may_ask_again() {
    let gateway = gateway();
    let mut line = able(&gateway);
    line.tool(1, "twice", json!({}));
    for asked in ["first?", "second?"] {
        let question = line.next();
        assert_eq!(question["params"]["message"], json!(asked));
        line.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}));
    }
    let said = said(&line.next());
    assert_eq!(said, json!({"state": "two", "given": {"b": {"action": "decline"}}}));
}

#[test]
fn a_refused_question_and_a_client_that_cannot_be_asked_end_the_call() {
    let gateway = gateway();
    let mut line = able(&gateway);
    line.tool(1, "twice", json!({}));
    let question = line.next();
    line.send(json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -1, "message": "no screen"}}));
    let error = line.next()["error"]["message"].to_string();
    assert!(error.contains("no screen"), "{error}");
    assert_eq!(line.text(2, "echo", json!({"text": "on"})), "on");
    let mut mute = gateway.line();
    mute.tool(1, "ask", json!({}));
    assert_eq!(mute.next()["error"]["code"], json!(-32021));
    mute.tool(2, "twice", json!({}));
    assert!(mute.next()["error"]["message"].to_string().contains("elicitation"));
}

#[test]
fn a_call_that_waits_for_its_client_can_be_cancelled() {
    let gateway = gateway();
    let mut line = able(&gateway);
    line.tool(1, "twice", json!({}));
    let question = line.next();
    line.send(
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}),
    );
    line.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}}));
    assert_eq!(line.text(1, "echo", json!({"text": "the id is free"})), "the id is free");
    // One that waits for the server is cancelled there.
    line.tool(2, "never", json!({}));
    line.send(
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}),
    );
    assert_eq!(line.text(3, "cancelled", json!({})), "1");
}

#[test]
fn progress_has_its_callers_token() {
    let gateway = gateway();
    let mut line = gateway.line();
    line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "progress", "_meta": {"progressToken": "t"}}}));
    assert_eq!(line.next()["params"]["progressToken"], json!("t"));
    assert_eq!(text(&line.next()), "done");
}

#[test]
fn news_come_once_to_whoever_subscribed() {
    let gateway = gateway();
    let (mut first, mut second) = (gateway.line(), gateway.line());
    for (line, uri) in [(&mut first, "a:1"), (&mut second, "a:2")] {
        line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": uri}}));
        assert_eq!(line.next()["result"], json!({}));
    }
    let mut caller = Line::new(gateway.connect());
    // The former listening requests have been given up.
    eventually("one listener", || {
        caller.tool(1, "touch", json!({"uri": "none"}));
        said(&caller.next()) == json!({"listened": 3, "open": 1})
    });
    caller.tool(2, "touch", json!({"uri": "a:1"}));
    caller.next();
    caller.tool(3, "change", json!({}));
    caller.next();
    let heard = [first.next(), first.next()];
    assert_eq!(heard[0]["params"]["uri"], json!("a:1"));
    assert_eq!(heard[1]["method"], json!("notifications/tools/list_changed"));
    assert_eq!(second.next()["method"], json!("notifications/tools/list_changed"));
    assert!(first.is_silent() && second.is_silent());
}

#[test]
fn after_a_crash_it_is_listened_to_again() {
    let gateway = gateway();
    let mut line = gateway.line();
    line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": "a:1"}}));
    line.next();
    line.tool(2, "crash", json!({}));
    assert_eq!(line.next()["error"]["code"], json!(-32000));
    let mut caller = Line::new(gateway.connect());
    eventually("heard", || {
        caller.tool(1, "touch", json!({"uri": "a:1"}));
        text(&caller.next()).contains("listened")
    });
    assert_eq!(line.next()["params"]["uri"], json!("a:1"));
}

#[test]
fn a_stateless_client_is_asked_by_the_result() {
    let gateway = gateway();
    let discovered = post(&gateway, &message("d", "server/discover", json!({}), json!({})), "");
    assert_eq!(discovered.json()["result"]["supportedVersions"], json!(["2026-07-28"]));
    let able = json!({"elicitation": {}});
    let call = json!({"name": "ask"});
    let first = post(&gateway, &message("a", "tools/call", call.clone(), able.clone()), "ask");
    let result = first.json()["result"].clone();
    assert_eq!(result["resultType"], json!("input_required"));
    assert_eq!(result["requestState"], json!("s\"1"));
    let mut again = call;
    again["requestState"] = result["requestState"].clone();
    again["inputResponses"] = json!({"who": {"action": "accept"}, "age": {"action": "cancel"}});
    let last = post(&gateway, &message("b", "tools/call", again, able), "ask").json();
    assert_eq!(said(&last)["given"]["age"], json!({"action": "cancel"}));
    let list = post(&gateway, &message("l", "tools/list", json!({}), json!({})), "").json();
    assert_eq!(list["result"]["cacheScope"], json!("public"));
}
