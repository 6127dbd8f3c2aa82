//! A server that knows only the stateless revision, 2026-07-28: what the older ones have and it has not is
//! done here, on its edge, so that the rest of the gateway sees one kind of server.
//!
//! Every request gets the `_meta` that this revision requires. A result that asks for input becomes questions
//! to the caller, and its answers a second request. Subscriptions and the news of lists come by one listening
//! request, which is replaced when somebody subscribes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::Server;
use super::receive::LEVELS;
use crate::gateway::client::{Client, Work};
use crate::gateway::frame::{self, Message, string};
use crate::gateway::link::{Call, InitializeResult, Link, Requester};
use crate::gateway::outbox::End;
use crate::gateway::version;
use crate::gateway::wake::Flag;

/// For a person to answer a question.
const PATIENCE: Duration = Duration::from_secs(600);

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// What `server/discover` is answered, as the older revisions' answer to `initialize`.
pub(super) fn introduction(result: &str) -> Result<InitializeResult, String> {
    #[derive(Deserialize)]
    struct Said<'a> {
        #[serde(rename = "supportedVersions")]
        versions: Vec<String>,
        #[serde(borrow)]
        capabilities: &'a RawValue,
        #[serde(borrow, default)]
        instructions: Option<&'a RawValue>,
        #[serde(default, rename = "_meta")]
        meta: BTreeMap<String, Value>,
    }
    let said: Said = serde_json::from_str(result)
        .map_err(|error| format!("its answer to `server/discover`: {error}"))?;
    if !said.versions.iter().any(|version| version == version::MODERN) {
        return Err(format!(
            "it supports the revisions {}, not {}",
            said.versions.join(", "),
            version::MODERN
        ));
    }
    let info = said
        .meta
        .get("io.modelcontextprotocol/serverInfo")
        .cloned()
        .unwrap_or_else(|| json!({"name": "unknown", "version": ""}));
    let instructions = said
        .instructions
        .map(|text| format!(r#","instructions":{}"#, text.get()))
        .unwrap_or_default();
    let newest = version::LEGACY[version::LEGACY.len() - 1];
    let result = format!(
        r#"{{"protocolVersion":"{newest}","capabilities":{},"serverInfo":{info}{instructions}}}"#,
        said.capabilities.get()
    );
    Ok(InitializeResult { result: result.into() })
}

fn takes_subscriptions(link: &Link) -> bool {
    let introduction = link.introduction.borrow();
    introduction.as_ref().is_some_and(|introduction| {
        serde_json::from_str::<Value>(&introduction.result)
            .is_ok_and(|said| said["capabilities"]["resources"]["subscribe"] == json!(true))
    })
}

/// The request with the `_meta` of its caller, where it does not come with one of this revision.
pub(super) fn with_meta(message: &Message, asker: &Requester) -> Bytes {
    let text = Bytes::copy_from_slice(message.text().as_bytes());
    let meta = message.params().meta.filter(|meta| meta.get().starts_with('{'));
    if meta.is_some_and(|meta| meta.get().contains("io.modelcontextprotocol/protocolVersion")) {
        return text;
    }
    let members = required(asker);
    match meta {
        Some(meta) => into_object(message, meta, &members),
        None => into_params(message, &format!(r#""_meta":{{{members}}}"#)),
    }
}

fn required(asker: &Requester) -> String {
    let (abilities, level) = match asker {
        Requester::Client(call) => (call.client.abilities.get(), call.client.log_level.get()),
        _ => Default::default(),
    };
    let declared: Vec<&str> = [
        (abilities.sampling, r#""sampling":{}"#),
        (abilities.elicitation, r#""elicitation":{}"#),
        (abilities.roots, r#""roots":{}"#),
    ]
    .into_iter()
    .filter_map(|(there, text)| there.then_some(text))
    .collect();
    let level = level
        .map(|level| {
            format!(r#","io.modelcontextprotocol/logLevel":"{}""#, LEVELS[usize::from(level)])
        })
        .unwrap_or_default();
    format!(
        r#""io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientInfo":{{"name":"mad-runtime","version":"{}"}},"io.modelcontextprotocol/clientCapabilities":{{{}}}{level}"#,
        version::MODERN,
        env!("CARGO_PKG_VERSION"),
        declared.join(",")
    )
}

/// The message with more members in its parameters.
fn into_params(message: &Message, members: &str) -> Bytes {
    match message.params {
        Some(params) if params.get().starts_with('{') => into_object(message, params, members),
        // This revision has no parameters that are no object.
        Some(_) => Bytes::copy_from_slice(message.text().as_bytes()),
        None => {
            let text = message.text().trim_end();
            let open = text.strip_suffix('}').unwrap_or(text);
            format!(r#"{open},"params":{{{members}}}}}"#).into()
        }
    }
}

fn into_object(message: &Message, object: &RawValue, members: &str) -> Bytes {
    let rest = &object.get()[1..];
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    let new = format!("{{{members}{comma}{rest}");
    let start = object.get().as_ptr() as usize - message.text().as_ptr() as usize;
    let (before, after) = (&message.text()[..start], &message.text()[start + object.get().len()..]);
    format!("{before}{new}{after}").into()
}

/// What a result asks of the caller.
#[derive(Deserialize)]
struct InputRequired<'a> {
    #[serde(rename = "resultType")]
    result_type: String,
    #[serde(borrow, default, rename = "inputRequests")]
    requests: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default, rename = "requestState")]
    state: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Input<'a> {
    method: String,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Whether a result asks for input; the text is looked at before it is parsed.
fn input_required<'a>(message: &Message<'a>) -> Option<InputRequired<'a>> {
    let result = message.result?.get();
    memchr::memmem::find(result.as_bytes(), b"input_required")?;
    let asked: InputRequired = serde_json::from_str(result).ok()?;
    (asked.result_type == "input_required").then_some(asked)
}

impl Server {
    /// Does what this revision has no method for. Gives back what is still to be sent.
    pub(super) fn stand_in(
        self: &Rc<Self>,
        link: &Rc<Link>,
        message: &Message,
        asker: Requester,
    ) -> Option<Requester> {
        match &*message.method {
            // A server that takes no subscriptions says so itself.
            "resources/subscribe" if takes_subscriptions(link) => {
                let uri = message.params().uri.and_then(string);
                self.listen(link, uri.as_deref());
            }
            "resources/unsubscribe" if takes_subscriptions(link) => self.listen(link, None),
            // What the client asked for is said with each of its requests.
            "logging/setLevel" => {}
            _ => return Some(asker),
        }
        if let Requester::Client(call) = asker {
            call.sink.answer(frame::result(&call.id, "{}"));
        }
        None
    }

    /// Listens to the lists and to what clients have subscribed to, and to `uri`.
    pub(super) fn listen(self: &Rc<Self>, link: &Rc<Link>, uri: Option<&str>) {
        let mut uris = BTreeSet::new();
        uris.extend(uri.map(str::to_owned));
        for client in self.clients() {
            uris.extend(client.subscriptions.borrow().iter().cloned());
        }
        let request = json!({
            "jsonrpc": "2.0", "id": 0, "method": "subscriptions/listen",
            "params": {"notifications": {
                "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
                "resourceSubscriptions": uris,
            }},
        })
        .to_string();
        let Ok(message) = Message::parse(&request) else { return };
        let text = with_meta(&message, &Requester::Nobody);
        let Ok(Ok(message)) = std::str::from_utf8(&text).map(Message::parse) else { return };
        if let Some(number) = self.send_as(link, &message, Requester::Nobody, None, Instant::now())
        {
            // One that has not been acknowledged yet is given up for this one.
            if let Some(unheard) = link.listening.next.replace(Some(number)) {
                link.cancel(unheard, "replaced");
            }
        }
    }

    /// Whether news are of the listening request in force: while one is replaced, both bring them.
    pub(super) fn is_listened_to(&self, link: &Link, message: &Message) -> bool {
        let of = subscription(message);
        if message.method == "notifications/subscriptions/acknowledged" {
            if of.is_some() && of == link.listening.next.get() {
                link.listening.next.set(None);
                if let Some(old) = link.listening.current.replace(of) {
                    link.cancel(old, "replaced");
                }
            }
            return false;
        }
        of.is_none() || of == link.listening.current.get()
    }

    /// Asks the caller what the server wants to know, where the answer to a call says that it does.
    pub(super) fn ask_caller(
        self: &Rc<Self>,
        call: Call,
        sent: Bytes,
        message: &Message,
    ) -> Option<Call> {
        // A client of this revision is asked by the result itself.
        let Some(asked) = (!call.client.modern.get()).then(|| input_required(message)).flatten()
        else {
            return Some(call);
        };
        let state = asked.state.map(|state| state.get().to_owned());
        let mut answers = Vec::new();
        for (key, input) in asked.requests {
            match self.put_input(&call, input) {
                Ok((number, told)) => answers.push((key, number, told)),
                Err(why) => {
                    forget(&call.client, &answers);
                    call.sink.answer(frame::error(&call.id, -32000, &why));
                    return None;
                }
            }
        }
        spawn_local(carry_on(self.clone(), call, sent, state, answers));
        None
    }

    fn put_input(
        &self,
        call: &Call,
        input: &RawValue,
    ) -> Result<(u64, oneshot::Receiver<Bytes>), String> {
        let Input { method, params } = serde_json::from_str(input.get())
            .map_err(|error| format!("server `{}` asks wrongly: {error}", self.name))?;
        if let Some(lacks) = call.client.abilities.get().lack(&method) {
            return Err(format!("the client has not declared the capability `{lacks}`"));
        }
        let gone = || "the gateway is shutting down".to_owned();
        let number = self.hub().ok_or_else(gone)?.number();
        let method = serde_json::to_string(&method).expect("text always serialises");
        let params = params.map_or("{}", RawValue::get);
        let (tell, told) = oneshot::channel();
        call.client.inputs.borrow_mut().insert(number, tell);
        let question =
            format!(r#"{{"jsonrpc":"2.0","id":{number},"method":{method},"params":{params}}}"#);
        if call.sink.push(frame::one_line(question.into())) {
            Ok((number, told))
        } else {
            call.client.inputs.borrow_mut().remove(&number);
            Err("the client cannot be reached".to_owned())
        }
    }
}

type Answers = Vec<(String, u64, oneshot::Receiver<Bytes>)>;

fn forget(client: &Client, answers: &Answers) {
    for (_, number, _) in answers {
        client.inputs.borrow_mut().remove(number);
    }
}

/// The listening request that news belong to.
fn subscription(message: &Message) -> Option<u64> {
    let meta = message.params().meta?;
    let meta: BTreeMap<String, &RawValue> = serde_json::from_str(meta.get()).ok()?;
    meta.get(SUBSCRIPTION)?.get().trim_matches('"').parse().ok()
}

/// Waits for the caller's answers, and sends the call again with them.
async fn carry_on(
    server: Rc<Server>,
    mut call: Call,
    sent: Bytes,
    state: Option<String>,
    mut answers: Answers,
) {
    let cancel = Flag::default();
    let client = call.client.clone();
    let work = Work { cancel: cancel.clone(), own: None };
    client.talks.borrow_mut().insert(call.key.clone(), work);
    client.count(1);
    let told = tokio::select! {
        biased;
        () = cancel.wait() => None,
        () = call.sink.wait_end() => None,
        () = server.stop.wait() => Some(Err("the server is stopped".to_owned())),
        told = timeout(PATIENCE, responses(&mut answers)) => {
            Some(told.unwrap_or_else(|_| Err("the client did not answer in time".to_owned())))
        }
    };
    forget(&client, &answers);
    client.talks.borrow_mut().remove(&*call.key);
    client.count(-1);
    match told {
        Some(Ok(responses)) => {
            let members = state.map(|state| format!(r#""requestState":{state},"#));
            let members =
                format!(r#"{}"inputResponses":{{{responses}}}"#, members.unwrap_or_default());
            if let Ok(Ok(message)) = std::str::from_utf8(&sent).map(Message::parse) {
                call.sent = Some(sent.clone());
                server.request(into_params(&message, &members), Requester::Client(call));
            }
        }
        Some(Err(why)) => {
            call.sink.answer(frame::error(&call.id, -32000, &why));
        }
        None if call.sink.one_answer => call.sink.end(End::Done),
        None => {}
    }
}

/// The answers as members of an object. This revision has no words for a refusal: it ends the call.
async fn responses(answers: &mut Answers) -> Result<String, String> {
    let mut members = Vec::new();
    for (key, _, told) in answers {
        let answer = told.await.map_err(|_| "the client is gone".to_owned())?;
        let message = std::str::from_utf8(&answer).map(Message::parse);
        let Ok(Ok(message)) = message else { return Err("the client's answer is none".to_owned()) };
        let Some(result) = message.result else {
            let error = message.error.map_or("", RawValue::get);
            return Err(format!("the client refused the server's request: {error}"));
        };
        let key = serde_json::to_string(key).expect("text always serialises");
        members.push(format!("{key}:{}", result.get()));
    }
    Ok(members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Value {
        let message = Message::parse(text).expect("a message");
        serde_json::from_slice(&with_meta(&message, &Requester::Nobody)).expect("JSON")
    }

    #[test]
    fn a_request_gets_what_is_required_and_keeps_the_rest() {
        for (text, kept) in [
            (r#"{"id":1,"method":"a"} "#, json!({})),
            (r#"{"id":1,"method":"a","params":{}}"#, json!({})),
            (r#"{"params":{"x":[1]},"id":1,"method":"a"}"#, json!({"x": [1]})),
            (r#"{"params":{"_meta":{},"x":1},"id":1,"method":"a"}"#, json!({"x": 1})),
        ] {
            let mut sent = sent(text);
            let meta = sent["params"].as_object_mut().and_then(|params| params.remove("_meta"));
            assert_eq!(sent["params"], kept, "{text}");
            let version = &meta.expect("one")["io.modelcontextprotocol/protocolVersion"];
            assert_eq!(*version, json!(version::MODERN), "{text}");
        }
        let asks = sent(r#"{"id":1,"method":"a","params":{"_meta":{"progressToken":7}}}"#);
        assert_eq!(asks["params"]["_meta"]["progressToken"], json!(7));
    }

    #[test]
    fn what_is_said_already_stays_as_it_is() {
        let text = r#"{"id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"x"}}}"#;
        let message = Message::parse(text).expect("a message");
        assert_eq!(with_meta(&message, &Requester::Nobody), text.as_bytes());
    }

    #[test]
    fn a_discovery_is_an_introduction() {
        let result = r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},
            "instructions":"do","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}}}"#;
        let said: Value =
            serde_json::from_str(&introduction(result).expect("one").result).expect("JSON");
        let right = json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
            "serverInfo": {"name": "s", "version": "1"}, "instructions": "do"});
        assert_eq!(said, right);
        let other = result.replace("2026-07-28", "2027-01-01");
        assert!(introduction(&other).expect_err("unknown").contains("2027-01-01"));
    }
}
