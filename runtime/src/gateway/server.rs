//! One MCP server behind the gateway: its life, and the messages to and from it.

mod life;
mod receive;
mod said;
mod stateless;

pub use receive::level;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use runtime_config::{Isolation, Limits, Server as Config};
use tokio::sync::{Notify, oneshot};

use super::client::Client;
use super::frame::{self, Message};
use super::hub::Hub;
use super::latency::Latency;
use super::link::{Call, InitializeResult, Link, Requester};
use super::outbox::Outbox;
use super::wake::Flag;

/// A wait of this length for the next start is told, not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Server {
    pub name: String,
    pub config: Config,
    pub limits: Limits,
    hub: Weak<Hub>,
    link: RefCell<Option<Rc<Link>>>,
    /// What came before the server was ready.
    waiting: RefCell<VecDeque<Waiting>>,
    ids: Cell<u64>,
    /// Until the next start, while it waits for one.
    pub pause: Cell<Duration>,
    pub restarts: Cell<u64>,
    /// Lines that were no message, answers that nobody waits for.
    pub noise: Cell<u64>,
    /// It let the gateway wait for a list.
    pub silent: Cell<bool>,
    pub latency: Latency,
    pub replace: Notify,
    pub started: Cell<bool>,
    pub stop: Flag,
    pub stopped: Flag,
}

enum Waiting {
    /// A call, or the gateway's own request; the text has the asker's id.
    Send {
        text: Bytes,
        asker: Requester,
    },
    InitializeResult(oneshot::Sender<InitializeResult>),
}

impl Server {
    pub fn new(name: &str, config: Config, limits: &Limits, hub: Weak<Hub>) -> Rc<Self> {
        Rc::new(Self {
            name: name.to_owned(),
            config,
            limits: limits.clone(),
            hub,
            link: RefCell::default(),
            waiting: RefCell::default(),
            ids: Cell::new(1),
            pause: Cell::default(),
            restarts: Cell::new(0),
            noise: Cell::new(0),
            silent: Cell::new(false),
            latency: Latency::default(),
            replace: Notify::new(),
            started: Cell::new(false),
            stop: Flag::default(),
            stopped: Flag::default(),
        })
    }

    /// Ready, or started only when a client comes.
    pub fn is_usable(&self) -> bool {
        self.is_ready() || self.config.isolation == Isolation::Session
    }

    pub fn start(self: &Rc<Self>) {
        self.started.set(true);
        tokio::task::spawn_local(life::live(self.clone()));
    }

    pub fn hub(&self) -> Option<Rc<Hub>> {
        self.hub.upgrade()
    }

    pub fn link(&self) -> Option<Rc<Link>> {
        self.link.borrow().clone()
    }

    pub fn is_ready(&self) -> bool {
        self.link.borrow().as_ref().is_some_and(|link| link.is_ready())
    }

    /// Whether it knows only the stateless revision.
    pub fn is_stateless(&self) -> bool {
        self.link.borrow().as_ref().is_some_and(|link| link.stateless.get())
    }

    pub fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// What the server says of itself, once it does.
    pub async fn introduction(&self) -> Result<InitializeResult, String> {
        if let Some(introduction) = self.link().and_then(|link| link.introduction.borrow().clone())
        {
            return Ok(introduction);
        }
        let (tell, told) = oneshot::channel();
        if let Some(why) = self.refusal() {
            return Err(why);
        }
        self.waiting.borrow_mut().push_back(Waiting::InitializeResult(tell));
        match tokio::time::timeout(self.config.start_timeout.0, told).await {
            Ok(Ok(introduction)) => Ok(introduction),
            _ => Err(format!("server `{}` does not start", self.name)),
        }
    }

    /// A call waits for its client, maybe for long: it keeps its child, and everybody else gets a new one.
    /// Otherwise the next question of the child could be anybody's.
    pub fn park(&self) {
        if let Some(link) = self.link()
            && !link.parked.replace(true)
        {
            self.replace.notify_one();
        }
    }

    /// Passes a request on; its answer comes to `asker`, in any case.
    pub fn request(self: &Rc<Self>, text: Bytes, asker: Requester) {
        let Ok(Ok(message)) = std::str::from_utf8(&text).map(Message::parse) else { return };
        self.pass(&text, &message, asker);
    }

