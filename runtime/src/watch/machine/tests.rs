use serde_json::json;

use super::*;

/// A machine, and supervisord as it would answer.
struct Bench {
    machine: Machine,
    now: Time,
    list: BTreeMap<String, Seen>,
    next_pid: u32,
    events: Vec<Event>,
    kills: Vec<String>,
    starts: Vec<String>,
    questions: Vec<(String, u32)>,
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn wrong() -> Answer {
    Answer::Wrong { reason: "503".into(), late: false, busy: false }
}

fn late(busy: bool) -> Answer {
    Answer::Wrong { reason: "no answer".into(), late: true, busy }
}

impl Bench {
    fn new(services: serde_json::Value) -> Self {
        let config =
            runtime_config::RuntimeConfig::parse(&json!({"services": services}).to_string());
        let services = config.expect("valid").services;
        let stopped = |name: &String| {
            let seen = Seen {
                service: name.clone(),
                state: State::Stopped,
                pid: 0,
                up: Duration::ZERO,
                was_started: false,
                end: String::new(),
            };
            (name.clone(), seen)
        };
        let list = services.keys().map(stopped).collect();
        let mut bench = Self {
            machine: Machine::new(services, Box::new(|| 0.5)),
            now: Duration::from_secs(1000),
            list,
            next_pid: 100,
            events: Vec::new(),
            kills: Vec::new(),
            starts: Vec::new(),
            questions: Vec::new(),
        };
        bench.look();
        bench
    }

    fn look(&mut self) {
        let list: Vec<_> = self.list.values().cloned().collect();
        self.machine.seen(self.now, &list);
        self.act();
    }

    /// Does as supervisord would, until nothing more is to be done.
    fn act(&mut self) {
        loop {
            self.machine.due(self.now);
            let actions = self.machine.take();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Start { service } => {
                        self.starts.push(service.clone());
                        self.machine.started(&service);
                        self.next_pid += 1;
                        let seen = self.list.get_mut(&service).expect("known");
                        (seen.state, seen.pid, seen.was_started) =
                            (State::Running, self.next_pid, true);
                    }
                    Action::Stop { service } => self.set(&service, State::Stopped, ""),
                    Action::Kill { service, .. } => {
                        self.kills.push(service.clone());
                        self.set(&service, State::Exited, "ended by a signal");
                    }
                    Action::Record { event, .. } => self.events.push(event),
                    Action::Probe { service, pid } => self.questions.push((service, pid)),
                    Action::Await { .. } | Action::Clear { .. } => {}
                }
            }
            let list: Vec<_> = self.list.values().cloned().collect();
            self.machine.seen(self.now, &list);
        }
    }

    fn set(&mut self, service: &str, state: State, end: &str) {
        let seen = self.list.get_mut(service).expect("known");
        (seen.state, seen.pid, seen.end) = (state, 0, end.into());
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.act();
    }

    /// Gives this answer to the question that this program was asked.
    #[track_caller]
    fn answer(&mut self, service: &str, answer: Answer) {
        let at = self.questions.iter().position(|(name, _)| name == service).expect("asked");
        let (name, pid) = self.questions.remove(at);
        self.machine.answered(self.now, &name, pid, self.now, answer);
        self.act();
    }

    /// Lets a second pass and gives this answer, so many times.
    #[track_caller]
    fn answers(&mut self, service: &str, answer: &Answer, count: usize) {
        for _ in 0..count {
            self.pass(ms(1000));
            self.answer(service, answer.clone());
        }
    }

    fn phase(&self, service: &str) -> Phase {
        self.machine.units[service].phase
    }

    /// What is wrong, as the ledger has it.
    fn kinds(&self) -> Vec<Kind> {
        let kinds = self.events.iter().filter_map(|event| match event {
            Event::Detected { kind, .. } => Some(*kind),
            _ => None,
        });
        kinds.collect()
    }
}

