//! Progress, logs, questions and news: to whom they belong and nobody else.

use serde_json::json;

use crate::support::{Gateway, Line, Session, text};

#[test]
fn progress_goes_to_its_caller_under_its_callers_token() {
    let gateway = Gateway::start();
    let (mut first, mut second) = (gateway.line(), gateway.line());
    for (line, token) in [(&mut first, json!("t")), (&mut second, json!(0))] {
        line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "progress", "arguments": {"ms": 50}, "_meta": {"progressToken": token}}}));
    }
    for (line, token) in [(&mut first, json!("t")), (&mut second, json!(0))] {
        for step in 1..=3 {
            let progress = line.next();
            assert_eq!(progress["params"]["progressToken"], token);
            assert_eq!(progress["params"]["progress"], json!(step));
        }
        assert_eq!(text(&line.next()), "done");
    }
}

#[test]
fn a_question_goes_to_the_one_who_called() {
    let gateway = Gateway::start();
    let mut able = Line::new(gateway.connect());
    able.initialize(json!({"sampling": {}}));
    let mut other = Line::new(gateway.connect());
    other.initialize(json!({"sampling": {}}));
    able.tool(1, "sample", json!({"text": "what?"}));
    let question = able.next();
    assert_eq!(question["method"], json!("sampling/createMessage"));
    able.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"model": "m"}}));
    assert_eq!(text(&able.next()), r#"{"model":"m"}"#);
    assert!(other.is_silent());
}

#[test]
fn a_question_that_could_be_anybodys_goes_to_nobody() {
    let gateway = Gateway::start();
    let mut lines = [Line::new(gateway.connect()), Line::new(gateway.connect())];
    lines.iter_mut().for_each(|line| drop(line.initialize(json!({"sampling": {}}))));
    let [asker, other] = &mut lines;
    other.tool(1, "sleep", json!({"ms": 300}));
    crate::support::eventually("in flight", || {
        gateway.status()["servers"][0]["in_flight"] == json!(1)
    });
    assert!(asker.text(1, "sample", json!({"text": "what?"})).contains("names none of them"));
    assert_eq!(text(&other.next()), "slept");
}

#[test]
fn a_client_that_cannot_be_asked_is_not_asked() {
    let gateway = Gateway::start();
    let answer = gateway.line().text(1, "elicit", json!({"text": "?"}));
    assert!(answer.contains("elicitation") && answer.contains("-32021"), "{answer}");
}

#[test]
fn a_question_over_http_comes_in_the_answers_stream() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({"elicitation": {}}));
    let mut stream = gateway.connect();
    let body = crate::support::call(1, "elicit", json!({"text": "name?"})).to_string();
    use std::io::{BufRead, BufReader, Write};
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMcp-Session-Id: {}\r\nContent-Length: {}\r\n\r\n{body}",
        session.id,
        body.len()
    )
    .expect("written");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut data = || {
        let line = lines.find(|line| line.starts_with("data: ")).expect("an event");
        serde_json::from_str::<serde_json::Value>(&line[6..]).expect("a message")
    };
    let question = data();
    assert_eq!(question["method"], json!("elicitation/create"));
    let answered = session
        .post(&json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}));
    assert_eq!(answered.status, 202);
    assert_eq!(text(&data()), r#"{"action":"decline"}"#);
}

#[test]
fn news_of_the_tools_reach_everybody_once() {
    let gateway = Gateway::start();
    let mut lines: Vec<_> = (0..5).map(|_| gateway.line()).collect();
    lines[0].tool(1, "change", json!({}));
    for (index, line) in lines.iter_mut().enumerate() {
        assert_eq!(line.next()["method"], json!("notifications/tools/list_changed"));
        if index == 0 {
            assert_eq!(text(&line.next()), "changed");
        }
        assert!(line.is_silent());
    }
}

#[test]
fn a_resource_is_news_only_for_its_subscribers() {
    let gateway = Gateway::start();
    let (mut subscriber, mut other) = (gateway.line(), gateway.line());
    subscriber.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": "a:b"}}),
    );
    assert_eq!(subscriber.next()["result"], json!({}));
    other.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "a:b"}}),
    );
    assert_eq!(other.next()["id"], json!(1));
    assert_eq!(subscriber.next()["method"], json!("notifications/resources/updated"));
    assert!(other.is_silent());
}

