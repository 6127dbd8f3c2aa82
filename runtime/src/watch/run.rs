//! Carries out what the machine decides.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use runtime_config::Services;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, sleep_until};
use tracing::{info, warn};

use super::activity::Activity;
use super::event::{Act, Event};
use super::history::{Outcome, history};
use super::ledger::{self, Ledger};
use super::listener::Listener;
use super::machine::{Action, Machine, Seen};
use super::memory::Text;
use super::probe::{Asked, Wrong, ask};
use super::report::report;
use super::restarts::Time;
use super::socket;
use super::supervisor::{CallError, Supervisor};
use super::unit::{Answer, State};
use crate::tree;

/// The watch's clock begins a day late, so that starts of a former watch have a place before it.
const BEGIN: Time = Duration::from_secs(86_400);
/// Between two looks at supervisord's list when no event comes.
const LOOK: Duration = Duration::from_secs(10);
/// The same before the first event: supervisord sends none until the listener has run for `startsecs`.
const FIRST_LOOKS: Duration = Duration::from_millis(250);
const TOUCH: Duration = Duration::from_secs(10);
/// After the last event of a round; the text of the program is given back then.
const REST: Duration = Duration::from_millis(50);
/// The longest sleep, and how much later than it the watch may wake up until it knows that it was stopped.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
const STALL: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("`watch` is started by supervisord, as an event listener: {0}")]
    Listener(std::io::Error),
    #[error("cannot start: {0}")]
    Start(std::io::Error),
}

enum Message {
    /// supervisord has sent an event, or has gone.
    Event(std::io::Result<Option<String>>),
    Seen(Result<Vec<Seen>, CallError>),
    Answered {
        service: String,
        pid: u32,
        asked: Time,
        answer: Answer,
    },
    Refused {
        service: String,
        reason: CallError,
    },
    /// supervisord has started it.
    Started {
        service: String,
    },
    /// A process has ended; supervisord may not have seen it yet.
    Ended,
}

/// Runs until supervisord ends it.
pub fn watch(services: Services, directory: &Path) -> Result<(), WatchError> {
    let text = Arc::new(Text::find());
    let asleep = text.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || asleep.asleep())
        .build()
        .map_err(WatchError::Start)?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut watch = Watch::new(services, directory);
        watch.adopt();
        watch.run(&text).await
    })
}

struct Watch {
    services: Rc<Services>,
    directory: PathBuf,
    supervisor: Supervisor,
    machine: Machine,
    ledger: Option<Ledger>,
    begin: Instant,
    /// Where the log of each program ended before its process was started.
    log_starts: HashMap<String, u64>,
    seen_once: bool,
    looking: bool,
    /// The list that is on its way may be from before a start.
    outdated: bool,
    look_at: Time,
    heard: bool,
    /// supervisord is ending everything.
    stopping: bool,
    send: UnboundedSender<Message>,
    messages: UnboundedReceiver<Message>,
}

impl Watch {
    fn new(services: Services, directory: &Path) -> Self {
        let (send, messages) = unbounded_channel();
        let ledger = Ledger::open(directory);
        if let Err(error) = &ledger {
            warn!(%error, "no ledger: incidents are not kept");
        }
        Self {
            machine: Machine::new(services.clone(), Box::new(random)),
            services: Rc::new(services),
            directory: directory.to_owned(),
            supervisor: Supervisor::new(directory),
            ledger: ledger.ok(),
            begin: Instant::now(),
            log_starts: HashMap::new(),
            seen_once: false,
            looking: false,
            outdated: false,
            look_at: BEGIN,
            heard: false,
            stopping: false,
            send,
            messages,
        }
    }

    fn now(&self) -> Time {
        BEGIN + self.begin.elapsed()
    }

    /// Takes up what a former watch had begun.
    fn adopt(&mut self) {
        let now_ms = ledger::millis(SystemTime::now());
        let records = ledger::read(&self.directory).unwrap_or_default();
        let incidents = history(&records, now_ms).incidents;
        self.machine.count_from(incidents.iter().map(|one| one.number + 1).max().unwrap_or(1));
        for one in incidents.iter().filter(|one| one.outcome == Outcome::Open) {
            self.machine.adopt(&one.service, one.number, one.kind);
        }
        for record in &records {
            if let Event::Acted { service, action: Act::Start, .. } = &record.event {
                let ago = Duration::from_millis(now_ms.saturating_sub(record.at_ms));
                if let Some(at) = BEGIN.checked_sub(ago) {
                    self.machine.adopt_restart(service, at);
                }
            }
        }
        let version = env!("CARGO_PKG_VERSION").into();
        self.record(self.now(), Event::WatchStarted { version });
    }

