//! One build as a trace, for <https://ui.perfetto.dev> and `chrome://tracing`.
//!
//! The format is the Trace Event Format (Nduca and Sinclair, "Trace Event Format", 2016), of it
//! complete events (`X`) and metadata (`M`); times are microseconds since the build began.
//!
//! ```text
//! build    critical path  ██▒▒▒▒▒▒▒▒▒▒▒▒▒▒█████
//!          client         █▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄█
//!          engine           ██               ▄▄
//! stages   node-deps          ▄▄▄▄▄▄▄▄▄▄▄▄▄
//!          python-deps        ▄▄▄▄▄▄▄
//! ```

use serde::Serialize;
use serde_json::{Value, json};

use crate::report::escape;
use crate::timing::graph::Breakdown;
use crate::timing::record::{Record, TimeSpan};

/// A colour that the format reserves; in Chrome a strong red. Perfetto chooses its own colours,
/// there the lane of the critical path and the argument `critical` tell.
const CRITICAL_COLOUR: &str = "terrible";

/// The build as one JSON object in the Trace Event Format, on one line.
pub fn trace(record: &Record, breakdown: &Breakdown) -> String {
    let trace = json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "build": record.id,
            "started": record.started,
            "wall_ms": record.wall_ms,
            "ending": record.ending,
            "profile": record.series.profile,
            "plan": record.plan.hash,
        },
        "traceEvents": build(record, breakdown).events(1).chain(stages(record, breakdown).events(2)).collect::<Vec<_>>(),
    });
    format!("{}\n", escape::json(&trace.to_string()))
}

/// What is not a step's, under the critical path.
fn build(record: &Record, breakdown: &Breakdown) -> Process {
    let mut critical = Track::new("critical path");
    for link in &breakdown.critical {
        let category = if link.step.is_some() { "step" } else { "engine" };
        let arguments = json!({ "stage": link.stage, "step": link.step });
        critical.add(&link.label, category, link.span, arguments, true);
    }
    let mut client = Track::new("client");
    for phase in &record.phases {
        client.add(phase.kind.label(), "client", phase.span, json!({}), false);
    }
    let mut engine = Track::new("engine");
    for work in &record.works {
        for span in &work.spans {
            let arguments = json!({ "kind": work.kind, "state": work.state, "bytes": work.bytes, "error": work.error });
            engine.add(&work.label, "engine", *span, arguments, false);
        }
    }
    Process { name: "build", tracks: vec![critical, client, engine] }
}

/// A track a stage, in the order of the Dockerfile.
fn stages(record: &Record, breakdown: &Breakdown) -> Process {
    let mut tracks: Vec<Track> = Vec::new();
    for step in &record.steps {
        let known = tracks.iter().position(|track| track.name == step.stage);
        let track = known.unwrap_or_else(|| {
            tracks.push(Track::new(&step.stage));
            tracks.len() - 1
        });
        let is_critical =
            breakdown.critical.iter().any(|link| link.step.as_ref() == Some(&step.id));
        for span in &step.spans {
            let arguments = json!({
                "step": step.id,
                "state": step.state,
                "origin": step.origin.as_ref().map(ToString::to_string),
                "bytes": step.bytes,
                "error": step.error,
                "critical": is_critical,
            });
            tracks[track].add(&step.label, "step", *span, arguments, is_critical);
        }
    }
    Process { name: "stages", tracks }
}

/// A group of tracks.
struct Process {
    name: &'static str,
    tracks: Vec<Track>,
}

/// What belongs together. Events of one lane must not overlap, so a track has as many lanes as ran
/// at once in it.
struct Track {
    name: String,
    lanes: Vec<Vec<Event>>,
}

/// An event of the format.
#[derive(Serialize)]
struct Event {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    ph: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: usize,
    tid: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<&'static str>,
    args: Value,
}

impl Track {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), lanes: vec![Vec::new()] }
    }

    /// Adds an event to the first lane that is free.
    fn add(
        &mut self,
        name: &str,
        category: &'static str,
        span: TimeSpan,
        args: Value,
        critical: bool,
    ) {
        let start = span.start_ms.saturating_mul(1000);
        let event = Event {
            name: name.to_owned(),
            cat: Some(category),
            ph: "X",
            ts: Some(start),
            dur: Some(span.length_ms().saturating_mul(1000)),
            pid: 0,
            tid: 0,
            cname: critical.then_some(CRITICAL_COLOUR),
            args,
        };
        let end = start.saturating_add(event.dur.unwrap_or(0));
        let free =
            self.lanes.iter_mut().find(|lane| lane.iter().all(|other| other.is_apart(start, end)));
        match free {
            Some(lane) => lane.push(event),
            None => self.lanes.push(vec![event]),
        }
    }
}

