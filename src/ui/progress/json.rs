//! `--progress json`: one event a line on standard output, schema `mad.build-event/1`.
//!
//! Every line is an object with `schema` and `type`. Times (`at`, `started`, `completed`) are
//! RFC 3339, by the engine's clock, `null` where unknown; durations (`…_ms`) are milliseconds,
//! sizes (`…bytes`) bytes. Readers ignore types and keys that they do not know; new ones do not
//! change the schema's number, changed or removed ones do.
//!
//! | type | keys beside `schema` and `type` |
//! |---|---|
//! | `build-started` | `profile`, `build_ref`, `engine`, `plan_hash`, `steps` (how many), `context_bytes` |
//! | `context-uploaded` | `bytes`, `total_bytes`; at every tenth of the way, at the end always |
//! | `step-started` | `at`, `id`, `stage`, `ordinal`, `instruction`; again if the step begins again |
//! | `step-log` | `at`, `id`, `stream` (`stdout`, `stderr`), `line`; `unfinished: true` for a line as it stands, before its end |
//! | `step-finished` | `id`, `stage`, `ordinal`, `instruction`, `state`, `cached`, `started`, `completed`, `duration_ms`, `error`, `same_as` |
//! | `engine-started`, `engine-log`, `engine-finished` | as for steps, `kind` (`base`, `export`, `internal`) in place of `stage` and `ordinal` |
//! | `engine-transfer` | `id`, `transfer`, `bytes`, `total_bytes` (0 unknown), `done`; at every tenth of the way, at the end always |
//! | `warning` | `text`, `url` |
//! | `build-finished` | `outcome` (`built`, `failed`, `interrupted`), `image_id`, `tags`, `size_bytes`, `started`, `wall_ms`, `engine_wall_ms`, `totals`, `failure`, `steps`, `engine` |
//! | `build-judged` | `judgement`, as in `mad.report/1`; after `build-finished`, where the history can be read |
//!
//! `state` is `waiting`, `running`, `done`, `cached`, `shared` (the same as the step `same_as`,
//! which carries the time), `failed` or `canceled`. `steps` and `engine` of `build-finished` hold the
//! keys of `step-finished` and `engine-finished` for all work. `failure` is `null` or `id`, `error`,
//! `origin` (the place in the template) and `log` (the last 40 lines).

use std::collections::HashMap;

use jiff::Timestamp;

use super::Progress;
use super::clock::EngineClock;
use super::event::{Envelope, Event, Facts, Failure, Name, SCHEMA, ms};
use super::open::Out;
use super::unfinished::Unfinished;
use crate::timing::judge::Judgement;
use crate::timing::{BuildEnd, BuildStart, Change, Outcome, Tracker, Work, WorkKind};

pub(super) struct Json {
    out: Out,
    /// Tenths that were reported of the upload (`None`) and of transfers.
    reported: HashMap<Option<(usize, usize)>, u64>,
    unfinished: Unfinished,
    clock: EngineClock,
}

impl Json {
    pub(super) fn new(out: Out) -> Self {
        Self {
            out,
            reported: HashMap::new(),
            unfinished: Unfinished::default(),
            clock: EngineClock::default(),
        }
    }

    fn write(&mut self, event: Event<'_>) {
        let line = serde_json::to_string(&Envelope { schema: SCHEMA, event });
        let _ = writeln!(self.out, "{}", line.expect("events have string keys only"));
    }

    /// Whether another tenth of the way, or the end, is reached.
    fn is_news(&mut self, what: Option<(usize, usize)>, done: u64, total: u64, end: bool) -> bool {
        let tenth = match (end, total) {
            (true, _) => 11,
            (false, 0) => 0,
            (false, total) => (u128::from(done) * 10 / u128::from(total)).min(10) as u64,
        };
        let last = self.reported.insert(what, tenth);
        last.is_none_or(|last| last < tenth)
    }

    fn log(
        &mut self,
        tracker: &Tracker,
        work: usize,
        stream: i64,
        at: Option<Timestamp>,
        line: &str,
        unfinished: bool,
    ) {
        let Work { id, kind, .. } = &tracker.works()[work];
        let stream = if stream == 2 { "stderr" } else { "stdout" };
        self.write(match kind {
            WorkKind::Step => Event::StepLog { at, id, stream, line, unfinished },
            _ => Event::EngineLog { at, id, stream, line, unfinished },
        });
    }