    async fn run(&mut self, text: &Text) -> Result<(), WatchError> {
        let mut listener = Listener::start().map_err(WatchError::Listener)?;
        listener.ready().map_err(WatchError::Listener)?;
        let events = self.send.clone();
        spawn_local(async move {
            loop {
                let event = listener.event().await;
                let last = !matches!(event, Ok(Some(_)));
                if events.send(Message::Event(event)).is_err() || last {
                    return;
                }
            }
        });
        let socket = socket::listen(&self.directory).map_err(WatchError::Start)?;
        let mut stop = signal(SignalKind::terminate()).map_err(WatchError::Start)?;
        let mut touched = Instant::now();
        let mut awake = true;
        loop {
            let look_at = if self.looking { Time::MAX } else { self.look_at };
            let due = self.machine.next(self.now()).unwrap_or(Time::MAX).min(look_at);
            let wait = due.saturating_sub(self.now()).min(LONGEST_SLEEP);
            let wake = tokio::time::Instant::now() + wait;
            tokio::select! {
                _ = stop.recv() => break,
                message = self.messages.recv() => {
                    let message = message.expect("a sender is kept");
                    if !self.take(message) {
                        break;
                    }
                }
                connection = socket.accept() => {
                    if let Ok((stream, _)) = connection {
                        let report = report(&self.machine, self.now());
                        spawn_local(async move { socket::answer(stream, &report).await });
                    }
                }
                () = sleep_until(wake) => {}
                () = sleep(REST), if awake => {
                    text.rest();
                    awake = false;
                    continue;
                }
            }
            awake = true;
            if tokio::time::Instant::now() > wake + STALL {
                warn!("this container stood still: no answer of that time counts");
                self.machine.stalled(self.now());
            }
            self.step();
            if touched.elapsed() >= TOUCH {
                touched = Instant::now();
                self.touch();
            }
        }
        self.touch();
        Ok(())
    }

    fn touch(&self) {
        if let Some(ledger) = &self.ledger {
            ledger.touch().ok();
        }
    }

    /// Whether there is more to come.
    fn take(&mut self, message: Message) -> bool {
        let now = self.now();
        match message {
            Message::Event(Ok(Some(name))) => {
                self.heard = true;
                self.look_at = now;
                if name == "SUPERVISOR_STATE_CHANGE_STOPPING" {
                    self.stopping = true;
                }
            }
            Message::Event(Ok(None)) => return false,
            Message::Event(Err(error)) => {
                warn!(%error, "no more events");
                return false;
            }
            // Asked for before a start that has been answered since: it may be from before that.
            Message::Seen(Ok(_)) if std::mem::take(&mut self.outdated) => {
                self.looking = false;
                self.look_at = now;
            }
            Message::Started { service } => {
                self.outdated = self.looking;
                self.machine.started(&service);
            }
            Message::Seen(Ok(all)) => {
                self.looking = false;
                self.remember_logs(&all);
                if !self.stopping {
                    self.machine.seen(now, &all);
                }
            }
            Message::Seen(Err(CallError::Stopping)) => self.stopping = true,
            Message::Seen(Err(error)) => {
                self.looking = false;
                self.outdated = false;
                warn!(%error, "the list of programs");
            }
            Message::Answered { service, pid, asked, answer } => {
                self.machine.answered(now, &service, pid, asked, answer);
            }
            // Being asked is what makes supervisord see it: by itself it looks once a second.
            Message::Ended => self.look_at = now,
            Message::Refused { service, reason: CallError::Refused(reason) } => {
                self.machine.refused(now, &service, &reason);
            }
            Message::Refused { service, reason } => warn!(service, %reason, "not done"),
        }
        true
    }

    fn step(&mut self) {
        if self.stopping {
            return;
        }
        let now = self.now();
        self.machine.due(now);
        for action in self.machine.take() {
            self.act(action);
        }
        if now >= self.look_at && !self.looking {
            self.look(now);
        }
    }

    fn look(&mut self, now: Time) {
        self.looking = true;
        let pause = if self.heard { LOOK } else { FIRST_LOOKS };
        self.look_at = now + pause;
        let (supervisor, send) = (self.supervisor.clone(), self.send.clone());
        spawn_local(async move {
            let all = supervisor.all().await;
            if matches!(all, Err(CallError::Unreachable { .. })) {
                sleep(FIRST_LOOKS).await;
            }
            send.send(Message::Seen(all)).ok();
        });
    }

