//! What a server says: answers, progress, questions, news. Each goes to whom it belongs and nobody else.

use std::rc::Rc;

use bytes::Bytes;
use tracing::debug;

use super::Server;
use crate::gateway::client::{Client, ServerRequest};
use crate::gateway::frame::{self, Kind, Message, string};
use crate::gateway::link::{Link, Requester};
use crate::gateway::outbox::Outbox;

/// RFC 5424's levels, as `logging/setLevel` has them.
pub(super) const LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

pub fn level(name: &str) -> Option<u8> {
    LEVELS.iter().position(|level| *level == name).map(|index| index as u8)
}

impl Server {
    pub(super) fn noise(&self, what: &str) {
        self.noise.set(self.noise.get() + 1);
        debug!(server = self.name, what, "not passed on");
    }

    pub(super) fn receive(self: &Rc<Self>, link: &Rc<Link>, line: Bytes) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let Ok(text) = std::str::from_utf8(&line) else { return self.noise("not UTF-8") };
        let Ok(message) = Message::parse(text) else { return self.noise("no message") };
        match message.kind {
            Kind::Response => self.answer(link, &message),
            // What a server says of its own start is no news.
            Kind::Notification if link.introduction.borrow().is_none() => {
                self.noise("a notification before the answer to `initialize`");
            }
            Kind::Notification if link.stateless.get() && !self.is_listened_to(link, &message) => {}
            Kind::Notification => self.news(link, &message, &line),
            Kind::Request => self.question(link, &message),
        }
    }

    fn answer(self: &Rc<Self>, link: &Rc<Link>, message: &Message) {
        let id = message.id.and_then(|id| id.get().parse::<u64>().ok());
        let Some((id, pending)) = id.and_then(|id| Some((id, link.settle(id)?))) else {
            return self.noise("an answer that nobody waits for");
        };
        self.silent.set(false);
        self.answered(&pending, id);
        let raw = message.id.expect("an answer has an id");
        match pending.asker {
            Requester::Client(call) => {
                let call = match pending.again {
                    Some(again) => self.ask_caller(call, again, message),
                    None => Some(call),
                };
                if let Some(call) = call {
                    call.sink.answer(message.with(&mut [(raw, &call.id)]));
                }
            }
            Requester::Gateway(tell) => {
                tell.send(message.with(&mut [])).ok();
            }
            Requester::Nobody => {}
        }
        self.flush();
    }

    fn answered(&self, pending: &crate::gateway::link::Pending, id: u64) {
        // What the gateway asks itself, `initialize` first of all, is no client's wait.
        if matches!(pending.asker, Requester::Client(_)) {
            self.latency.record(pending.since.elapsed());
        }
        debug!(
            server = self.name,
            id,
            method = pending.method.as_deref(),
            micros = pending.since.elapsed().as_micros() as u64,
            "answered"
        );
    }

    fn news(self: &Rc<Self>, link: &Rc<Link>, message: &Message, line: &Bytes) {
        match &*message.method {
            "notifications/progress" => self.progress(link, message),
            "notifications/cancelled" => self.withdrawn(link, message),
            "notifications/resources/updated" => {
                let uri = message.params().uri.and_then(string);
                for client in self.clients() {
                    if uri
                        .as_ref()
                        .is_some_and(|uri| client.subscriptions.borrow().contains(&**uri))
                    {
                        client.news("notifications/resources/updated", line);
                    }
                }
            }
            // A server that was replaced has no say in what there is.
            method if method.ends_with("/list_changed") => {
                if !self.link().is_some_and(|current| Rc::ptr_eq(&current, link)) {
                    return;
                }
                for client in self.clients() {
                    if client.initialised.get() {
                        client.news(method, line);
                    }
                }
            }
            "notifications/message" => {
                let level = message.params().level.and_then(string).and_then(|name| level(&name));
                self.unaddressed(link, line, |client| match (client.log_level.get(), level) {
                    (Some(asked), Some(level)) => level >= asked,
                    // The stateless revision sends none that was not asked for.
                    _ => !client.modern.get(),
                });
            }
            _ => self.unaddressed(link, line, |_| true),
        }
    }

    fn progress(&self, link: &Rc<Link>, message: &Message) {
        let Some(token) = message.params().progress_token else {
            return self.noise("progress of nothing");
        };
        let pending = link.pending.borrow();
        let call = token.get().parse::<u64>().ok().and_then(|id| pending.get(&id));
        match call.map(|pending| &pending.asker) {
            Some(Requester::Client(call)) if call.progress.is_some() => {
                let asked = call.progress.as_deref().expect("just seen");
                call.sink.push(message.with(&mut [(token, asked)]));
            }
            _ => self.noise("progress of nothing in flight"),
        }
    }

    /// The server takes a question back.
    fn withdrawn(self: &Rc<Self>, link: &Rc<Link>, message: &Message) {
        let Some(id) = message.params().request_id else { return };
        for client in self.clients() {
            let found = client.asked.borrow().iter().find_map(|(number, asked)| {
                let same = asked.id == id.get()
                    && asked.link.upgrade().is_some_and(|asker| Rc::ptr_eq(&asker, link));
                same.then_some(*number)
            });
            if let Some(number) = found {
                client.asked.borrow_mut().remove(&number);
                client.tell(message.with(&mut [(id, &number.to_string())]));
            }
        }
    }

    /// A notification that names no call: with one client in flight it is that one's, with none it is for
    /// everybody, with several nobody can tell, and the wrong one must not have it.
    fn unaddressed(
        self: &Rc<Self>,
        link: &Rc<Link>,
        line: &Bytes,
        wants: impl Fn(&Client) -> bool,
    ) {
        match self.owner(link, |_| true) {
            Owner::One(client, sink) => {
                if wants(&client) {
                    sink.push(line.clone());
                }
            }
            Owner::None => {
                for client in self.clients() {
                    if client.initialised.get() && !client.modern.get() && wants(&client) {
                        client.tell(line.clone());
                    }
                }
            }
            Owner::Several => self.noise("a notification of one of several calls"),
        }
    }

    /// Whose call the server works on.
    fn owner(&self, link: &Rc<Link>, may: impl Fn(&Client) -> bool) -> Owner {
        let mut owner = Owner::None;
        for pending in link.pending.borrow().values() {
            let Requester::Client(call) = &pending.asker else { continue };
            if !may(&call.client) {
                continue;
            }
            match &owner {
                Owner::None => owner = Owner::One(call.client.clone(), call.sink.clone()),
                Owner::One(client, _) if client.number == call.client.number => {}
                _ => return Owner::Several,
            }
        }
        owner
    }

    fn question(self: &Rc<Self>, link: &Rc<Link>, message: &Message) {
        let id = message.id.expect("a request has an id");
        if message.method == "ping" {
            link.outbox.push(frame::result(id.get(), "{}"));
            return;
        }
        let method = &*message.method;
        if let Owner::One(client, _) = self.owner(link, |_| true)
            && let Some(needed) = client.abilities.get().lack(method)
        {
            client.undeclared.set(Some(needed));
            link.outbox.push(
                format!(
                    r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32021,"message":"the client has not declared the capability `{needed}`","data":{{"requiredCapabilities":{{"{needed}":{{}}}}}}}}}}"#,
                    id.get()
                )
                .into(),
            );
            return;
        }
        let (client, sink) = match self.owner(link, |client| client.abilities.get().allow(method)) {
            Owner::One(client, sink) => (client, Some(sink)),
            Owner::Several => {
                let why =
                    "several clients have calls in flight, and the request names none of them";
                link.outbox.push(frame::error(id.get(), -32000, why));
                return;
            }
            Owner::None => {
                let able: Vec<_> = self
                    .clients()
                    .into_iter()
                    .filter(|client| {
                        client.initialised.get()
                            && !client.modern.get()
                            && client.abilities.get().allow(method)
                    })
                    .collect();
                match &able[..] {
                    [client] if link.calls.get() == 0 => (client.clone(), None),
                    _ => {
                        let why = format!("no client that `{method}` could be for");
                        link.outbox.push(frame::error(id.get(), -32601, &why));
                        return;
                    }
                }
            }
        };
        self.put(link, message, &client, sink);
    }

    fn put(
        &self,
        link: &Rc<Link>,
        message: &Message,
        client: &Rc<Client>,
        sink: Option<Rc<Outbox>>,
    ) {
        let id = message.id.expect("a request has an id");
        let Some(number) = self.hub.upgrade().map(|hub| hub.number()) else { return };
        let asked = ServerRequest { link: Rc::downgrade(link), id: id.get().to_owned() };
        client.asked.borrow_mut().insert(number, asked);
        let out = message.with(&mut [(id, &number.to_string())]);
        let sent = match sink {
            Some(sink) => sink.push(out),
            None => client.tell(out),
        };
        if !sent {
            client.asked.borrow_mut().remove(&number);
            link.outbox.push(frame::error(id.get(), -32000, "the client cannot be reached"));
        }
    }

    /// After a new start the server knows of no subscription.
    pub(super) fn resubscribe(self: &Rc<Self>) {
        if let Some(link) = self.link().filter(|link| link.stateless.get()) {
            return self.listen(&link, None);
        }
        let mut uris: Vec<String> = Vec::new();
        for client in self.clients() {
            uris.extend(client.subscriptions.borrow().iter().cloned());
        }
        uris.sort_unstable();
        uris.dedup();
        for uri in uris {
            self.subscribe(&uri);
        }
    }
}

enum Owner {
    None,
    One(Rc<Client>, Rc<Outbox>),
    Several,
}
