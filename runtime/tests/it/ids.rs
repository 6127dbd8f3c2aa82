//! Whose answer is whose.

use serde_json::json;

use crate::support::{Gateway, Session, call, text};

#[test]
fn an_id_of_any_form_comes_back_as_it_was_sent() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    for id in [
        "0",
        "-1",
        "9007199254740993",
        "123456789012345678901234567890",
        "1.5",
        r#""""#,
        r#""0""#,
        r#""\u00e4 \"x\"""#,
    ] {
        line.send(format!(
            r#"{{"params":{{"name":"echo","arguments":{{"text":"hi"}}}},"id":{id},"method":"tools/call","jsonrpc":"2.0"}}"#
        ));
        let raw = line.raw().expect("an answer");
        assert!(raw.contains(&format!(r#""id":{id},"#)), "{id}: {raw}");
    }
}

#[test]
fn an_id_that_is_null_or_no_id_is_refused() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    for id in ["null", "true", "[1]", "{}"] {
        line.send(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list"}}"#));
        let answer = line.next();
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&json!(null), &json!(-32600)),
            "{id}"
        );
    }
    assert_eq!(line.text(1, "echo", json!({"text": "still there"})), "still there");
}

#[test]
fn payloads_are_passed_on_untouched() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    let odd = r#"{"jsonrpc":"2.0","method":"raw","params":{"id":7,"b":1.10,"a":12345678901234567890.1e3,"id2":"\u0041"},"id":"x","result":null}"#;
    line.send(odd);
    // The server sends the line back with its own id: as an answer, for it has a result.
    let raw = line.raw();
    assert!(raw.is_some(), "an answer");
    let fifty = "é".repeat(50);
    assert_eq!(line.text(2, "echo", json!({"text": fifty})), fifty);
}

#[test]
fn clients_with_the_same_ids_get_their_own_answers() {
    let gateway = Gateway::with(
        json!({"limits": {"rate": "100000/s"}, "servers": {"test": crate::support::server("")}}),
    );
    let clients: Vec<_> = (0..20)
        .map(|client| {
            let mut line = gateway.line();
            std::thread::spawn(move || {
                for id in 0..200 {
                    line.tool(id, "echo", json!({"text": format!("{client}-{id}")}));
                }
                let mut seen = std::collections::BTreeSet::new();
                for _ in 0..200 {
                    let answer = line.next();
                    let id = answer["id"].as_u64().expect("a number");
                    assert_eq!(text(&answer), format!("{client}-{id}"));
                    seen.insert(id);
                }
                assert_eq!(seen.len(), 200);
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().expect("all its own"));
}

#[test]
fn two_overlapping_requests_with_one_id_over_http_get_each_its_own_answer() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({}));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| session.text(7, "sleep", json!({"ms": 300, "text": "slow"})));
        let fast = scope.spawn(|| session.text(7, "sleep", json!({"ms": 10, "text": "fast"})));
        assert_eq!(slow.join().expect("answered"), "slow");
        assert_eq!(fast.join().expect("answered"), "fast");
    });
}

#[test]
fn a_second_request_with_one_id_on_a_stream_is_refused() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    line.tool(7, "sleep", json!({"ms": 200}));
    line.send(call(7, "echo", json!({"text": "no"})));
    let refused = line.next();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(-32600)));
    assert_eq!(text(&line.next()), "slept");
    assert_eq!(line.text(7, "echo", json!({"text": "free again"})), "free again");
}

#[test]
fn a_message_that_two_parsers_could_read_differently_is_refused() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    let params = r#""params":{"name":"echo","arguments":{"text":"hi"}}"#;
    for twice in [
        r#""id":1,"id":2,"method":"tools/call""#,
        r#""id":1,"\u0069d":2,"method":"tools/call""#,
        r#""id":1,"method":"ping","method":"tools/call""#,
        r#""id":1,"method":"tools/call","params":{}"#,
    ] {
        line.send(format!(r#"{{"jsonrpc":"2.0",{twice},{params}}}"#));
        assert_eq!(line.next()["error"]["code"], json!(-32600), "{twice}");
    }
    // One spelling that is not the usual one is still one member.
    line.send(format!(r#"{{"jsonrpc":"2.0","\u0069d":5,"method":"tools/call",{params}}}"#));
    assert_eq!(line.next()["id"], json!(5));
    for not_one in [
        format!(r#"[{{"jsonrpc":"2.0","id":1,"method":"tools/call",{params}}}]"#),
        format!("\u{feff}{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",{params}}}"),
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",{params}}}\0"),
        r#"{"jsonrpc":"2.0","id":"\ud800","method":"ping"}"#.to_owned(),
    ] {
        line.send(&not_one);
        assert!(line.next()["error"]["code"].is_number(), "{not_one}");
    }
    assert_eq!(line.text(1, "echo", json!({"text": "still there"})), "still there");
}

#[test]
fn spellings_of_one_number_are_ids_of_their_own_and_lines_may_end_as_on_windows() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    for id in ["1", "1.0", "1e0", "-0", "1e400"] {
        line.send(format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"sleep","arguments":{{"ms":50}}}}}}{}"#,
            "\r"
        ));
    }
    let mut answered: Vec<String> = (0..5).map(|_| line.raw().expect("an answer")).collect();
    answered.sort();
    for id in ["1", "1.0", "1e0", "-0", "1e400"] {
        assert!(answered.iter().any(|raw| raw.contains(&format!(r#""id":{id},"#))), "{id}");
    }
}