fn program(more: serde_json::Value) -> serde_json::Value {
    let mut program = json!({"command": ["x"], "ready": {"tcp": ":1"}});
    program.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    program
}

fn on(port: u16, needs: serde_json::Value) -> serde_json::Value {
    program(json!({"ready": {"tcp": format!(":{port}")}, "needs": needs}))
}

#[test]
fn each_is_started_when_what_it_needs_is_ready() {
    let mut bench = Bench::new(json!({
        "c": on(3, json!({"b": "ready"})), "b": on(2, json!({"a": "ready"})), "a": on(1, json!({})),
    }));
    assert_eq!(bench.starts, ["a"]);
    bench.answer("a", wrong());
    assert_eq!(bench.starts, ["a"]);
    bench.pass(ms(1000));
    bench.answer("a", Answer::Right);
    assert_eq!(bench.starts, ["a", "b"]);
    bench.answer("b", Answer::Right);
    assert_eq!(bench.starts, ["a", "b", "c"]);
    bench.answer("c", Answer::Right);
    assert!(bench.kinds().is_empty(), "{:?}", bench.events);
}

#[test]
fn a_program_that_ends_is_started_after_the_delay() {
    let mut bench = Bench::new(json!({"a": program(json!({"restart": {"delay": "2s"}}))}));
    bench.answer("a", Answer::Right);
    bench.set("a", State::Exited, "exited with 0");
    bench.look();
    assert_eq!((bench.phase("a"), bench.starts.len()), (Phase::Down, 1));
    bench.pass(ms(1999));
    assert_eq!(bench.starts.len(), 1);
    bench.pass(ms(1));
    assert_eq!(bench.starts.len(), 2);
    bench.answer("a", Answer::Right);
    assert_eq!(bench.kinds(), [Kind::Crash]);
    assert!(matches!(bench.events.last(), Some(Event::Recovered { incident: 1, .. })));
}

#[test]
fn three_wrong_answers_in_a_row_end_it_and_two_do_not() {
    let mut bench = Bench::new(json!({"a": program(json!({}))}));
    bench.answer("a", Answer::Right);
    bench.answers("a", &wrong(), 2);
    bench.answers("a", &Answer::Right, 1);
    bench.answers("a", &wrong(), 2);
    assert!(bench.kills.is_empty());
    bench.answers("a", &wrong(), 1);
    assert_eq!((bench.kills.len(), bench.kinds()), (1, vec![Kind::Unhealthy]));
}

#[test]
fn in_the_grace_after_a_start_nothing_counts_and_then_it_does() {
    let mut bench =
        Bench::new(json!({"a": program(json!({"ready": {"tcp": ":1", "grace": "10s"}}))}));
    bench.answer("a", wrong());
    bench.answers("a", &wrong(), 9);
    assert!(bench.kills.is_empty());
    bench.answers("a", &wrong(), 3);
    assert_eq!(bench.kills, ["a"]);
}

#[test]
fn a_busy_program_is_not_hung_for_a_while() {
    let probe = json!({"ready": {"tcp": ":1", "busy": "20s"}});
    let mut bench = Bench::new(json!({"a": program(probe)}));
    bench.answer("a", Answer::Right);
    bench.answers("a", &late(true), 19);
    bench.answers("a", &Answer::Right, 1);
    bench.answers("a", &late(true), 20);
    assert!(bench.kills.is_empty());
    bench.answers("a", &late(true), 3);
    assert_eq!((bench.kills.len(), bench.kinds()), (1, vec![Kind::Hang]));
    let mut idle = Bench::new(json!({"a": program(json!({}))}));
    idle.answer("a", Answer::Right);
    idle.answers("a", &late(false), 3);
    assert_eq!(idle.kills.len(), 1);
}