    /// The same for a message that is parsed already; it may be over several lines.
    pub fn pass(self: &Rc<Self>, text: &Bytes, message: &Message, asker: Requester) {
        if let Some(link) = self.link().filter(|link| link.is_ready() && self.may_send(link)) {
            // The client's message has just come.
            let since = match &asker {
                Requester::Client(call) => call.client.last_seen.get(),
                _ => Instant::now(),
            };
            return self.send(&link, message, asker, since);
        }
        if let Some(why) = self.refusal() {
            if let Requester::Client(call) = asker {
                call.sink.answer(frame::error(&call.id, -32000, &why));
            }
            return;
        }
        if let Requester::Client(call) = &asker {
            call.client.count(1);
        }
        self.waiting.borrow_mut().push_back(Waiting::Send { text: text.clone(), asker });
    }

    /// Why nothing can wait for the server.
    fn refusal(&self) -> Option<String> {
        let down = !self.is_ready();
        if self.stop.is_set() {
            Some(format!("server `{}` is stopped", self.name))
        } else if down && self.pause.get() > PATIENCE {
            Some(format!("server `{}` is down, next start in {:?}", self.name, self.pause.get()))
        } else if self.waiting.borrow().len() >= self.limits.queue.saturating_mul(4) {
            Some(format!("server `{}` is not ready, and too many calls wait", self.name))
        } else {
            None
        }
    }

    /// Whether a call may go out now: in turns, one at a time.
    fn may_send(&self, link: &Link) -> bool {
        self.config.isolation != Isolation::Turns || link.calls.get() == 0
    }

    fn send(self: &Rc<Self>, link: &Rc<Link>, message: &Message, asker: Requester, since: Instant) {
        if !link.stateless.get() {
            self.send_as(link, message, asker, None, since);
            return;
        }
        let Some(asker) = self.stand_in(link, message, asker) else { return };
        let sent = match &asker {
            Requester::Client(Call { sent: Some(sent), .. }) => sent.clone(),
            _ => Bytes::copy_from_slice(message.text().as_bytes()),
        };
        let with_meta = stateless::with_meta(message, &asker);
        if let Ok(Ok(message)) = std::str::from_utf8(&with_meta).map(Message::parse) {
            self.send_as(link, &message, asker, Some(sent), since);
        }
    }

    /// Sends one line; gives the number that the server knows it by. `again` is what would be sent again.
    fn send_as(
        &self,
        link: &Rc<Link>,
        message: &Message,
        asker: Requester,
        again: Option<Bytes>,
        since: Instant,
    ) -> Option<u64> {
        let id = message.id?;
        if link.outbox.bytes() > self.limits.message.0.saturating_mul(2) {
            if let Requester::Client(call) = asker {
                let why = format!("server `{}` does not read its input", self.name);
                call.sink.answer(frame::error(&call.id, -32000, &why));
            }
            return None;
        }
        let number = self.ids.get();
        self.ids.set(number + 1);
        let new = number.to_string();
        let token = match &asker {
            Requester::Client(Call { progress: None, .. }) => None,
            _ => message.asks_progress().ok().flatten(),
        };
        let out = match token {
            Some(token) => message.with(&mut [(id, new.as_str()), (token, new.as_str())]),
            None => message.with(&mut [(id, new.as_str())]),
        };
        let out = frame::one_line(out);
        link.wait_for(number, &message.method, asker, again, since);
        link.outbox.push(out);
        Some(number)
    }

    /// Sends what waits, as far as it may go.
    fn flush(self: &Rc<Self>) {
        if self.waiting.borrow().is_empty() {
            return;
        }
        let Some(link) = self.link().filter(|link| link.is_ready()) else { return };
        loop {
            let next = {
                let mut waiting = self.waiting.borrow_mut();
                match waiting.front() {
                    Some(Waiting::Send { .. }) if !self.may_send(&link) => return,
                    Some(_) => waiting.pop_front(),
                    None => return,
                }
            };
            match next {
                Some(Waiting::Send { text, asker }) => {
                    if let Requester::Client(call) = &asker {
                        call.client.count(-1);
                        if call.client.gone.get() || call.sink.ended().is_some() {
                            continue;
                        }
                    }
                    if let Ok(Ok(message)) = std::str::from_utf8(&text).map(Message::parse) {
                        self.send(&link, &message, asker, Instant::now());
                    }
                }
                Some(Waiting::InitializeResult(tell)) => {
                    if let Some(introduction) = link.introduction.borrow().clone() {
                        tell.send(introduction).ok();
                    }
                }
                None => return,
            }
        }
    }

