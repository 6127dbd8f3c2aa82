//! What newline JSON and WebSocket have in common: one stream of messages in, one out.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::auth::Denied;
use super::client::{Client, Endpoint, Transport};
use super::frame::{self, Kind, Message, string};
use super::hub::{Hub, Refused};
use super::outbox::{End, Outbox};
use super::router;

/// Above this, no further message of the client is read.
const HIGH_WATER: usize = 1 << 20;
/// A write that takes longer is to a client that is gone or stuck.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client that sends nothing more is taken to wait for its answers: whether it closed its half of
/// the connection or all of it does not show until something is written.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

pub struct Session {
    hub: Rc<Hub>,
    pub client: Rc<Client>,
    pub outbox: Rc<Outbox>,
    authenticated: Cell<bool>,
    bucket: Bucket,
}

impl Session {
    pub fn enter(
        hub: &Rc<Hub>,
        transport: Transport,
        peer: IpAddr,
        endpoint: Endpoint,
        authenticated: bool,
    ) -> Result<Self, Refused> {
        let client = hub.enter(transport, peer, endpoint)?;
        let outbox = Rc::new(Outbox::new(hub.config.limits.message.0.saturating_mul(4)));
        *client.stream.borrow_mut() = Some(outbox.clone());
        let bucket = Bucket::new(hub.config.limits.rate.0);
        Ok(Self {
            hub: hub.clone(),
            client,
            outbox,
            authenticated: Cell::new(authenticated),
            bucket,
        })
    }

    /// Takes one message; false ends the connection.
    pub fn receive(&self, text: &Bytes) -> bool {
        if text.iter().all(u8::is_ascii_whitespace) {
            return true;
        }
        let message = match router::checked(&self.hub, text) {
            Ok(message) => message,
            Err(answer) => {
                self.client.last_seen.set(Instant::now());
                self.outbox.push(answer);
                return self.authenticated.get();
            }
        };
        if self.authenticated.get() && message.method != "authenticate" {
            router::take(&self.hub, &self.client, text, &message, &self.outbox);
            return true;
        }
        self.authenticate(&message)
    }

    /// The first message of a raw stream: `{"method": "authenticate", "params": {"token": "…"}}`.
    fn authenticate(&self, message: &Message) -> bool {
        let id = match message.kind {
            Kind::Request => message.id.map_or("null", |id| id.get()),
            _ => "null",
        };
        let is_it = message.method == "authenticate";
        let token = message.params().token.and_then(string).filter(|_| is_it);
        match self.hub.auth.check(self.client.peer, token.as_deref()) {
            Ok(()) => {
                self.authenticated.set(true);
                self.outbox.push(frame::result(id, r#"{"authenticated":true}"#));
                true
            }
            Err(denied) => {
                let why = match denied {
                    Denied::Missing => "authenticate first".to_owned(),
                    Denied::Wrong => "wrong token".to_owned(),
                    Denied::Wait(wait) => {
                        format!("too many wrong tokens, wait {} s", wait.as_secs() + 1)
                    }
                };
                self.hub.metrics.denied();
                self.outbox.push(frame::error(id, -32001, &why));
                false
            }
        }
    }

    pub fn too_long(&self) {
        let limit = self.hub.config.limits.message;
        self.outbox.push(frame::error("null", -32600, &format!("a message of more than {limit}")));
    }

    /// Until the client may send its next message: its calls in flight, its unread answers and its rate
    /// are under their limits.
    pub async fn ready(&self) {
        self.bucket.take().await;
        self.client.below(self.hub.config.limits.queue).await;
        self.outbox.below(HIGH_WATER).await;
    }

    pub async fn last_answers(&self) {
        let answered = async {
            tokio::select! {
                () = self.client.below(1) => {}
                () = self.outbox.wait_end() => {}
            }
        };
        timeout(LAST_ANSWERS, answered).await.ok();
    }

    pub fn is_idle(&self) -> bool {
        self.client.is_idle(self.hub.config.limits.idle.0)
    }

    /// Nothing more comes from the client; what it is owed still goes out, and the writer ends the rest.
    pub fn finish(&self) {
        self.hub.leave_with(&self.client, End::Done);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.hub.leave(&self.client);
    }
}

/// So many a second on average, twice as many at once.
pub struct Bucket {
    rate: f64,
    tokens: Cell<f64>,
    filled: Cell<Instant>,
}

impl Bucket {
    pub fn new(rate: u32) -> Self {
        let rate = f64::from(rate);
        Self { rate, tokens: Cell::new(2.0 * rate), filled: Cell::new(Instant::now()) }
    }

    /// Takes one, or says how long until there is one.
    pub fn try_take(&self) -> Result<(), Duration> {
        let now = Instant::now();
        let added = (now - self.filled.get()).as_secs_f64() * self.rate;
        let tokens = (self.tokens.get() + added).min(2.0 * self.rate);
        self.filled.set(now);
        if tokens >= 1.0 {
            self.tokens.set(tokens - 1.0);
            Ok(())
        } else {
            self.tokens.set(tokens);
            Err(Duration::from_secs_f64((1.0 - tokens) / self.rate))
        }
    }

    async fn take(&self) {
        while let Err(wait) = self.try_take() {
            sleep(wait).await;
        }
    }
}
