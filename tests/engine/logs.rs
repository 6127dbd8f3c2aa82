//! What the programs of an image write: kept, found again, and on a disk that is full.

use std::time::{Duration, Instant};

use serde_json::Value;
use test_support::cases;

use crate::support::{Engine, Image, Project, TEST_LABEL, docker_command, unique};

/// A container, removed at the end.
struct Container<'a>(&'a Engine, String);

impl<'a> Container<'a> {
    fn start(engine: &'a Engine, arguments: &[&str]) -> Self {
        let name = unique("mad-test-logs");
        let mut command = vec!["run", "--detach", "--network", "none", "--name", &name];
        command.extend(arguments);
        engine.docker(&command);
        Self(engine, name)
    }

    fn exec(&self, words: &[&str]) -> String {
        self.0.docker(&[&["exec", &self.1], words].concat())
    }

    fn lines(&self, query: &[&str]) -> Vec<Value> {
        let text =
            self.exec(&[&["mad-runtime", "logs", "query", "--format", "json"], query].concat());
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Of the lines `line N …`, the numbers.
    fn numbers(&self) -> Vec<u64> {
        let number = |line: &Value| line["message"].as_str()?.split(' ').nth(1)?.parse().ok();
        self.lines(&["service=writer"]).iter().filter_map(number).collect()
    }

    #[track_caller]
    fn waits(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(begin.elapsed() < Duration::from_secs(120), "{what}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        let _ = docker_command(&["rm", "--force", "--volumes", &self.1]).output();
    }
}

fn image(engine: &Engine, name: &str, command: &str) -> Image {
    let project = Project::empty();
    let text = format!(
        "base: {}\nlabels: {{{TEST_LABEL}: \"1\"}}\nservices:\n  writer: {{command: {command}}}\n\
         logs: {{segment: 1MiB, budget: 1GiB}}\n",
        engine.base(),
    );
    project.write("profiles/writer.yaml", &text);
    let tag = Image::named(name);
    project.command("build", "writer").args(["-t", &tag]).good();
    tag
}

#[test]
fn every_line_is_found_again() {
    let engine = Engine::take();
    let last = u64::from(cases(40_000)) - 1;
    let script = format!(
        "seq -f 'line %.0f of many, and some words that all have' 0 {last}; exec sleep infinity"
    );
    let tag = image(&engine, "logs", &format!("[sh, -c, \"{script}\"]"));
    let container = Container::start(&engine, &[&*tag]);
    container.waits("the last line comes", |container| {
        !container.lines(&["--limit", "1", &format!("\"line {last} of\"")]).is_empty()
    });
    let numbers = container.numbers();
    assert!(numbers.iter().copied().eq(0..=last), "{} of {}", numbers.len(), last + 1);
    // The watch's own lines are there, and the engine has them all too.
    container.waits("readiness is kept", |container| {
        !container.lines(&["service=healthcheck", "ready"]).is_empty()
    });
    let log = engine.docker(&["logs", "--tail", "5", &container.1]);
    assert!(log.lines().any(|line| line.starts_with("{\"time\":")), "{log}");
    let patterns = container.exec(&["mad-runtime", "logs", "patterns"]);
    assert!(patterns.contains("line <*> of many, and some words that all have"), "{patterns}");
    engine.docker(&["stop", "--time", "30", &container.1]);
    let code = engine.docker(&["inspect", "--format", "{{.State.ExitCode}}", &container.1]);
    assert_eq!(code, "0\n");
}

#[test]
fn on_a_full_disk_the_program_runs_on_and_what_is_lost_is_counted() {
    let engine = Engine::take();
    let script = "import time, itertools; any(print('line', n, 'x' * 300, flush=True) or time.sleep(0.0002) for n in itertools.count())";
    let tag = image(&engine, "logs-full", &format!("[python3, -c, \"{script}\"]"));
    let container =
        Container::start(&engine, &["--tmpfs", "/var/log/services:size=24m,mode=1777", &tag]);
    container.waits("lines come", |container| {
        !container.lines(&["--limit", "1", "service=writer"]).is_empty()
    });
    let pid = container.exec(&["supervisorctl", "pid", "writer"]);
    container.exec(&[
        "sh",
        "-c",
        "dd if=/dev/zero of=/var/log/services/filler bs=64k 2>/dev/null; true",
    ]);
    let said = |container: &Container<'_>| {
        let output = docker_command(&["logs", &container.1]).output().expect("docker");
        String::from_utf8_lossy(&output.stderr).contains("cannot write to `/var/log/services`")
    };
    container.waits("it is said", said);
    // The memory for lines is full after that.
    std::thread::sleep(Duration::from_secs(10));
    container.exec(&["rm", "/var/log/services/filler"]);
    container.waits("the loss is told", |container| {
        !container.lines(&["service=logs", "lost"]).is_empty()
    });
    assert_eq!(container.exec(&["supervisorctl", "pid", "writer"]), pid);
    container.exec(&["supervisorctl", "stop", "writer"]);
    let told = |container: &Container<'_>| -> u64 {
        let lines = container.lines(&["service=logs", "lost"]);
        lines.iter().filter_map(|line| line["fields"]["lost_lines"].as_u64()).sum()
    };
    let missing = |container: &Container<'_>| {
        let numbers = container.numbers();
        assert!(numbers.is_sorted());
        numbers.last().expect("there are some") + 1 - numbers.len() as u64
    };
    // Among the lost ones are a few of the collector's own.
    container.waits("as many lines are told as are missing", |container| {
        let (told, missing) = (told(container), missing(container));
        missing > 0 && (missing..missing + 100).contains(&told)
    });
    let stats = container.exec(&["mad-runtime", "logs", "stats"]);
    assert!(stats.contains("lines were lost"), "{stats}");
}
