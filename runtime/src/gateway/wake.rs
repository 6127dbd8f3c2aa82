//! Waiting for a change, on one thread: what tokio's own means do, without their locks.
//!
//! Every message passes several of these; nearly always nobody waits.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::timeout;

/// What `future` gives, if it does within `limit`. One that is ready at once costs no timer.
pub async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Some(output),
        Poll::Pending => timeout(limit, future).await.ok(),
    }
}

/// Wakes those who wait for something to become true.
#[derive(Default)]
pub struct Changes {
    waiting: RefCell<Vec<(u64, Waker)>>,
    numbers: Cell<u64>,
}

impl Changes {
    /// All who wait look again.
    pub fn tell(&self) {
        if self.waiting.borrow().is_empty() {
            return;
        }
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Until `is_so` is true, which is asked now and after each [`Changes::tell`].
    pub fn until<F: FnMut() -> bool>(&self, is_so: F) -> Until<'_, F> {
        Until { changes: self, is_so, number: None }
    }
}

/// See [`Changes::until`]. Dropped, it waits no longer.
pub struct Until<'a, F> {
    changes: &'a Changes,
    is_so: F,
    number: Option<u64>,
}

impl<F: FnMut() -> bool + Unpin> Future for Until<'_, F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if (self.is_so)() {
            return Poll::Ready(());
        }
        let changes = self.changes;
        let number = *self.number.get_or_insert_with(|| {
            changes.numbers.set(changes.numbers.get() + 1);
            changes.numbers.get()
        });
        let mut waiting = changes.waiting.borrow_mut();
        match waiting.iter_mut().find(|(other, _)| *other == number) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => waiting.push((number, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl<F> Drop for Until<'_, F> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.changes.waiting.borrow_mut().retain(|(other, _)| *other != number);
        }
    }
}

/// Something that happens once; clones are the same.
#[derive(Clone, Default)]
pub struct Flag(Rc<Inner>);

#[derive(Default)]
struct Inner {
    is_set: Cell<bool>,
    changes: Changes,
}

impl Flag {
    pub fn set(&self) {
        if !self.0.is_set.replace(true) {
            self.0.changes.tell();
        }
    }

    pub fn is_set(&self) -> bool {
        self.0.is_set.get()
    }

    /// Until it is set.
    pub async fn wait(&self) {
        self.0.changes.until(|| self.is_set()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::task::{LocalSet, spawn_local, yield_now};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_not_ready_in_time_is_given_up() {
        let limit = Duration::from_secs(30);
        assert_eq!(within(limit, async { 1 }).await, Some(1));
        assert_eq!(within(limit, tokio::time::sleep(limit / 2)).await, Some(()));
        assert_eq!(within(limit, pending::<()>()).await, None);
    }

    #[tokio::test]
    async fn all_who_wait_see_a_change() {
        LocalSet::new()
            .run_until(async {
                let flag = Flag::default();
                let waiting: Vec<_> = (0..3)
                    .map(|_| {
                        let flag = flag.clone();
                        spawn_local(async move { flag.wait().await })
                    })
                    .collect();
                yield_now().await;
                assert_eq!(flag.0.changes.waiting.borrow().len(), 3);
                flag.set();
                for task in waiting {
                    task.await.expect("woken");
                }
                flag.wait().await;
            })
            .await;
    }

    #[tokio::test]
    async fn who_no_longer_waits_leaves_nothing_behind() {
        let changes = Changes::default();
        for _ in 0..1000 {
            let mut until = changes.until(|| false);
            poll_fn(|context| {
                for _ in 0..2 {
                    assert!(Pin::new(&mut until).poll(context).is_pending());
                }
                Poll::Ready(())
            })
            .await;
            assert_eq!(changes.waiting.borrow().len(), 1);
        }
        assert!(changes.waiting.borrow().is_empty());
    }

    #[tokio::test]
    async fn a_change_that_is_not_the_awaited_one_is_waited_past() {
        let (changes, count) = (Changes::default(), Cell::new(0));
        let mut until = changes.until(|| count.get() == 2);
        for expected in [false, false, true] {
            let is_ready =
                poll_fn(|context| Poll::Ready(Pin::new(&mut until).poll(context).is_ready())).await;
            assert_eq!(is_ready, expected);
            count.set(count.get() + 1);
            changes.tell();
        }
    }
}