impl Event {
    /// Whether it ends before `start` or begins after `end`, in microseconds.
    fn is_apart(&self, start: u64, end: u64) -> bool {
        let (begin, length) = (self.ts.unwrap_or(0), self.dur.unwrap_or(0));
        begin >= end || begin.saturating_add(length) <= start
    }

    fn metadata(name: &str, pid: usize, tid: usize, args: Value) -> Self {
        let name = name.to_owned();
        Self { name, cat: None, ph: "M", ts: None, dur: None, pid, tid, cname: None, args }
    }
}

impl Process {
    /// All events, with the names of the lanes in front.
    fn events(self, pid: usize) -> impl Iterator<Item = Event> {
        let mut names = vec![
            Event::metadata("process_name", pid, 0, json!({ "name": self.name })),
            Event::metadata("process_sort_index", pid, 0, json!({ "sort_index": pid })),
        ];
        let mut events = Vec::new();
        let mut tid = 0;
        for track in self.tracks {
            for lane in track.lanes {
                tid += 1;
                let index = json!({ "sort_index": tid });
                names.push(Event::metadata("thread_name", pid, tid, json!({ "name": track.name })));
                names.push(Event::metadata("thread_sort_index", pid, tid, index));
                events.extend(lane.into_iter().map(|event| Event { pid, tid, ..event }));
            }
        }
        names.into_iter().chain(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::WorkKind;
    use crate::timing::graph::breakdown;
    use crate::timing::graph::testing::{build, phase, step, work};
    use crate::timing::record::PhaseKind;

    fn parsed(record: &Record) -> Value {
        serde_json::from_str(&trace(record, &breakdown(record))).unwrap()
    }

    fn events<'a>(trace: &'a Value, kind: &str) -> Vec<&'a Value> {
        let events = trace["traceEvents"].as_array().unwrap();
        events.iter().filter(|event| event["ph"] == kind).collect()
    }

    fn example() -> Record {
        Record {
            works: vec![work(WorkKind::Base, "FROM docker.io/mad/base:trixie", 5, 10)],
            phases: vec![phase(PhaseKind::Upload, 0, 4), phase(PhaseKind::Solve, 0, 90)],
            ..build(vec![
                step("slow.1", &[], &[(10, 50)]),
                step("quick.1", &[], &[(10, 20), (21, 30)]),
                step("quick.2", &[], &[(15, 40)]),
                step("final.1", &["slow.1", "quick.1"], &[(50, 90)]),
            ])
        }
    }

    #[test]
    fn every_event_has_what_the_format_asks_for() {
        let trace = parsed(&example());
        for event in events(&trace, "X") {
            for key in ["ts", "dur", "pid", "tid"] {
                assert!(event[key].is_u64(), "{key} of {event}");
            }
            assert!(event["name"].is_string() && event["cat"].is_string(), "{event}");
        }
        assert!(events(&trace, "M").iter().all(|event| event["args"].is_object()));
        assert_eq!(
            events(&trace, "X").len() + events(&trace, "M").len(),
            trace["traceEvents"].as_array().unwrap().len()
        );
    }

    #[test]
    fn events_of_one_lane_do_not_overlap() {
        let trace = parsed(&example());
        let complete = events(&trace, "X");
        for (index, one) in complete.iter().enumerate() {
            for other in &complete[index + 1..] {
                if (&one["pid"], &one["tid"]) != (&other["pid"], &other["tid"]) {
                    continue;
                }
                let end =
                    |event: &Value| event["ts"].as_u64().unwrap() + event["dur"].as_u64().unwrap();
                let apart = end(one) <= other["ts"].as_u64().unwrap()
                    || end(other) <= one["ts"].as_u64().unwrap();
                assert!(apart, "{one} {other}");
            }
        }
    }

    #[test]
    fn every_stage_has_a_lane_and_the_critical_path_is_marked() {
        let trace = parsed(&example());
        let names: Vec<&str> = events(&trace, "M")
            .into_iter()
            .filter(|event| event["name"] == "thread_name")
            .map(|event| event["args"]["name"].as_str().unwrap())
            .collect();
        let expected =
            ["critical path", "client", "client", "engine", "slow", "quick", "quick", "final"];
        assert_eq!(names, expected, "two lanes where two things ran at once");
        let marked: Vec<&str> = events(&trace, "X")
            .into_iter()
            .filter(|event| event["args"]["critical"] == true)
            .map(|event| event["name"].as_str().unwrap())
            .collect();
        assert_eq!(marked, ["RUN slow.1", "RUN final.1"]);
        let last = events(&trace, "X").into_iter().next_back().unwrap();
        assert_eq!((&last["ts"], &last["dur"]), (&json!(50_000), &json!(40_000)));
        assert_eq!(last["cname"], CRITICAL_COLOUR);
    }

    #[test]
    fn a_build_without_anything_is_a_trace_too() {
        assert!(events(&parsed(&build(Vec::new())), "X").is_empty());
    }
}
