//! Revision 2026-07-28 over a server that knows only sessions.

use serde_json::{Value, json};

use crate::support::{Gateway, Line, Response, request, text};

pub fn message(id: &str, method: &str, mut params: Value, capabilities: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

pub fn post(gateway: &Gateway, body: &Value, name: &str) -> Response {
    let method = body["method"].as_str().expect("text");
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", method),
    ];
    if !name.is_empty() {
        headers.push(("Mcp-Name", name));
    }
    request(gateway.address, "POST", "/mcp", &headers, &body.to_string())
}

#[test]
fn a_question_becomes_a_result_and_its_answer_a_request() {
    let gateway = Gateway::start();
    let call = json!({"name": "elicit", "arguments": {"text": "name?"}});
    let able = json!({"elicitation": {}});
    let first =
        post(&gateway, &message("a", "tools/call", call.clone(), able.clone()), "elicit").json();
    let result = &first["result"];
    assert_eq!(result["resultType"], json!("input_required"), "{first}");
    let (key, question) =
        result["inputRequests"].as_object().expect("an object").iter().next().expect("one");
    assert_eq!(question["method"], json!("elicitation/create"));
    // Who does not ask is not held up meanwhile, and gets a server of its own.
    assert_eq!(gateway.line().text(1, "echo", json!({"text": "past it"})), "past it");

    let mut again = call.clone();
    again["requestState"] = result["requestState"].clone();
    again["inputResponses"] = json!({key: {"action": "accept", "content": {"name": "Ada"}}});
    let last =
        post(&gateway, &message("b", "tools/call", again.clone(), able.clone()), "elicit").json();
    assert_eq!(last["id"], json!("b"));
    assert!(text(&last).contains("Ada"), "{last}");
    // Once: the call has its answer.
    let used = post(&gateway, &message("c", "tools/call", again, able), "elicit").json();
    assert_eq!(used["error"]["code"], json!(-32602));
}

#[test]
fn stateless_calls_work_on_a_raw_stream_too() {
    let gateway = Gateway::start();
    let mut line = Line::new(gateway.connect());
    line.send(message("d", "server/discover", json!({}), json!({})));
    assert_eq!(line.next()["result"]["supportedVersions"], json!(["2026-07-28"]));
    line.send(message(
        "e",
        "tools/call",
        json!({"name": "echo", "arguments": {"text": "raw"}}),
        json!({}),
    ));
    let answer = line.next();
    assert_eq!(
        (text(&answer).as_str(), &answer["result"]["resultType"]),
        ("raw", &json!("complete"))
    );
    line.send(message("f", "tools/call", json!({"name": "never"}), json!({})));
    line.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "f"}}));
    line.send(message("g", "tools/call", json!({"name": "cancelled"}), json!({})));
    assert_ne!(text(&line.next()), "[]");
}

#[test]
fn a_listener_hears_what_it_asked_for() {
    let gateway = Gateway::start();
    let mut listener = Line::new(gateway.connect());
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    listener.send(message("l", "subscriptions/listen", wanted, json!({})));
    assert_eq!(listener.next()["method"], json!("notifications/subscriptions/acknowledged"));
    let mut deaf = Line::new(gateway.connect());
    deaf.send(message(
        "l",
        "subscriptions/listen",
        json!({"notifications": {"promptsListChanged": true}}),
        json!({}),
    ));
    deaf.next();
    assert_eq!(gateway.line().text(1, "echo", json!({"text": ""})), "");
    let mut caller = gateway.line();
    caller.tool(1, "change", json!({}));
    let heard = listener.next();
    assert_eq!(heard["method"], json!("notifications/tools/list_changed"));
    assert_eq!(heard["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], json!("l"));
    assert!(deaf.is_silent());
}
