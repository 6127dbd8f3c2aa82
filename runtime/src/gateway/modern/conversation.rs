//! One call, over as many requests as its server has questions.
//!
//! ```text
//!   tools/call ──────────────> server          the call stays open at the server
//!   input_required <── question, question      those of a moment go together
//!   tools/call + answers ────> server
//!   complete <──────────────── answer
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::sleep_until;

use super::{Entered, StreamRequest};
use crate::gateway::frame::{self, Kind, Message, id_key, string};
use crate::gateway::hub::Hub;
use crate::gateway::link::Requester;
use crate::gateway::outbox::Outbox;
use crate::gateway::server::Server;
use crate::gateway::streamable::session_id;
use crate::gateway::wake::Flag;

/// Questions that come within this time go into one result.
const MOMENT: Duration = Duration::from_millis(15);
/// For the client to come back with the answers.
const PATIENCE: Duration = Duration::from_secs(600);
/// Calls of one server that wait for answers, each with a child of its own; the oldest gives way.
const MOST: usize = 4;

/// Those whose result may be a question.
const MAY_ASK: [&str; 3] = ["tools/call", "prompts/get", "resources/read"];

struct Conversation {
    entered: Entered,
    server: Rc<Server>,
    /// What the server says to this call.
    heard: Rc<Outbox>,
    method: String,
    /// The tool, prompt or resource.
    target: Option<String>,
    questions: RefCell<BTreeMap<String, Question>>,
    /// Answers that came before their question.
    prepared: BTreeMap<String, Box<RawValue>>,
}

struct Question {
    number: u64,
    method: String,
    params: String,
}

/// A call that waits for its client to come back.
pub struct Suspended {
    conversation: Conversation,
    until: Instant,
}

impl Suspended {
    pub fn is_over(&self) -> bool {
        self.until < Instant::now()
    }
}

#[derive(Default, Deserialize)]
struct Inputs<'a> {
    #[serde(default, borrow, rename = "requestState")]
    state: Option<&'a RawValue>,
    #[serde(default, borrow, rename = "inputResponses", deserialize_with = "frame::present")]
    responses: Option<&'a RawValue>,
}

pub fn start(
    entered: Entered,
    server: Rc<Server>,
    text: &Bytes,
    message: &Message,
    out: Rc<Outbox>,
    cancel: Flag,
    talk: StreamRequest,
) {
    let id = message.id.expect("a request has an id");
    let refuse = |why: &str| {
        out.answer(frame::error(id.get(), -32602, why));
    };
    let params = message.params.map_or("{}", RawValue::get);
    let Ok(inputs) = serde_json::from_str::<Inputs>(params) else {
        return refuse("`params` is no object");
    };
    let prepared = match inputs.responses.map(responses) {
        Some(Err(why)) => return refuse(why),
        Some(Ok(prepared)) => prepared,
        None => BTreeMap::new(),
    };
    let known = message.params();
    let progress = known.asks_progress().ok().flatten();
    let target = known.name.or(known.uri).and_then(string).map(String::from);
    // A server of this revision keeps its calls itself.
    let kept = inputs.state.filter(|_| !server.is_stateless());
    let conversation = match kept {
        Some(state) => {
            drop(entered);
            match resume(&server, state, message, &target, prepared) {
                Ok(conversation) => conversation,
                Err(why) => return refuse(why),
            }
        }
        None => {
            let heard = Rc::new(Outbox::for_one_answer(server.limits.message.0.saturating_mul(4)));
            let Some(key) = id_key(id) else { return };
            let call = Server::call(&entered.client, id, &key, progress, &heard);
            server.request(frame::one_line(text.clone()), Requester::Client(call));
            Conversation {
                entered,
                server,
                heard,
                method: message.method.to_string(),
                target,
                questions: RefCell::default(),
                prepared,
            }
        }
    };
    let turn = Turn {
        id: id.get().to_owned(),
        progress: progress.map(|token| token.get().to_owned()),
        out,
    };
    tokio::task::spawn_local(async move {
        turn.run(conversation, cancel).await;
        drop(talk);
    });
}

/// Answers by the key of their question; each is an object.
fn responses(raw: &RawValue) -> Result<BTreeMap<String, Box<RawValue>>, &'static str> {
    let wrong = "`inputResponses` is an object of objects";
    let all: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(raw.get()).map_err(|_| wrong)?;
    if all.values().all(|answer| answer.get().starts_with('{')) { Ok(all) } else { Err(wrong) }
}