    /// Where the logs of those end that do not run.
    fn remember_logs(&mut self, all: &[Seen]) {
        for seen in all {
            let runs = matches!(seen.state, State::Starting | State::Running | State::Stopping);
            if !runs {
                self.log_starts.insert(seen.service.clone(), self.log_length(&seen.service));
            } else if !self.seen_once {
                self.log_starts.insert(seen.service.clone(), 0);
            }
        }
        self.seen_once = true;
    }

    fn log(&self, service: &str) -> PathBuf {
        self.directory.join(format!("{service}.log"))
    }

    fn log_length(&self, service: &str) -> u64 {
        self.log(service).metadata().map_or(0, |file| file.len())
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Record { at, event } => self.record(at, event),
            Action::Probe { service, pid } => self.probe(service, pid),
            Action::Await { pid } => {
                let send = self.send.clone();
                spawn_local(async move {
                    if tree::ended(pid).await.is_ok() {
                        send.send(Message::Ended).ok();
                    }
                });
            }
            Action::Clear { pid } => {
                if let Some(pid) = Pid::from_raw(pid as i32) {
                    kill_process_group(pid, Signal::KILL).ok();
                }
            }
            Action::Start { service } => {
                self.log_starts.insert(service.clone(), self.log_length(&service));
                let (send, name) = (self.send.clone(), service.clone());
                self.call(service, async move |supervisor, process| {
                    supervisor.start(&process).await?;
                    send.send(Message::Started { service: name }).ok();
                    Ok(())
                });
            }
            Action::Stop { service } => {
                self.call(service, async |supervisor, process| supervisor.stop(&process).await);
            }
            Action::Kill { service, pid } => {
                self.call(service, async move |supervisor, process| {
                    let mut all = tree::descendants(pid, &Default::default());
                    let killed = supervisor.kill(&process).await;
                    all.push(pid);
                    tree::signal(&all, Signal::KILL);
                    killed
                });
            }
        }
    }

    fn call<F>(&mut self, service: String, call: F)
    where
        F: AsyncFnOnce(Supervisor, String) -> Result<(), CallError> + 'static,
    {
        let group = self.services[&service].group.as_ref().unwrap_or(&service);
        let process = format!("{group}:{service}");
        let (supervisor, send) = (self.supervisor.clone(), self.send.clone());
        // What has been done is seen in the next list; events may not come yet.
        self.look_at = self.look_at.min(self.now() + FIRST_LOOKS);
        spawn_local(async move {
            if let Err(reason) = call(supervisor, process).await {
                send.send(Message::Refused { service, reason }).ok();
            }
        });
    }

    fn probe(&self, service: String, pid: u32) {
        let Some(probe) = self.machine.probe(&service).cloned() else { return };
        let (services, send) = (self.services.clone(), self.send.clone());
        let log = self.log(&service);
        let log_start = self.log_starts.get(&service).copied().unwrap_or(0);
        let asked = self.now();
        spawn_local(async move {
            let about = Asked { service: &services[&service], log: &log, log_start };
            let question = ask(&probe, &about);
            tokio::pin!(question);
            let mut before = None;
            let result = tokio::select! {
                result = &mut question => result,
                // Only an answer that is slow to come is worth a look at the process.
                () = sleep(probe.timeout.0 / 4) => {
                    before = Some((Activity::of(pid, &log), Instant::now()));
                    question.await
                }
            };
            let answer = match result {
                Ok(()) => Answer::Right,
                Err(_) if !tree::is_alive(pid) => Answer::Gone,
                Err(Wrong::Answer(reason)) => Answer::Wrong { reason, late: false, busy: false },
                Err(Wrong::Late(reason)) => {
                    let busy = before.is_some_and(|(before, at)| {
                        Activity::of(pid, &log).since(&before, at.elapsed())
                    });
                    Answer::Wrong { reason, late: true, busy }
                }
            };
            send.send(Message::Answered { service, pid, asked, answer }).ok();
        });
    }

    fn record(&mut self, at: Time, event: Event) {
        let ago = self.now().saturating_sub(at);
        let (what, service, incident, detail) = event.fields();
        info!(service, incident, detail, "{what}");
        let Some(ledger) = &mut self.ledger else { return };
        if let Err(error) = ledger.write(SystemTime::now() - ago, event) {
            warn!(%error, "the ledger cannot be written");
        }
    }
}

/// From 0 to 1.
fn random() -> f64 {
    let value = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(value) / f64::from(u32::MAX)
}