#[test]
fn nobody_is_to_blame_for_the_time_in_which_the_container_stood_still() {
    let mut bench = Bench::new(json!({"a": program(json!({}))}));
    bench.answer("a", Answer::Right);
    bench.answers("a", &late(false), 2);
    bench.pass(ms(60_000));
    let asked = bench.now;
    bench.machine.stalled(bench.now + ms(1));
    let pid = bench.machine.units["a"].pid;
    bench.questions.clear();
    bench.machine.answered(bench.now + ms(2), "a", pid, asked, late(false));
    bench.pass(ms(2000));
    bench.answer("a", Answer::Right);
    assert!(bench.kills.is_empty());
}

#[test]
fn the_failure_of_one_does_not_spread() {
    let mut bench = Bench::new(json!({"a": on(1, json!({})), "b": on(2, json!({"a": "ready"}))}));
    bench.answer("a", Answer::Right);
    bench.answer("b", Answer::Right);
    bench.set("a", State::Exited, "exited with 1");
    bench.look();
    // b answers wrongly while a is down, and a moment longer.
    bench.answers("b", &wrong(), 4);
    bench.answer("a", Answer::Right);
    bench.answers("b", &wrong(), 4);
    assert!(bench.kills.is_empty(), "{:?}", bench.events);
    bench.pass(ms(5000));
    bench.answer("b", wrong());
    bench.answer("a", Answer::Right);
    for _ in 0..3 {
        bench.pass(ms(1000));
        bench.answer("a", Answer::Right);
        bench.answer("b", wrong());
    }
    assert_eq!(bench.kills, ["b"]);
}

#[test]
fn what_is_bound_stops_and_starts_with_what_it_is_bound_to() {
    let mut bench = Bench::new(json!({"a": on(1, json!({})), "b": on(2, json!({"a": "bound"}))}));
    bench.answer("a", Answer::Right);
    bench.answer("b", Answer::Right);
    bench.set("a", State::Exited, "exited with 1");
    bench.look();
    assert_eq!(
        (bench.phase("b"), bench.kinds()),
        (Phase::Held, vec![Kind::Crash, Kind::Dependency])
    );
    bench.pass(ms(1000));
    bench.answer("a", Answer::Right);
    assert_eq!(bench.starts, ["a", "b", "a", "b"]);
    bench.questions.retain(|(_, pid)| *pid == bench.next_pid);
    bench.answer("b", Answer::Right);
    assert_eq!((bench.phase("b"), bench.events.len()), (Phase::Ready, 9));
}

#[test]
fn what_an_operator_stops_stays_stopped_until_he_starts_it() {
    let mut bench = Bench::new(json!({"a": program(json!({}))}));
    bench.answer("a", Answer::Right);
    bench.set("a", State::Stopped, "");
    bench.look();
    bench.pass(Duration::from_secs(3600));
    bench.look();
    assert_eq!((bench.phase("a"), bench.starts.len()), (Phase::Stopped, 1));
    let seen = bench.list.get_mut("a").expect("known");
    (seen.state, seen.pid) = (State::Running, 4711);
    bench.look();
    bench.answer("a", Answer::Right);
    assert_eq!((bench.phase("a"), bench.kinds()), (Phase::Ready, vec![]));
}

#[test]
fn what_is_fatal_is_started_again_and_not_more_often_than_the_budget() {
    let restart = json!({"restart": {"delay": "1s", "max_delay": "4s", "budget": "5/h"}});
    let mut bench = Bench::new(json!({"a": program(restart)}));
    for _ in 0..3600 {
        bench.set("a", State::Fatal, "ended within 3s of its start");
        bench.look();
        bench.pass(ms(1000));
    }
    // The first, and five in the hour.
    assert_eq!(bench.starts.len(), 6);
    let exhausted = |event: &&Event| matches!(event, Event::Exhausted { .. });
    assert_eq!(bench.events.iter().filter(exhausted).count(), 1);
    assert_eq!(bench.kinds(), [Kind::Start]);
    bench.pass(ms(60_000));
    assert_eq!(bench.starts.len(), 7);
}

