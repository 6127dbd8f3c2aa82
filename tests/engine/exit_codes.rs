//! Every exit code, each by a command that a user types.

use std::process::Command;
use std::time::Duration;

use crate::interrupt::unique_seconds;
use crate::support::{Engine, Image, Mad, Project, unique};

/// A project that prints a refused permission, sleeps where it is asked to, and fails on `FAIL=1`; and
/// a patch series of which one file is not normalized.
fn project(engine: &Engine) -> Project {
    let project = Project::empty();
    project.template(&format!(
        "FROM ${{BASE}}\nARG FAIL=0\nARG SLEEP=0\nRUN echo {}\n\
         RUN echo begun; sleep $SLEEP; echo 'x: Permission denied'; exit $FAIL\n",
        unique("codes")
    ));
    let base = engine.base();
    project.write("profiles/small.yaml", &format!("base: {base}\n"));
    project.write(
        "profiles/strict.yaml",
        &format!(
            "base: {base}\nalerts:\n  - {{name: P, condition: permission_errors > 0, action: fail}}\n"
        ),
    );
    let toy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/patches/toy/patches");
    let copied = Command::new("cp").args(["-r", toy]).arg(project.path()).status().unwrap();
    assert!(copied.success());
    let patch = "patches/toy/01-ping.patch";
    let text = std::fs::read_to_string(project.path().join(patch)).unwrap();
    project.write(patch, &text.replace("--- a/src/server.js\n", "--- a/src/server.js\t2020\n"));
    project
}

#[test]
fn every_exit_code_has_a_command() {
    let engine = Engine::take();
    let (tag, project, seconds) = (Image::named("exit-codes"), project(&engine), unique_seconds());
    let mad = |line: &str| {
        let folder = project.path().to_str().expect("a UTF-8 path");
        let history = project.path().join("history.db");
        Mad::new(["-C", folder]).args(line.split(' ')).env("MAD_HISTORY", history)
    };
    let nowhere = "unix:///nonexistent/docker.sock";
    let table: &[(u8, &str)] = &[
        (0, "build -p small -t TAG"),
        (1, "build -p small -t TAG --build-arg FAIL=1"),
        (2, "build -p no-such-profile -t TAG"),
        (3, "build -p strict -t TAG --build-arg FAIL=000"),
        (4, "build -p small -t TAG --build-arg FAIL=00 --require-verdict"),
        (5, "patch refresh --series toy --check"),
        (6, "build -p small -t TAG --locked"),
        (7, "build -p small -t TAG"),
        (130, "build -p small -t TAG --progress json --build-arg SLEEP=SECONDS"),
    ];
    let codes: Vec<u8> = table.iter().map(|(code, _)| *code).collect();
    let documented: Vec<u8> = mad::cli::EXIT_CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, documented, "a code without a command here, or the other way round");
    for (code, line) in table {
        let command = mad(&line.replace("TAG", &tag).replace("SECONDS", &seconds));
        let done = match code {
            7 => command.env("DOCKER_HOST", nowhere).run(),
            130 => {
                let mut running = command.start();
                running.wait_for_log("begun");
                running.signal("INT");
                running.ends_within(Duration::from_secs(60))
            }
            _ => command.run(),
        };
        println!("{code:>3}  mad {line}");
        done.expect_code(i32::from(*code));
    }
}