    fn change(&mut self, tracker: &Tracker, change: &Change) {
        let of = |work: &usize| &tracker.works()[*work];
        match change {
            Change::Started { work, at } => {
                let (at, name) = (*at, Name::of(of(work)));
                self.write(match of(work).kind {
                    WorkKind::Step => Event::StepStarted { at, step: name },
                    _ => Event::EngineStarted { at, work: name },
                });
            }
            Change::Log { work, stream, at, line } => {
                self.unfinished.ended(*work, *stream, line);
                self.log(tracker, *work, *stream, *at, line, false);
            }
            Change::Transfer { work, transfer } => {
                let moved = &of(work).transfers[*transfer];
                let what = Some((*work, *transfer));
                if self.is_news(what, moved.current, moved.total, moved.done) {
                    self.write(Event::EngineTransfer {
                        id: &of(work).id,
                        transfer: &moved.id,
                        bytes: moved.current,
                        total_bytes: moved.total,
                        done: moved.done,
                    });
                }
            }
            Change::Ended { work } => {
                let facts = Facts::of(of(work), tracker);
                self.write(match of(work).kind {
                    WorkKind::Step => Event::StepFinished { step: facts },
                    _ => Event::EngineFinished { work: facts },
                });
            }
            Change::Warning { text, url } => self.write(Event::Warning { text, url }),
        }
    }
}

impl Progress for Json {
    fn started(&mut self, start: &BuildStart) {
        self.write(Event::BuildStarted {
            profile: &start.profile,
            build_ref: &start.build_ref,
            engine: &start.engine,
            plan_hash: &start.plan_hash,
            steps: start.steps,
            context_bytes: start.context_bytes,
        });
        let _ = self.out.flush();
    }

    fn uploaded(&mut self, bytes: u64, total: u64) {
        if self.is_news(None, bytes, total, bytes >= total) {
            self.write(Event::ContextUploaded { bytes, total_bytes: total });
        }
    }

    fn changed(&mut self, tracker: &Tracker, changes: &[Change]) {
        self.clock.observe(tracker.latest());
        for change in changes {
            self.change(tracker, change);
        }
        let _ = self.out.flush();
    }

    fn tick(&mut self, tracker: &Tracker) {
        let now = self.clock.now();
        for (work, stream, line) in self.unfinished.due(tracker, now) {
            self.log(tracker, work, stream, Some(now), &line, true);
            let _ = self.out.flush();
        }
    }

    fn judged(&mut self, judgement: &Judgement) {
        self.write(Event::BuildJudged { judgement });
        let _ = self.out.flush();
    }

    fn finished(&mut self, tracker: &Tracker, end: &BuildEnd) {
        let (outcome, image) = match &end.outcome {
            Outcome::Built { image_id, tags, size_bytes } => {
                ("built", Some((image_id.as_str(), tags.as_slice(), *size_bytes)))
            }
            Outcome::Failed => ("failed", None),
            Outcome::Interrupted => ("interrupted", None),
        };
        let origin = end.failure_origin.as_deref();
        self.write(Event::BuildFinished {
            outcome,
            image_id: image.map(|(id, _, _)| id),
            tags: image.map_or(&[], |(_, tags, _)| tags),
            size_bytes: image.map(|(_, _, size)| size),
            started: tracker.first(),
            wall_ms: ms(end.wall),
            engine_wall_ms: ms(tracker.wall()),
            totals: tracker.totals(),
            failure: tracker.culprit().map(|work| Failure::of(work, origin)),
            steps: tracker.steps().map(|work| Facts::of(work, tracker)).collect(),
            engine: tracker.engine_works().map(|work| Facts::of(work, tracker)).collect(),
        });
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::summary::tests::{end, image_built};
    use super::super::testing::printed;
    use super::*;

    fn text(name: &str, outcome: Outcome) -> String {
        let text = printed(Json::new, name, &end(outcome));
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["schema"], SCHEMA);
            assert!(event["type"].is_string());
        }
        text
    }

    #[test]
    fn cold_build() {
        insta::assert_snapshot!(text("cold", image_built()));
    }

    #[test]
    fn failed_build() {
        let text = text("failed", Outcome::Failed);
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["outcome"], "failed");
        assert_eq!(last["image_id"], Value::Null);
        assert_eq!(last["failure"]["id"], "node-deps-3");
        assert_eq!(last["failure"]["origin"], "templates/stages/node-deps.j2:14");
        assert_eq!(last["failure"]["log"].as_array().unwrap().len(), 40);
        assert_eq!(last["totals"]["canceled"], 1);
    }

    #[test]
    fn shared_steps_name_the_one_that_ran() {
        let text = text("shared", image_built());
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let shared = &last["steps"][2];
        assert_eq!((&shared["state"], &shared["same_as"]), (&"shared".into(), &"one-2".into()));
    }
}