#[test]
fn a_program_that_fails_is_left_alone_when_it_could_not_be_started_again() {
    let restart = json!({"restart": {"delay": "1s", "budget": "1/h"}});
    let mut bench = Bench::new(json!({"a": program(restart)}));
    bench.answer("a", Answer::Right);
    bench.set("a", State::Exited, "exited with 1");
    bench.look();
    bench.pass(ms(1000));
    bench.questions.clear();
    bench.machine.units.get_mut("a").expect("known").probing = false;
    bench.act();
    bench.answer("a", Answer::Right);
    bench.answers("a", &wrong(), 10);
    assert!(bench.kills.is_empty());
    bench.answers("a", &Answer::Right, 1);
    assert!(matches!(bench.events.last(), Some(Event::Recovered { incident: 2, .. })));
    bench.answers("a", &wrong(), 2);
    bench.pass(Duration::from_secs(3600));
    bench.answer("a", wrong());
    assert_eq!(bench.kills, ["a"]);
}

#[test]
fn a_former_watchs_incident_is_gone_on_with() {
    let mut bench = Bench::new(json!({"a": program(json!({}))}));
    bench.machine.adopt("a", 7, Kind::Crash);
    bench.answer("a", Answer::Right);
    assert!(matches!(bench.events.last(), Some(Event::Recovered { incident: 7, .. })));
}

#[test]
fn a_program_without_a_question_is_ready_when_it_runs() {
    let mut bench = Bench::new(json!({"a": {"command": ["x"]}, "b": {"command": ["x"]}}));
    assert_eq!(bench.phase("a"), Phase::Ready);
    bench.set("b", State::Exited, "exited with 0");
    bench.look();
    bench.pass(ms(200));
    assert_eq!((bench.starts.len(), bench.phase("b")), (3, Phase::Ready));
}

#[test]
fn a_list_from_before_a_start_says_nothing_about_it() {
    let restart = json!({"restart": {"delay": "1s", "budget": "3/h"}});
    let mut bench = Bench::new(json!({"a": program(restart)}));
    bench.set("a", State::Fatal, "ended within 3s of its start");
    bench.look();
    let old: Vec<_> = bench.list.values().cloned().collect();
    bench.now += ms(1000);
    bench.machine.due(bench.now);
    bench.machine.seen(bench.now, &old);
    assert_eq!(bench.phase("a"), Phase::Asked);
    // supervisord has answered, and the program is gone already.
    bench.machine.started("a");
    bench.machine.seen(bench.now, &old);
    assert_eq!(bench.phase("a"), Phase::Down);
}

#[test]
fn a_start_of_which_nothing_is_heard_counts_against_the_budget() {
    let restart = json!({"restart": {"delay": "1s", "budget": "3/h"}});
    let mut bench = Bench::new(json!({"a": program(restart)}));
    bench.set("a", State::Fatal, "ended within 3s of its start");
    bench.look();
    for _ in 0..600 {
        bench.now += ms(1000);
        bench.machine.due(bench.now);
    }
    let starts = bench.machine.take().into_iter();
    assert_eq!(starts.filter(|action| matches!(action, Action::Start { .. })).count(), 3);
}

#[test]
fn a_process_from_before_this_watch_is_as_old_as_it_is() {
    let mut bench = Bench::new(json!({"a": program(json!({}))}));
    let seen = bench.list.get_mut("a").expect("known");
    (seen.state, seen.pid, seen.up) = (State::Running, 4711, Duration::from_secs(60));
    bench.look();
    assert_eq!(bench.machine.units["a"].since, bench.now - Duration::from_secs(60));
    // Its grace is over: three wrong answers count.
    bench.questions.remove(0);
    bench.answer("a", wrong());
    bench.answers("a", &wrong(), 2);
    assert_eq!(bench.kills, ["a"]);
}
