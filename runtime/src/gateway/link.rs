//! One life of a server: its streams, and the calls that wait for its answers.
//!
//! A server that restarts gets a new link. While one is replaced there are two, and the old one lives
//! until its last answer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::client::Client;
use super::frame;
use super::outbox::Outbox;
use super::wake::Flag;

/// What the server said of itself in answer to `initialize`, as JSON.
#[derive(Clone, Debug)]
pub struct InitializeResult {
    pub result: Rc<str>,
}

pub struct Link {
    /// What goes to the server.
    pub outbox: Rc<Outbox>,
    pub pid: Option<u32>,
    pub since: Instant,
    pub pending: RefCell<HashMap<u64, Pending>>,
    pub introduction: RefCell<Option<InitializeResult>>,
    /// Its server knows only the stateless revision.
    pub stateless: Cell<bool>,
    pub listening: Listening,
    /// The server's output has ended, or it was given up.
    pub ended: Flag,
    /// Takes no new call: its server waits for a client's answer, and what it asks next must have one owner.
    pub parked: Cell<bool>,
    /// Calls of clients in `pending`.
    pub calls: Cell<usize>,
}

pub struct Pending {
    pub since: Instant,
    /// For the log, where it is written down.
    pub method: Option<Box<str>>,
    pub asker: Requester,
    /// What would be sent again, with answers, to a server that asks for them.
    pub again: Option<Bytes>,
}

/// The requests by which a server of the stateless revision brings news.
#[derive(Default)]
pub struct Listening {
    pub current: Cell<Option<u64>>,
    /// Not acknowledged yet.
    pub next: Cell<Option<u64>>,
}

pub enum Requester {
    Client(Call),
    /// The gateway itself; it may have stopped waiting.
    Gateway(oneshot::Sender<Bytes>),
    /// The answer matters to nobody.
    Nobody,
}

/// A call of a client: where its answer and all that belongs to it goes.
pub struct Call {
    pub client: Rc<Client>,
    /// The client's id, as JSON, and as the key of `Client::flights`.
    pub id: Rc<str>,
    pub key: Rc<str>,
    pub progress: Option<Box<str>>,
    pub sink: Rc<Outbox>,
    /// The request as the client sent it, where it goes out again with the client's answers.
    pub sent: Option<Bytes>,
}

impl Link {
    pub fn new(outbox: Rc<Outbox>, pid: Option<u32>) -> Rc<Self> {
        Rc::new(Self {
            outbox,
            pid,
            since: Instant::now(),
            pending: RefCell::default(),
            introduction: RefCell::default(),
            stateless: Cell::new(false),
            listening: Listening::default(),
            ended: Flag::default(),
            parked: Cell::new(false),
            calls: Cell::new(0),
        })
    }

    pub fn is_ready(&self) -> bool {
        self.introduction.borrow().is_some() && !self.ended.is_set() && !self.parked.get()
    }

    pub fn wait_for(
        self: &Rc<Self>,
        id: u64,
        method: &str,
        asker: Requester,
        again: Option<Bytes>,
        since: Instant,
    ) {
        if let Requester::Client(call) = &asker {
            call.client.took_off(&call.key, self, id);
            call.client.count(1);
            self.calls.set(self.calls.get() + 1);
        }
        self.forget_unheard();
        let method = tracing::enabled!(tracing::Level::DEBUG).then(|| method.into());
        let pending = Pending { since, method, asker, again };
        self.pending.borrow_mut().insert(id, pending);
    }

    /// Questions of the gateway's own that it has stopped waiting for are cancelled.
    fn forget_unheard(&self) {
        let unheard = |pending: &Pending| matches!(&pending.asker, Requester::Gateway(tell) if tell.is_closed());
        if self.pending.borrow().len() > self.calls.get() {
            let pending = self.pending.borrow();
            let ids: Vec<u64> =
                pending.iter().filter(|(_, call)| unheard(call)).map(|(id, _)| *id).collect();
            drop(pending);
            ids.into_iter().for_each(|id| self.cancel(id, "not waited for any more"));
        }
    }

    /// Takes a call out, answered or given up.
    pub fn settle(&self, id: u64) -> Option<Pending> {
        let pending = self.pending.borrow_mut().remove(&id)?;
        if let Requester::Client(call) = &pending.asker {
            call.client.landed(&call.key, id);
            call.client.count(-1);
            self.calls.set(self.calls.get() - 1);
        }
        Some(pending)
    }

    pub fn goes_to(&self, id: u64, sink: &Rc<Outbox>) -> bool {
        match self.pending.borrow().get(&id).map(|pending| &pending.asker) {
            Some(Requester::Client(call)) => Rc::ptr_eq(&call.sink, sink),
            _ => false,
        }
    }

    /// Every call in flight gets an error.
    pub fn fail_all(&self, why: &str) {
        let ids: Vec<u64> = self.pending.borrow().keys().copied().collect();
        for id in ids {
            if let Some(Pending { asker: Requester::Client(call), .. }) = self.settle(id) {
                call.sink.answer(frame::error(&call.id, -32000, why));
            }
        }
    }

    /// Gives a call up: the server is told, and the asker gets nothing more.
    pub fn cancel(&self, id: u64, reason: &str) {
        let Some(pending) = self.settle(id) else { return };
        let reason = serde_json::to_string(reason).expect("text always serialises");
        self.outbox.push(
            format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id},"reason":{reason}}}}}"#
            )
            .into(),
        );
        if let Requester::Client(call) = pending.asker
            && call.sink.one_answer
        {
            call.sink.end(super::outbox::End::Done);
        }
    }
}
