//! An image with services, as people run it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Engine, Image, Mad, Project, TEST_LABEL, docker_command, unique};

/// A container, removed at the end.
struct Container<'a>(&'a Engine, String);

impl<'a> Container<'a> {
    fn start(engine: &'a Engine, arguments: &[&str]) -> Self {
        let name = unique("mad-test-services");
        let mut command = vec!["run", "--detach", "--network", "none", "--name", &name];
        command.extend(arguments);
        engine.docker(&command);
        Self(engine, name)
    }

    fn exec(&self, words: &[&str]) -> String {
        self.0.docker(&[&["exec", &self.1], words].concat())
    }

    fn history(&self) -> Value {
        let text = self.exec(&["mad-runtime", "status", "--incidents", "--json"]);
        serde_json::from_str(&text).expect("JSON")
    }

    /// Waits until every one of so many incidents has its end.
    #[track_caller]
    fn recovers(&self, count: usize) -> Value {
        let begin = Instant::now();
        loop {
            let history = self.history();
            let incidents = history["incidents"].as_array().expect("a list");
            let over = incidents.iter().all(|incident| incident["outcome"] == "recovered");
            if incidents.len() == count && over {
                return history;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{history}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        let _ = docker_command(&["rm", "--force", "--volumes", &self.1]).output();
    }
}

fn project(engine: &Engine) -> Project {
    let project = Project::empty();
    let page = |name: &str, port: u16, more: &str| {
        format!(
            "  {name}:\n    command: [python3, -m, http.server, \"{port}\"]\n    \
             ready: {{http: \":{port}/\"}}\n{more}"
        )
    };
    let services = [
        page("third", 8003, "    needs: {second: ready}\n"),
        page("second", 8002, "    needs: {first: ready}\n    group: pages\n"),
        page("first", 8001, "    group: pages\n"),
    ];
    let text = format!(
        "base: {}\nlabels: {{{TEST_LABEL}: \"1\"}}\nservices:\n{}",
        engine.base(),
        services.concat()
    );
    project.write("profiles/pages.yaml", &text);
    project
}

#[test]
fn programs_start_in_order_come_back_and_end_with_the_container() {
    let engine = Engine::take();
    let tag = Image::named("services");
    project(&engine).command("build", "pages").args(["-t", &tag]).good();

    let container = Container::start(&engine, &[&*tag]);
    container.exec(&["mad-runtime", "ready", "--timeout", "60s"]);
    let ledger = container.exec(&["cat", "/run/services/incidents.jsonl"]);
    let ready: Vec<String> = ledger
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|record| record["event"] == "ready")
        .map(|record| record["service"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(ready, ["first", "second", "third"], "{ledger}");
    let status = container.exec(&["supervisorctl", "status", "pages:*", "third"]);
    assert_eq!(status.lines().count(), 3, "{status}");

    container.exec(&["sh", "-c", "kill -KILL $(supervisorctl pid pages:first)"]);
    container.recovers(1);
    container.exec(&["sh", "-c", "kill -STOP $(supervisorctl pid pages:second)"]);
    let history = container.recovers(2);
    let kinds = history["incidents"].as_array().expect("a list").iter().map(|one| &one["kind"]);
    assert_eq!(kinds.collect::<Vec<_>>(), ["crash", "hang"], "{history}");
    assert_eq!(history["all"]["false_restarts"], 0, "{history}");
    let table = container.exec(&["mad-runtime", "status"]);
    assert_eq!(table.matches(" ready ").count(), 3, "{table}");

    from_outside(&engine, &container.1);

    engine.docker(&["stop", "--time", "30", &container.1]);
    let code = engine.docker(&["inspect", "--format", "{{.State.ExitCode}}", &container.1]);
    assert_eq!(code, "0\n");

    let ended = outside(&[&container.1]);
    assert_eq!((&ended["state"], &ended["exit_code"]), (&json!("exited"), &json!(0)), "{ended}");
    assert_eq!(ended["inside"], Value::Null, "{ended}");

    people_run_it(&engine, &tag);
}

/// The one container of `mad status`.
fn outside(arguments: &[&str]) -> Value {
    let done = Mad::new(["status", "--format", "json"]).args(arguments).good();
    let mut status: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(status["schema"], "mad.status/1");
    status["containers"][0].take()
}

/// `mad status` of that container, and of one that is not mad's.
fn from_outside(engine: &Engine, name: &str) {
    let one = outside(&[name]);
    assert_eq!((&one["profile"], &one["state"]), (&json!("pages"), &json!("running")), "{one}");
    let inside = &one["inside"];
    let services = inside["services"].as_array().expect("a list");
    assert_eq!(services.iter().filter(|service| service["phase"] == "ready").count(), 3, "{one}");
    assert_eq!(inside["numbers"]["incidents"], 2, "{one}");
    assert_eq!(inside["incidents"][0]["kind"], "crash", "{one}");
    assert_eq!(one["problems"], json!([]), "{one}");
    let all = Mad::new(["status"]).good();
    assert!(all.stdout.contains(name) && all.stdout.contains("programs"), "{}", all.stdout);

    let slip = name.replace("services", "servces");
    Mad::new(["status", &slip]).run().expect_code(2).says(&[&format!("did you mean `{name}`?")]);

    let arguments = ["--entrypoint", "sleep", engine.base(), "60"];
    let foreign = Container::start(engine, &arguments);
    let one = outside(&[&foreign.1]);
    assert_eq!(one["profile"], Value::Null, "{one}");
    let problems = json!(["no `mad-runtime` in it: nothing inside is known"]);
    assert_eq!(one["problems"], problems, "{one}");
}

/// Instead of the programs, beside them, as somebody else, without a place to write.
fn people_run_it(engine: &Engine, tag: &str) {
    assert_eq!(engine.run(tag, &["echo", "hello"]), "hello\n");
    let beside = ["mad-runtime", "run", "sh", "-c"];
    let script = "mad-runtime ready --timeout 60s && id -u && exit 7";
    for (arguments, uid) in [
        (&["--init"][..], "1000\n"),
        (&["--user", "4242:4242", "--read-only", "--tmpfs", "/run/services"], "4242\n"),
        (&["--user", "0", "--memory", "128m"], "0\n"),
    ] {
        let words = [&["run", "--rm", "--network", "none"], arguments, &[tag], &beside, &[script]];
        let output = engine.try_docker(&words.concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{arguments:?}: {said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), uid, "{arguments:?}");
    }
    let full = "/run/services:size=4k";
    for (arguments, reason) in [
        (&["--read-only"][..], "Read-only file system"),
        (&["--tmpfs", full, "--env", "FILL=1"], "No space left on device"),
    ] {
        let fill = "[ -z \"$FILL\" ] || cat /dev/zero > /run/services/full; exec mad-runtime run";
        let words = [&["run", "--rm"], arguments, &[tag, "sh", "-c", fill]];
        let output = engine.try_docker(&words.concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.contains("the programs cannot run") && last.contains(reason), "{said}");
    }
}

/// The kernel kills what takes too much of the container's memory, and the watch starts it again.
#[test]
fn a_program_that_the_kernel_kills_for_memory_comes_back() {
    let engine = Engine::take();
    let (project, tag) = (Project::empty(), Image::named("memory"));
    let hog = "import os, time\n\
               while not os.path.exists('/tmp/hog'): time.sleep(0.05)\n\
               os.remove('/tmp/hog')\nx = b'x' * (1 << 30)\n";
    project.write("hog.py", hog);
    let text = format!(
        "base: {}\nlabels: {{{TEST_LABEL}: \"1\"}}\nfiles: [{{source: hog.py, dest: /opt/hog.py}}]\n\
         services:\n  hog: {{command: [python3, /opt/hog.py], ready: {{exec: [\"true\"]}}}}\n",
        engine.base()
    );
    project.write("profiles/hog.yaml", &text);
    project.command("build", "hog").args(["-t", &tag]).good();
    let container = Container::start(&engine, &["--memory", "256m", &*tag]);
    container.exec(&["mad-runtime", "ready", "--timeout", "60s"]);
    container.exec(&["touch", "/tmp/hog"]);
    let history = container.recovers(1);
    let incident = &history["incidents"][0];
    assert_eq!(
        (&incident["service"], &incident["kind"]),
        (&"hog".into(), &"crash".into()),
        "{history}"
    );
    let state = engine.docker(&["inspect", "--format", "{{.State.Running}}", &container.1]);
    assert_eq!(state, "true\n");
}
