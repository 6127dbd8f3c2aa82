//! What the tests of the displays need: a stream to look into, and a whole build to replay.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::Progress;
use super::open::Out;
use crate::timing::testing::Recorded;
use crate::timing::{BuildEnd, BuildStart, Tracker};

/// A stream that can be read back.
#[derive(Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub(super) fn out(&self) -> Out {
        Box::new(self.clone())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(super) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(super) fn start() -> BuildStart {
    BuildStart {
        profile: "cpu".into(),
        build_ref: "q1w2e3".into(),
        engine: "docker 20.10.24".into(),
        plan_hash: "3f2a9c81".into(),
        steps: 7,
        context_bytes: 3_400_000,
    }
}

/// All that a display writes of a recorded build.
pub(super) fn printed<P: Progress>(
    display: impl FnOnce(Out) -> P,
    recorded: &str,
    end: &BuildEnd,
) -> String {
    let sink = Sink::default();
    replay(&mut display(sink.out()), &Recorded::named(recorded), end);
    sink.text()
}

/// Replays a recorded build into a display.
pub(super) fn replay(display: &mut dyn Progress, recorded: &Recorded, end: &BuildEnd) {
    let mut tracker = Tracker::new(recorded.steps.clone());
    display.started(&start());
    display.uploaded(1_200_000, 3_400_000);
    display.uploaded(3_400_000, 3_400_000);
    for update in &recorded.updates {
        let changes = tracker.update(update);
        display.changed(&tracker, &changes);
        display.tick(&tracker);
    }
    display.finished(&tracker, end);
}