    /// Everything that waits gets an error.
    fn fail_waiting(&self, why: &str) {
        let all = self.waiting.take();
        for waiting in all {
            if let Waiting::Send { asker: Requester::Client(call), .. } = waiting {
                call.client.count(-1);
                call.sink.answer(frame::error(&call.id, -32000, why));
            }
        }
    }

    /// A notification of a client.
    pub fn notify(&self, message: &Message, text: Bytes) {
        if let Some(link) = self.link().filter(|link| link.is_ready()) {
            // Of the older revisions only.
            if link.stateless.get() && message.method == "notifications/roots/list_changed" {
                return;
            }
            link.outbox.push(text);
        }
    }

    /// A call that waits for the server is taken back.
    pub fn cancel_waiting(&self, client: &Client, key: &str, sink: Option<&Rc<Outbox>>) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let found = waiting.iter().position(|waiting| match waiting {
            Waiting::Send { asker: Requester::Client(call), .. } => {
                call.client.number == client.number
                    && &*call.key == key
                    && sink.is_none_or(|sink| Rc::ptr_eq(sink, &call.sink))
            }
            _ => false,
        });
        let Some(Waiting::Send { asker: Requester::Client(call), .. }) =
            found.and_then(|index| waiting.remove(index))
        else {
            return false;
        };
        call.client.count(-1);
        if call.sink.one_answer {
            call.sink.end(super::outbox::End::Done);
        }
        true
    }

    /// A client has gone: what it left at the server is taken back.
    pub fn forget(self: &Rc<Self>, client: &Rc<Client>) {
        self.waiting.borrow_mut().retain(|waiting| match waiting {
            Waiting::Send { asker: Requester::Client(call), .. } => {
                call.client.number != client.number
            }
            _ => true,
        });
        let left = client.subscriptions.borrow().clone();
        for uri in left {
            self.unsubscribe(&uri, client);
        }
    }

    /// Lists that lacked this server's part have it now.
    fn is_no_longer_missed(self: &Rc<Self>) {
        for client in self.clients() {
            if client.misses.replace(false) {
                for list in ["tools", "prompts", "resources"] {
                    let method = format!("notifications/{list}/list_changed");
                    let text = format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#);
                    client.news(&method, &text.into());
                }
            }
        }
    }

    /// Subscribes at the server; its answer is nobody's.
    pub fn subscribe(self: &Rc<Self>, uri: &str) {
        self.about_resource("resources/subscribe", uri);
    }

    fn about_resource(self: &Rc<Self>, method: &str, uri: &str) {
        let uri = serde_json::to_string(uri).expect("text always serialises");
        let text =
            format!(r#"{{"jsonrpc":"2.0","id":0,"method":"{method}","params":{{"uri":{uri}}}}}"#);
        self.request(text.into(), Requester::Nobody);
    }

    /// Ends the subscription at the server when no other client has it.
    pub fn unsubscribe(self: &Rc<Self>, uri: &str, client: &Client) {
        let others = self.clients().iter().any(|other| {
            other.number != client.number && other.subscriptions.borrow().contains(uri)
        });
        if !others {
            self.about_resource("resources/unsubscribe", uri);
        }
    }

    /// The clients that reach this server, in the order they came.
    pub fn clients(self: &Rc<Self>) -> Vec<Rc<Client>> {
        let Some(hub) = self.hub.upgrade() else { return Vec::new() };
        let mut clients: Vec<_> = hub
            .clients
            .borrow()
            .values()
            .filter(|client| match &client.endpoint {
                super::client::Endpoint::Server(server) => Rc::ptr_eq(server, self),
                super::client::Endpoint::All => true,
            })
            .cloned()
            .collect();
        clients.sort_unstable_by_key(|client| client.number);
        clients
    }

    pub fn call(
        client: &Rc<Client>,
        id: &serde_json::value::RawValue,
        key: &Rc<str>,
        progress: Option<&serde_json::value::RawValue>,
        sink: &Rc<Outbox>,
    ) -> Call {
        // A number is its own key.
        let id = if id.get() == &**key { key.clone() } else { id.get().into() };
        Call {
            client: client.clone(),
            id,
            key: key.clone(),
            progress: progress.map(|token| token.get().into()),
            sink: sink.clone(),
            sent: None,
        }
    }
}
