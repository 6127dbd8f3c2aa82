//! What goes wrong, and that the tag stays where it was.

use std::time::Duration;

use crate::support::{Engine, Image, Mad, Project, Proxy, unique};

const GOOD: &str = "FROM ${BASE}\nRUN echo good\n";

/// A project that has built a good image under `tag`.
fn built(engine: &Engine, tag: &str) -> Project {
    let project = Project::with_template(engine, GOOD);
    project.build(tag).good();
    project
}

#[test]
fn a_failing_step_is_named_with_its_last_words() {
    let engine = Engine::take();
    let tag = Image::named("failing");
    let project = built(&engine, &tag);
    let good = tag.id();
    project.template(&format!(
        "FROM ${{BASE}} AS prepare\n\
         RUN echo good\n\
         # {}\n\
         RUN for i in $(seq 60); do echo \"line $i.\"; done; exit 7\n",
        unique("failing")
    ));
    for mode in ["quiet", "plain", "tty"] {
        let done = project.build(&tag).args(["--progress", mode]).run().expect_code(1).says(&[
            "prepare",
            "RUN for i in $(seq 60)",
            "failed after",
            "\n  at templates/Dockerfile.j2:5\n",
            ": exit code: 7\n",
            "\nerror: the build failed in prepare 3/3 (templates/Dockerfile.j2:5): exit code: 7\nhint: ",
            "hint: `mad build -p small --shell-on-failure`",
        ]);
        // The block at the end, once; plain has printed every line before.
        let (before, block) =
            done.stderr.rsplit_once("\n  at templates/Dockerfile.j2:5\n").unwrap();
        assert!(!before.contains("  at templates/"), "{mode}: {}", done.stderr);
        let first = if mode == "plain" { 51 } else { 41 };
        let lines: Vec<String> = (first..=60).map(|i| format!("line {i}.")).collect();
        // Behind a bar; the command has no number.
        let quoted = block.lines().filter_map(|line| Some(&line[line.find(" line ")? + 1..]));
        let quoted: Vec<&str> = quoted.filter(|line| !line.contains('$')).collect();
        assert_eq!(quoted, lines, "{mode}");
        assert_eq!(done.stdout, "");
        assert_eq!(tag.id(), good, "{mode}");
    }
    let done = project.build(&tag).args(["--progress", "json"]).run().expect_code(1);
    let events = done.says(&["prepare", "hint: "]).events();
    let failure = &events.end()["failure"];
    assert_eq!(events.end()["outcome"], "failed");
    assert_eq!(failure["origin"], "templates/Dockerfile.j2:5");
    assert_eq!(failure["log"].as_array().unwrap().len(), 40);
    assert_eq!(failure["log"][39], "line 60.");
    assert_eq!(tag.id(), good);
    assert!(!engine.has_candidate(events.build_ref()));
}

#[test]
fn a_parallel_stage_that_was_stopped_is_not_blamed() {
    let engine = Engine::take();
    let (tag, salt) = (Image::named("culprit"), unique("culprit"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}} AS slow\n\
             RUN sleep 60 # {salt}\n\
             FROM ${{BASE}} AS bad\n\
             RUN echo why; exit 3 # {salt}\n\
             FROM ${{BASE}} AS final\n\
             COPY --from=slow /etc/hostname /one\n\
             COPY --from=bad /etc/hostname /two\n"
        ),
    );
    let running = project.build(&tag).args(["--progress", "json"]).start();
    let done = running.ends_within(Duration::from_secs(30)).expect_code(1);
    let events = done.says(&["in bad 2/2 (templates/Dockerfile.j2:5)"]).events();
    assert_eq!(events.steps("failed").len(), 1, "{events:?}");
    assert_eq!(events.end()["failure"]["log"], serde_json::json!(["why"]));
}

#[test]
fn a_shell_opens_in_the_image_before_the_step_that_failed() {
    let engine = Engine::take();
    let tag = Image::named("shell");
    let template = "FROM ${BASE} AS final\nARG WHAT=none\nENV SEEN=yes\nWORKDIR /srv\n\
                    RUN echo \"$WHAT\" > before\nRUN touch after && exit 9\n";
    let project = Project::with_template(&engine, template);
    let hint = "`mad build -p small --shell-on-failure`";
    project.build(&tag).run().expect_code(1).says(&["hint: ", hint]);
    // Options of the call count, and standard input is the shell's.
    let mut command = project
        .build(&tag)
        .args(["--shell-on-failure", "--build-arg", "WHAT=this", "--no-cache"])
        .into_command();
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("mad starts");
    std::io::Write::write_all(
        &mut child.stdin.take().expect("a pipe"),
        b"pwd; cat before; echo $SEEN; ls; exit 3\n",
    )
    .expect("written");
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "/srv\nthis\nyes\nbefore\n", "{done:?}");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let call = said.lines().find(|line| line.starts_with("$ docker run")).expect("the call");
    let image = call.split_whitespace().find(|word| word.contains("candidate")).expect(call);
    assert!(engine.image_id(image).is_none(), "{image} is left behind");
    assert!(tag.id().is_none());
}