/// The call that waits for these answers, with what was missing still open.
fn resume(
    server: &Rc<Server>,
    state: &RawValue,
    message: &Message,
    target: &Option<String>,
    answers: BTreeMap<String, Box<RawValue>>,
) -> Result<Conversation, &'static str> {
    let unknown = "`requestState` is unknown: changed, used before, or too old";
    let hub = server.hub().ok_or(unknown)?;
    let state = string(state).ok_or(unknown)?;
    let mut suspended = hub.suspended.borrow_mut();
    let fits = suspended.get(&*state).is_some_and(|suspended| {
        let before = &suspended.conversation;
        before.method == message.method
            && before.target == *target
            && before.server.name == server.name
            && !suspended.is_over()
    });
    if !fits {
        return Err(unknown);
    }
    let Suspended { conversation, .. } = suspended.remove(&*state).ok_or(unknown)?;
    drop(suspended);
    for (key, answer) in answers {
        let question = conversation.questions.borrow_mut().remove(&key);
        if let Some(question) = question {
            conversation.reply(question.number, |id| frame::result(id, answer.get()));
        }
    }
    Ok(conversation)
}

impl Conversation {
    fn reply(&self, number: u64, answer: impl FnOnce(&str) -> Bytes) {
        let asked = self.entered.client.asked.borrow_mut().remove(&number);
        if let Some(asked) = asked
            && let Some(link) = asked.link.upgrade()
        {
            link.outbox.push(frame::one_line(answer(&asked.id)));
        }
    }

    /// Keeps a question of the server, or answers it.
    fn hear(&mut self, message: &Message) {
        let Some(number) = message.id.and_then(|id| id.get().parse::<u64>().ok()) else { return };
        if !MAY_ASK.contains(&&*self.method) {
            let why = format!("`{}` cannot ask its client anything", self.method);
            return self.reply(number, |id| frame::error(id, -32601, &why));
        }
        let own = self.entered.client.asked.borrow().get(&number).map(|asked| asked.id.clone());
        let Some(own) = own else { return };
        let mut key = serde_json::from_str::<String>(&own).unwrap_or(own);
        if let Some(answer) = self.prepared.remove(&key) {
            return self.reply(number, |id| frame::result(id, answer.get()));
        }
        // The server's ids `1` and `"1"` are two questions.
        while self.questions.borrow().contains_key(&key) {
            key.push('_');
        }
        let params = message.params.map_or("{}", RawValue::get).to_owned();
        let question = Question { number, method: message.method.to_string(), params };
        self.questions.borrow_mut().insert(key, question);
    }

    /// The answer to a call, as this revision has it.
    fn complete(&self, message: &Message, id: &str) -> Bytes {
        let own = message.id.expect("an answer has an id");
        if let Some(result) = message.result {
            let result = completed(&self.method, result.get());
            return message.with(&mut [(own, id), (message.result.expect("just seen"), &result)]);
        }
        if let Some(needed) = self.entered.client.undeclared.take() {
            return format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32021,"message":"the call needs a capability that the client has not declared","data":{{"requiredCapabilities":{{"{needed}":{{}}}}}}}}}}"#
            )
            .into();
        }
        #[derive(Deserialize)]
        struct Error<'a> {
            #[serde(borrow)]
            code: &'a RawValue,
        }
        let code = message.error.and_then(|error| serde_json::from_str::<Error>(error.get()).ok());
        match code {
            // Older revisions had a code of its own for a resource that is not there.
            Some(Error { code }) if code.get() == "-32002" && self.method == "resources/read" => {
                message.with(&mut [(own, id), (code, "-32602")])
            }
            _ => message.with(&mut [(own, id)]),
        }
    }
}

