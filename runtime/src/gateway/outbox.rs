//! Messages on their way to one reader, with a limit in bytes.
//!
//! One writer takes them out; whoever puts one in never waits. A reader that does not keep up loses its
//! connection, not the memory of everybody else.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use super::wake::Changes;
use bytes::Bytes;

/// What a message costs beside its bytes.
const OVERHEAD: usize = 64;

pub struct Outbox {
    inner: RefCell<Inner>,
    limit: usize,
    /// Ends with the first answer: the stream of one HTTP request.
    pub one_answer: bool,
    drained: Changes,
    ending: Changes,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Bytes>,
    bytes: usize,
    waker: Option<Waker>,
    end: Option<End>,
}

/// Why nothing more goes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All that was to be said is in the queue.
    Done,
    /// The reader did not keep up, and the queue is gone.
    TooSlow,
    /// The reader is gone.
    Gone,
}

impl Outbox {
    pub fn new(limit: usize) -> Self {
        Self {
            inner: RefCell::default(),
            limit,
            one_answer: false,
            drained: Changes::default(),
            ending: Changes::default(),
        }
    }

    pub fn for_one_answer(limit: usize) -> Self {
        Self { one_answer: true, ..Self::new(limit) }
    }

    /// Puts a message in; not when the stream has ended, or ends because of it.
    pub fn push(&self, message: Bytes) -> bool {
        let mut inner = self.inner.borrow_mut();
        if inner.end.is_some() {
            return false;
        }
        let bytes = inner.bytes + message.len() + OVERHEAD;
        // One message always fits: its size has a limit of its own.
        if bytes > self.limit && !inner.queue.is_empty() {
            inner.end = Some(End::TooSlow);
            inner.queue.clear();
            inner.bytes = 0;
        } else {
            inner.bytes = bytes;
            inner.queue.push_back(message);
        }
        let pushed = inner.end.is_none();
        let waker = inner.waker.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
        if !pushed {
            self.tell_end();
        }
        pushed
    }

    /// Puts an answer in, which may be the last message.
    pub fn answer(&self, message: Bytes) -> bool {
        let pushed = self.push(message);
        if self.one_answer {
            self.end(End::Done);
        }
        pushed
    }

    pub fn end(&self, end: End) {
        let mut inner = self.inner.borrow_mut();
        inner.end.get_or_insert(end);
        if end != End::Done {
            inner.queue.clear();
            inner.bytes = 0;
        }
        let waker = inner.waker.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
        self.tell_end();
    }

    fn tell_end(&self) {
        self.ending.tell();
        self.drained.tell();
    }

    pub fn ended(&self) -> Option<End> {
        self.inner.borrow().end
    }

    /// Nothing in it, and nothing comes.
    pub fn is_over(&self) -> bool {
        let inner = self.inner.borrow();
        inner.end.is_some() && inner.queue.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.inner.borrow().bytes
    }

    /// The next message; nothing at the end. For one reader.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut inner = self.inner.borrow_mut();
        match inner.queue.pop_front() {
            Some(message) => {
                inner.bytes -= message.len() + OVERHEAD;
                drop(inner);
                self.drained.tell();
                Poll::Ready(Some(message))
            }
            None if inner.end.is_some() => Poll::Ready(None),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    pub async fn next(&self) -> Option<Bytes> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The next message if there is one now.
    pub fn try_next(&self) -> Option<Bytes> {
        let mut inner = self.inner.borrow_mut();
        let message = inner.queue.pop_front()?;
        inner.bytes -= message.len() + OVERHEAD;
        drop(inner);
        self.drained.tell();
        Some(message)
    }

    /// Until nothing more goes in.
    pub async fn wait_end(&self) {
        self.ending.until(|| self.ended().is_some()).await;
    }

    /// Until fewer than `bytes` wait, or none ever will.
    pub async fn below(&self, bytes: usize) {
        self.drained.until(|| self.bytes() < bytes || self.ended().is_some()).await;
    }
}
