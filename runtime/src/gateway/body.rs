//! What an HTTP response carries: a text, or events as they come.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::outbox::Outbox;

/// Between two comments that keep a silent stream open in proxies.
const COMMENT: Duration = Duration::from_secs(15);

pub enum Reply {
    Text(Option<Bytes>),
    Events(Events),
}

impl Reply {
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::Text(Some(text.into()))
    }
}

/// Server-sent events of one outbox. Dropped when the client is gone, and `on_end` with it.
pub struct Events {
    outbox: Rc<Outbox>,
    head: Option<Bytes>,
    comment: Interval,
    /// Whether another stream has taken this one's place.
    superseded: Box<dyn Fn() -> bool>,
    _on_end: Box<dyn std::any::Any>,
}

impl Events {
    pub fn new(outbox: Rc<Outbox>, on_end: impl std::any::Any) -> Self {
        let mut comment = interval_at(tokio::time::Instant::now() + COMMENT, COMMENT);
        comment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let superseded = Box::new(|| false);
        Self { outbox, head: None, comment, superseded, _on_end: Box::new(on_end) }
    }

    /// Begins with these bytes.
    pub fn headed(mut self, head: Bytes) -> Self {
        self.head = Some(head);
        self
    }

    pub fn until(mut self, superseded: impl Fn() -> bool + 'static) -> Self {
        self.superseded = Box::new(superseded);
        self
    }
}

/// One message as an event.
pub fn event(message: &[u8]) -> Bytes {
    [b"event: message\ndata: ", message, b"\n\n"].concat().into()
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let events = match self.get_mut() {
            Self::Text(text) => return Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Events(events) => events,
        };
        if let Some(head) = events.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        let ticked = events.comment.poll_tick(context).is_ready();
        if (events.superseded)() {
            return Poll::Ready(None);
        }
        match events.outbox.poll_next(context) {
            Poll::Ready(Some(message)) => {
                events.comment.reset();
                Poll::Ready(Some(Ok(Frame::data(event(&message)))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending if ticked => {
                // The tick is used up: be woken for the next.
                context.waker().wake_by_ref();
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b": keep-alive\n\n")))))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Text(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64),
            Self::Events(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use http_body_util::BodyExt;

    use super::*;

    struct Flag(Rc<Cell<bool>>);

    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    async fn next(reply: &mut Reply) -> Option<String> {
        let frame = reply.frame().await?.expect("infallible");
        Some(String::from_utf8(frame.into_data().expect("data").to_vec()).expect("UTF-8"))
    }

    #[tokio::test(start_paused = true)]
    async fn ten_minutes_of_silence_are_forty_comments_and_then_the_event() {
        let outbox = Rc::new(Outbox::new(1 << 20));
        let mut reply = Reply::Events(Events::new(outbox.clone(), ()));
        let begin = tokio::time::Instant::now();
        for _ in 0..40 {
            assert_eq!(next(&mut reply).await.as_deref(), Some(": keep-alive\n\n"));
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(600));
        outbox.push(Bytes::from_static(b"{}"));
        assert_eq!(next(&mut reply).await.as_deref(), Some("event: message\ndata: {}\n\n"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_six_minutes_is_kept_open_and_ends_with_its_answer() {
        let outbox = Rc::new(Outbox::for_one_answer(1 << 20));
        let dropped = Rc::new(Cell::new(false));
        let mut reply = Reply::Events(Events::new(outbox.clone(), Flag(dropped.clone())));
        for _ in 0..24 {
            assert_eq!(next(&mut reply).await.as_deref(), Some(": keep-alive\n\n"));
        }
        assert!(outbox.answer(Bytes::from_static(b"{}")));
        assert_eq!(next(&mut reply).await.as_deref(), Some("event: message\ndata: {}\n\n"));
        assert_eq!(next(&mut reply).await, None);
        drop(reply);
        assert!(dropped.get());
    }
}