/// A result with what this revision requires of every result, and of those that may be cached.
pub fn completed(method: &str, result: &str) -> String {
    #[derive(Default, Deserialize)]
    struct There<'a> {
        #[serde(borrow, default, rename = "resultType")]
        result_type: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "ttlMs")]
        ttl: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "cacheScope")]
        scope: Option<&'a RawValue>,
    }
    let Some(rest) = result.strip_prefix('{') else { return result.to_owned() };
    let there: There = serde_json::from_str(result).unwrap_or_default();
    let cacheable = method.ends_with("/list") || method == "resources/read";
    let mut members = Vec::new();
    if there.result_type.is_none() {
        members.push(r#""resultType":"complete""#);
    }
    if cacheable && there.ttl.is_none() {
        members.push(r#""ttlMs":0"#);
    }
    if cacheable && there.scope.is_none() {
        members.push(r#""cacheScope":"private""#);
    }
    let members = members.join(",");
    let comma = if members.is_empty() || rest.trim_start().starts_with('}') { "" } else { "," };
    format!("{{{members}{comma}{rest}")
}

/// One request of the client, and where its answer goes.
struct Turn {
    id: String,
    progress: Option<String>,
    out: Rc<Outbox>,
}

impl Turn {
    async fn run(self, mut conversation: Conversation, cancel: Flag) {
        // Questions that a former request left open are asked again.
        let mut moment = self.next_moment(&conversation, None);
        let heard = conversation.heard.clone();
        loop {
            let message = tokio::select! {
                biased;
                () = self.out.wait_end() => return,
                () = cancel.wait() => return,
                message = heard.next() => message,
                () = sleep_until(moment.unwrap_or_else(tokio::time::Instant::now)), if moment.is_some() => {
                    return self.suspend(conversation);
                }
            };
            let Some(text) = message else {
                self.out.answer(frame::error(&self.id, -32000, "the call was cancelled"));
                return;
            };
            let Ok(Ok(message)) = std::str::from_utf8(&text).map(Message::parse) else { continue };
            match message.kind {
                Kind::Response => {
                    self.out.answer(conversation.complete(&message, &self.id));
                    return;
                }
                Kind::Request => {
                    conversation.hear(&message);
                    moment = self.next_moment(&conversation, moment);
                }
                Kind::Notification => self.pass(&message, &text),
            }
        }
    }

    fn next_moment(
        &self,
        conversation: &Conversation,
        moment: Option<tokio::time::Instant>,
    ) -> Option<tokio::time::Instant> {
        let open = !conversation.questions.borrow().is_empty();
        moment.or_else(|| open.then(|| tokio::time::Instant::now() + MOMENT))
    }

    /// Progress goes to the token of the request that is open now.
    fn pass(&self, message: &Message, text: &Bytes) {
        if message.method == "notifications/progress" {
            if let (Some(old), Some(new)) = (message.params().progress_token, &self.progress) {
                self.out.push(message.with(&mut [(old, new)]));
            }
        } else if message.method != "notifications/cancelled" {
            self.out.push(text.clone());
        }
    }

    fn suspend(self, conversation: Conversation) {
        let hub = conversation.entered.hub.clone();
        make_room(&hub, &conversation.server.name);
        conversation.server.park();
        let asked: Vec<String> = conversation
            .questions
            .borrow()
            .iter()
            .map(|(key, question)| {
                let key = serde_json::to_string(key).expect("text always serialises");
                let method =
                    serde_json::to_string(&question.method).expect("text always serialises");
                format!(r#"{key}:{{"method":{method},"params":{}}}"#, question.params)
            })
            .collect();
        // Nobody can guess it, and nothing is in it: it is a name for what is kept here.
        let state = session_id();
        let result = format!(
            r#"{{"resultType":"input_required","inputRequests":{{{}}},"requestState":"{state}"}}"#,
            asked.join(",")
        );
        let until = Instant::now() + PATIENCE;
        hub.suspended.borrow_mut().insert(state, Suspended { conversation, until });
        self.out.answer(frame::result(&self.id, &result));
    }
}

fn make_room(hub: &Hub, server: &str) {
    let mut waiting: Vec<(Instant, String)> = hub
        .suspended
        .borrow()
        .iter()
        .filter(|(_, suspended)| suspended.conversation.server.name == server)
        .map(|(state, suspended)| (suspended.until, state.clone()))
        .collect();
    waiting.sort_unstable();
    let surplus = (waiting.len() + 1).saturating_sub(MOST);
    for (_, state) in waiting.drain(..surplus) {
        let given_up = hub.suspended.borrow_mut().remove(&state);
        drop(given_up);
    }
}

#[cfg(test)]
mod tests {
    use super::completed;

    #[test]
    fn a_result_keeps_what_it_says_and_gets_what_is_missing() {
        assert_eq!(completed("tools/call", "{}"), r#"{"resultType":"complete"}"#);
        assert_eq!(completed("tools/call", r#"{ "a":1}"#), r#"{"resultType":"complete", "a":1}"#);
        assert_eq!(
            completed("tools/list", r#"{"ttlMs":5,"tools":[]}"#),
            r#"{"resultType":"complete","cacheScope":"private","ttlMs":5,"tools":[]}"#
        );
        let whole = r#"{"resultType":"complete","a":1}"#;
        assert_eq!(completed("tools/call", whole), whole);
    }
}
