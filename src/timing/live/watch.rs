//! The loop that follows one solve: every status goes to the tracker, every change to a listener.
//!
//! One loop for builds and for proofs, so that both show the same.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Change, Tracker};
use engine::{Builder, SolveError, SolveEvent, SolveRequest};

/// How often a listener is asked to redraw.
const TICK: Duration = Duration::from_millis(80);

/// What happened.
#[derive(Debug)]
pub enum WatchEvent<'a> {
    /// Bytes of the context sent, and in all.
    Uploaded(u64, u64),
    /// The tracker took a message in.
    Changed(&'a [Change]),
    /// Time passed.
    Tick,
}

/// Whoever follows a solve.
pub type Listener<'a> = dyn FnMut(WatchEvent<'_>, &Tracker) + Send + 'a;

/// Solves, and passes on what happens meanwhile.
pub async fn watch(
    engine: &dyn Builder,
    request: SolveRequest,
    cancel: &CancellationToken,
    tracker: &mut Tracker,
    listener: &mut Listener<'_>,
) -> Result<(), SolveError> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut solving = engine.solve(request, sender, cancel.clone());
    let mut tick = tokio::time::interval(TICK);
    let solved = loop {
        tokio::select! {
            solved = &mut solving => break solved,
            Some(event) = events.recv() => take(event, tracker, listener),
            _ = tick.tick() => listener(WatchEvent::Tick, tracker),
        }
    };
    while let Ok(event) = events.try_recv() {
        take(event, tracker, listener);
    }
    solved.map(drop)
}

fn take(event: SolveEvent, tracker: &mut Tracker, listener: &mut Listener<'_>) {
    match event {
        SolveEvent::Uploaded { bytes, total } => {
            listener(WatchEvent::Uploaded(bytes, total), tracker)
        }
        SolveEvent::Status(update) => {
            let changes = tracker.update(&update);
            tracker.arrived(jiff::Timestamp::now());
            listener(WatchEvent::Changed(&changes), tracker);
        }
    }
}