#[test]
fn a_frontend_error_names_the_engines_words() {
    let engine = Engine::take();
    let tag = Image::named("frontend");
    let project = built(&engine, &tag);
    let good = tag.id();
    project.template("FROM ${BASE}\nRUN --fly=me true\n");
    project.build(&tag).run().expect_code(1).says(&["fly"]);
    // What is no instruction at all is found before the engine is asked.
    project.template("FROM ${BASE}\nFLY me\n");
    project.build(&tag).run().expect_code(2).says(&["templates/Dockerfile.j2:", "FLY"]);
    assert_eq!(tag.id(), good);
}

#[test]
fn bad_input_never_reaches_the_engine() {
    let engine = Engine::take();
    let tag = Image::named("input");
    let project = built(&engine, &tag);
    let good = tag.id();
    project
        .write("profiles/broken.yaml", "base: debian:trixie\nuser:\n  name: [unclosed\nenv: {}\n");
    project.write("profiles/typo.yaml", "base: debian:trixie\nusr:\n  name: dev\n");
    let no_engine = "unix:///nonexistent/docker.sock";
    for (profile, words) in [
        ("smal", vec!["smal", "hint: did you mean `small`?"]),
        ("broken", vec!["profiles/broken.yaml:4:4", "broken YAML"]),
        ("typo", vec!["profiles/typo.yaml:2:1", "usr", "did you mean `user`?"]),
    ] {
        let mad = project.command("build", profile).args(["-t", &tag, "--progress", "json"]);
        let done = mad.env("DOCKER_HOST", no_engine).run().expect_code(2).says(&words);
        assert_eq!(done.stdout, "");
    }
    for (template, words) in [
        ("FROM ${BASE}\n{% if %}\n", ["templates/Dockerfile.j2:3", "syntax error"]),
        ("FROM ${BASE}\nRUN {{ nosuchname }}\n", ["templates/Dockerfile.j2:3", "undefined"]),
        ("FROM ${BASE}\n\nCOPY nosuchfile /x\n", ["templates/Dockerfile.j2:4", "nosuchfile"]),
        ("FROM ${BASE}\n{% include 'nosuch.j2' %}\n", ["templates/Dockerfile.j2:3", "nosuch.j2"]),
    ] {
        project.template(template);
        let done =
            project.build(&tag).args(["--progress", "json"]).run().expect_code(2).says(&words);
        // Not even the first event: no build began.
        assert_eq!(done.stdout, "", "{template}");
    }
    assert_eq!(tag.id(), good);
}

#[test]
fn bad_usage_is_code_2() {
    let _engine = Engine::take();
    for arguments in [
        &["biuld"][..],
        &["build"],
        &["build", "-p", "cpu", "--progress", "loud"],
        &["-C", "/nonexistent", "build", "-p", "cpu"],
    ] {
        let done = Mad::new(arguments).run().expect_code(2);
        assert_ne!(done.stderr, "");
    }
    Mad::new(["--help"]).good();
}

#[test]
fn a_base_that_no_registry_has_comes_with_a_way_out() {
    let engine = Engine::take();
    let tag = Image::named("no-registry");
    let project = built(&engine, &tag);
    let good = tag.id();
    project.build(&tag).args(["--base", "nowhere.invalid/x:1"]).run().expect_code(1).says(&[
        "nowhere.invalid/x:1",
        "hint: ",
        "mad base bootstrap",
    ]);
    assert_eq!(tag.id(), good);
}

#[test]
fn two_builds_at_once_do_not_disturb_each_other() {
    let engine = Engine::take();
    let tag = Image::named("at-once");
    let project = Project::with_template(
        &engine,
        &format!("FROM ${{BASE}}\nRUN echo begun; sleep 1; echo {}\n", unique("at-once")),
    );
    let builds = [(); 2].map(|()| project.build(&tag).args(["--progress", "json"]).start());
    let events =
        builds.map(|build| build.ends_within(Duration::from_secs(60)).expect_code(0).events());
    assert_eq!(events[0].image_id(), events[1].image_id());
    assert_eq!(tag.id().as_deref(), Some(events[0].image_id()));
    for events in &events {
        assert!(!engine.has_candidate(events.build_ref()));
    }
}

#[test]
fn an_engine_that_goes_away_ends_the_build_at_once() {
    let engine = Engine::take();
    let tag = Image::named("cut");
    let project = built(&engine, &tag);
    let good = tag.id();
    let seconds = crate::interrupt::unique_seconds();
    project.template(&format!("FROM ${{BASE}}\nRUN echo begun; sleep {seconds}\n"));
    let proxy = Proxy::start();
    let mut build =
        project.build(&tag).args(["--progress", "json"]).env("DOCKER_HOST", proxy.host()).start();
    build.wait_for_log("begun");
    proxy.cut();
    let done = build.ends_within(Duration::from_secs(10)).expect_code(7);
    let done = done.says(&["error: lost the connection to the engine"]);
    assert_eq!(done.events().end()["outcome"], "failed");
    assert_eq!(tag.id(), good);
    // Without a client the engine stops the step by itself.
    crate::support::process::gone_after(&seconds, Duration::from_secs(20));
}