#[test]
fn a_log_line_goes_to_the_one_whose_call_it_is_about() {
    let gateway = Gateway::start();
    let (mut caller, mut other) = (gateway.line(), gateway.line());
    caller.tool(1, "log", json!({"text": "private"}));
    assert_eq!(caller.next()["params"]["data"], json!("private"));
    assert_eq!(text(&caller.next()), "logged");
    assert!(other.is_silent());
}

#[test]
fn what_is_cancelled_is_cancelled_at_the_server_under_the_servers_id() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    line.tool("mine", "never", json!({}));
    line.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "mine"}}));
    let seen = line.text(2, "cancelled", json!({}));
    assert!(seen.starts_with('[') && seen.len() > 2 && !seen.contains("mine"), "{seen}");
    // Another client's id is not one's own.
    let mut other = gateway.line();
    line.tool("again", "never", json!({}));
    other.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "again"}}));
    assert_eq!(other.text(3, "cancelled", json!({})), seen);
}

#[test]
fn all_servers_at_once_have_their_names_before_their_tools() {
    let gateway = Gateway::with(json!({"servers": {
        "a": crate::support::server(""), "b": crate::support::server("")}}));
    let mut line = gateway.line();
    line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    let answer = line.next();
    let names: Vec<_> = answer["result"]["tools"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert!(names.contains(&&json!("a__echo")) && names.contains(&&json!("b__echo")), "{names:?}");
    let (a, b) = (line.text(2, "a__pid", json!({})), line.text(3, "b__pid", json!({})));
    assert_ne!(a, b);
    let one = Session::open(gateway.address, "/mcp/a", json!({}));
    let headers = [crate::support::JSON[0], ("Mcp-Session-Id", &*one.id)];
    let body = crate::support::call(1, "pid", json!({})).to_string();
    let answer = crate::support::request(gateway.address, "POST", "/mcp/a", &headers, &body).json();
    assert_eq!(text(&answer), a);
    line.tool(4, "echo", json!({}));
    assert_eq!(line.next()["error"]["code"], json!(-32602));
    // One that crashes takes nobody with it.
    line.tool(5, "a__crash", json!({}));
    assert_eq!(line.next()["error"]["code"], json!(-32000));
    assert_eq!(line.text(6, "b__pid", json!({})), b);
}

/// The server reports progress of the number that it reads; were it one that the gateway did not set, it could be
/// that of another client's call.
#[test]
fn no_spelling_of_a_progress_token_reaches_the_server_as_it_is() {
    let gateway = Gateway::start();
    let mut victim = gateway.line();
    victim.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "never", "arguments": {}, "_meta": {"progressToken": "own"}}}));
    let mut other = gateway.line();
    let call = |id: u64, params: String| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"progress","arguments":{{}},{params}}}}}"#
        )
    };
    // Whatever number the victim's call has at the server.
    for number in 0..20 {
        for twice in [
            format!(r#""_meta":{{"progressToken":"x","progressToken":{number}}}"#),
            format!(r#""_meta":{{"progress\u0054oken":"x","progressToken":{number}}}"#),
            format!(r#""_meta":{{"progressToken":"x"}},"_meta":{{"progressToken":{number}}}"#),
            format!(r#""_meta":{{"progressToken":"x"}},"\u005fmeta":{{"progressToken":{number}}}"#),
        ] {
            other.send(call(number, twice.clone()));
            assert_eq!(other.next()["error"]["code"], json!(-32602), "{twice}");
        }
        other.send(call(number, format!(r#""_meta":{{"progress\u0054oken":{number}}}"#)));
        for _ in 0..3 {
            assert_eq!(other.next()["params"]["progressToken"], json!(number));
        }
        assert_eq!(text(&other.next()), "done");
    }
    assert!(victim.is_silent());
}

#[test]
fn a_cancellation_with_an_id_cancels_nobodys_call() {
    let gateway = Gateway::start();
    let mut victim = gateway.line();
    victim.tool(1, "sleep", json!({"ms": 300, "text": "done"}));
    let mut other = gateway.line();
    for number in 0..20 {
        other.send(json!({"jsonrpc": "2.0", "id": number, "method": "notifications/cancelled",
            "params": {"requestId": number}}));
        assert_eq!(other.next()["error"]["code"], json!(-32600));
    }
    for unknown in [json!(99), json!("x"), json!(null), json!({})] {
        other.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": unknown}}));
    }
    assert_eq!(other.text(1, "cancelled", json!({})), "[]");
    assert_eq!(text(&victim.next()), "done");
}
