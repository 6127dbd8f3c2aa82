//! Ctrl-C and SIGTERM: the step ends in the engine, and nothing half-done stays.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Engine, Image, Project, process, unique};

/// The promise: within this time the step is gone from the engine.
const LIMIT: Duration = Duration::from_secs(2);

/// About 300 seconds, in digits that no other process has.
pub fn unique_seconds() -> String {
    let digits: String = unique("").chars().filter(char::is_ascii_digit).collect();
    format!("300.{digits}")
}

/// A project that has built a good image under `tag`, and now sleeps for `seconds` in a step.
fn sleeper(engine: &Engine, tag: &str, seconds: &str) -> Project {
    let project = Project::with_template(engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(tag).good();
    project.template(&format!("FROM ${{BASE}}\nRUN echo begun; sleep {seconds}\n"));
    project
}

fn stops_at(signal: &str) {
    let engine = Engine::take();
    let (tag, seconds) = (Image::named("interrupt"), unique_seconds());
    let project = sleeper(&engine, &tag, &seconds);
    let good = tag.id();
    let mut build = project.build(&tag).args(["--progress", "json"]).start();
    build.wait_for_log("begun");
    assert!(!process::with_marker(&seconds).is_empty(), "the step's process is not on this host");
    let begun = Instant::now();
    build.signal(signal);
    let step = process::gone_after(&seconds, LIMIT);
    let done = build.ends_within(LIMIT).expect_code(130).says(&["interrupted"]);
    println!("SIG{signal}: step gone after {step:?}, mad after {:?}", begun.elapsed());
    let events = done.events();
    assert_eq!(events.end()["outcome"], "interrupted");
    assert_eq!(tag.id(), good);
    assert!(!engine.has_candidate(events.build_ref()));
    // The next build is not held up by what was stopped.
    project.template("FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
}

#[test]
fn sigint_stops_the_step_in_the_engine() {
    stops_at("INT");
}

#[test]
fn sigterm_stops_the_step_in_the_engine() {
    stops_at("TERM");
}

#[test]
fn an_interrupt_while_the_image_is_written_leaves_no_name() {
    let engine = Engine::take();
    let tag = Image::named("exporting");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
    let good = tag.id();
    // Large enough that writing the layer takes a while.
    project.template(&format!(
        "FROM ${{BASE}}\nRUN head -c 300M /dev/zero > /big; echo {}\n",
        unique("big")
    ));
    let mut build = project.build(&tag).args(["--progress", "json"]).start();
    build.wait_for("the export", |event| {
        event["type"] == "engine-started" && event["kind"] == "export"
    });
    build.signal("INT");
    let events = build.ends_within(Duration::from_secs(20)).expect_code(130).events();
    assert_eq!(events.end()["outcome"], "interrupted");
    assert_eq!(tag.id(), good);
    assert!(!engine.has_candidate(events.build_ref()));
}

#[test]
fn ctrl_c_on_a_terminal_gives_the_cursor_back() {
    let engine = Engine::take();
    let (tag, seconds) = (Image::named("terminal"), unique_seconds());
    let project = sleeper(&engine, &tag, &seconds);
    let good = tag.id();
    // `script` (util-linux) gives mad a terminal; what is typed into it is what we write.
    let mad = env!("CARGO_BIN_EXE_mad");
    let command = format!("'{mad}' -C '{}' build -p small -t {}", project.path().display(), &*tag);
    let mut script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script (util-linux) runs");
    let mut keyboard = script.stdin.take().unwrap();
    let mut terminal = script.stdout.take().unwrap();
    let mut screen = String::new();
    let mut interrupted = None;
    let mut buffer = [0; 4096];
    loop {
        let count = terminal.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        screen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        // The command has the word too; a quote follows there.
        let begun = ["begun\x1b", "begun\r", "begun "].iter().any(|text| screen.contains(text));
        if interrupted.is_none() && begun && !process::with_marker(&seconds).is_empty() {
            keyboard.write_all(b"\x03").unwrap();
            interrupted = Some(Instant::now());
            process::gone_after(&seconds, LIMIT);
        }
    }
    let status = script.wait().unwrap();
    let took =
        interrupted.unwrap_or_else(|| panic!("the step's log never came:\n{screen}")).elapsed();
    assert_eq!(status.code(), Some(130), "{screen:?}");
    assert!(took < LIMIT + LIMIT, "mad took {took:?} to end");
    let (hidden, shown) = (screen.rfind("\x1b[?25l"), screen.rfind("\x1b[?25h"));
    assert!(hidden.is_some(), "the cursor was never hidden: {screen:?}");
    assert!(shown > hidden, "the cursor stays hidden: {screen:?}");
    assert!(screen.contains("interrupted"), "{screen:?}");
    assert_eq!(tag.id(), good);
}
