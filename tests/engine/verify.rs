//! Images that are tried: any image by hand, and a build's own before its tag moves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Done, Engine, Image, Mad, Project, TEST_LABEL, unique};

fn verify(image: &str, more: &[&str]) -> (Done, Value) {
    let done =
        Mad::new(["image", "verify", image, "--format", "json", "--runs", "1"]).args(more).run();
    let facts =
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    (done, facts)
}

/// The state of each check that was judged, by name.
fn judged(facts: &Value) -> Vec<(String, bool)> {
    let checks = facts["checks"].as_array().expect("checks");
    let judged = checks.iter().filter(|check| check["state"] != "skipped");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    judged.map(|check| (text(&check["name"]), check["state"] == "passed")).collect()
}

fn findings(facts: &Value) -> String {
    let checks = facts["checks"].as_array().expect("checks").iter();
    let all = checks.flat_map(|check| check["findings"].as_array().cloned().unwrap_or_default());
    all.map(|one| format!("{}\n", one["message"].as_str().expect("a text"))).collect()
}

/// An image of one small Dockerfile.
fn image(engine: &Engine, what: &str, dockerfile: &str) -> Image {
    let tag = Image::named(what);
    Project::with_template(engine, &format!("FROM ${{BASE}}\n{dockerfile}")).build(&tag).good();
    tag
}

#[test]
fn any_image_gets_a_useful_report() {
    let engine = Engine::take();
    let (done, facts) = verify(engine.base(), &[]);
    assert_eq!((done.code, &facts["schema"]), (0, &"mad.image-verify/1".into()), "{}", done.stderr);
    assert!(findings(&facts).is_empty());
    let ready = facts["checks"][1].clone();
    assert!(ready["summary"].as_str().unwrap().contains("no notion of ready"), "{ready}");

    let ends = image(
        &engine,
        "ends",
        "ENTRYPOINT [\"sh\", \"-c\", \"echo begun; touch /etc/x; exit 3\"]\n",
    );
    let (done, facts) = verify(&ends, &[]);
    assert_eq!(done.code, 1);
    let said = findings(&facts);
    assert!(said.contains("as root: it ended with status 3\n"), "{said}");
    assert!(
        said.contains("as 4242:4242: 1 line of the logs tells of a denied permission"),
        "{said}"
    );

    let nobody = image(&engine, "nobody", "USER nobody-such\nCMD [\"sleep\", \"60\"]\n");
    let (done, facts) = verify(&nobody, &[]);
    assert_eq!((done.code, &facts["runs"][0]["end"]["kind"]), (1, &"refused".into()));
    assert!(findings(&facts).contains("nobody-such"), "{facts}");

    // Neither a shell nor a program that this machine can run.
    let empty = Image::named("empty");
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("x.tar");
    let mut archive = tar::Builder::new(std::fs::File::create(&tar).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(5);
    archive.append_data(&mut header, "x", &b"text\n"[..]).unwrap();
    archive.into_inner().unwrap();
    let tar = tar.to_str().unwrap();
    engine.docker(&["import", "--change", "ENTRYPOINT [\"/x\"]", tar, &empty]);
    let (done, facts) = verify(&empty, &[]);
    assert_eq!(done.code, 1);
    // Engines differ in whether that is a start that ends, or none.
    let states = judged(&facts);
    for state in [("start", false), ("setuid", true), ("secrets", true)] {
        let state = (state.0.to_owned(), state.1);
        assert!(states.contains(&state), "{state:?}: {facts}");
    }

    let none = Mad::new(["image", "verify", "mad-test/no-such-image"]).run().expect_code(2);
    none.says(&["is not on the engine"]);
    assert_eq!(engine.docker(&["ps", "--all", "--quiet", "--filter", "label=mad.verify"]), "");
}

#[test]
fn leaks_and_programs_that_change_the_user_are_found_and_readiness_is_asked() {
    let engine = Engine::take();
    let token = format!("ghp{}", "_0123456789abcdefghijABCDEFGHIJ012345");
    let canary = unique("canary");
    let leaky = image(
        &engine,
        "leaky",
        &format!(
            "ENV GH={token}\nRUN printf '//r/:_authToken=abcdef\\n' > /root/.npmrc && cp /bin/true /opt/evil && \
             chmod 4755 /opt/evil && echo {canary} > /opt/x.bin\n\
             HEALTHCHECK CMD test -e /tmp/ready\nCMD [\"sh\", \"-c\", \"touch /tmp/ready; sleep 60\"]\n"
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("canary");
    std::fs::write(&file, &canary).unwrap();
    let (done, facts) =
        verify(&leaky, &["--canary", file.to_str().unwrap(), "--base", engine.base()]);
    assert_eq!(done.code, 1);
    let said = findings(&facts);
    for text in [
        "`/opt/evil` has set-user-id: mode 4755, of 0:0",
        "a token of GitHub in `the variable GH`",
        "a secret of the build in `/opt/x.bin`",
        "a login of npm in `/root/.npmrc`",
    ] {
        assert!(said.contains(text), "{text}\n{said}");
    }
    assert!(!said.contains(&token) && !said.contains(&canary), "{said}");
    assert!(facts["runs"][0]["ready_ms"].is_u64(), "{facts}");
    let page = Mad::new(["image", "verify", &leaky, "--runs", "1", "--format", "junit"]).run();
    assert!(page.expect_code(1).stdout.contains("<testcase classname="));
}

/// Programs, gates and alerts of a profile `app`.
fn app(engine: &Engine, project: &Project, services: &str, more: &str) {
    let base = engine.base();
    let text =
        format!("base: {base}\nlabels: {{{TEST_LABEL}: \"1\"}}\nservices:\n{services}{more}");
    project.write("profiles/app.yaml", &text);
}

const GOOD: &str =
    "  page: {command: [python3, -m, http.server, \"8001\"], ready: {tcp: \":8001\"}}\n";

fn build(project: &Project, tag: &Image) -> Done {
    project.command("build", "app").args(["-t", &**tag, "--progress", "plain"]).run()
}

#[test]
fn what_people_mount_has_a_stand_in_when_the_gates_try_an_image() {
    let engine = Engine::take();
    let (project, tag) = (Project::empty(), Image::named("stand-ins"));
    project.write("key", "only for people");
    let needs_both = "  page: {command: [sh, -c, \"test -s /run/secrets/key && touch /data/x && exec python3 -m \
        http.server 8001\"], ready: {tcp: \":8001\"}}\n";
    let mounts = "mounts:\n  - {target: /data, required: true}\n  - {target: /run/secrets/key, kind: secret, source: ./key}\n";
    app(&engine, &project, needs_both, mounts);
    build(&project, &tag).expect_code(0);
    assert!(engine.image_id(&tag).is_some());
}

#[test]
fn an_image_that_does_not_pass_its_gates_gets_no_tag() {
    let engine = Engine::take();
    let (project, tag) = (Project::empty(), Image::named("gates"));
    app(&engine, &project, GOOD, "");
    build(&project, &tag).expect_code(0);
    let good = tag.id().expect("an image");

    let late =
        "  page: {command: [sh, -c, \"echo warming up; sleep 600\"], ready: {log: never said}}\n";
    let denied = "  page: {command: [sh, -c, \"touch /etc/x; exec sleep 600\"]}\n";
    let dies = "  page: {command: [sh, -c, \"touch /tmp/up; sleep 0.5; echo giving up; exit 9\"], \
                ready: {exec: [test, -e, /tmp/up]}}\n";
    for (services, limits, gate, words) in [
        (late, "ready: {within: 1s}", "ready", "page: warming up"),
        (denied, "services: off", "permissions", "touch: cannot touch '/etc/x': Permission denied"),
        (dies, "services: {watch: 3s}, ready: off", "services", "page: giving up"),
    ] {
        app(&engine, &project, services, &format!("gates: {{{limits}}}\n"));
        let done = build(&project, &tag).expect_code(1);
        assert_eq!(tag.id().as_deref(), Some(good.as_str()), "{gate}");
        done.says(&["the image is held back: ", &format!("the gate `{gate}`: as "), words]);
    }
    // The report of a held build has it too.
    let report = project.command("report", "app").args(["--format", "markdown"]).good();
    assert!(report.stdout.contains("| services | failed |"), "{}", report.stdout);

    // The same, and only said.
    app(&engine, &project, denied, "gates: {permissions: warn}\n");
    let done = build(&project, &tag).expect_code(0);
    done.says(&["the tag moved all the same: the gate `permissions`"]);
    assert_ne!(tag.id().as_deref(), Some(good.as_str()));
}

/// Answers requests with 503 and then 200, and hands over what the second one brought.
fn webhook() -> (String, std::thread::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook/s3cret", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let mut last = Default::default();
        for status in ["503 Busy", "200 OK"] {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head += &line;
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            last = (head, String::from_utf8(body).unwrap());
        }
        last
    });
    (url, serving)
}

/// The plan's, letter by letter.
const ALERTS: &str = r#"alerts:
  - name: "Build Time Regression"
    condition: "build_time > baseline * 1.2"
    action: rollback
  - name: "Service Uptime"
    condition: "service_uptime < 99%"
    action: investigate
  - name: "Permission Errors"
    condition: "permission_errors > 0"
    action: alert_team
"#;

#[test]
fn the_alerts_of_the_plan_fire() {
    let engine = Engine::take();
    let (project, tag) = (Project::empty(), Image::named("alerts"));
    let history = tempfile::tempdir().unwrap();
    let file = history.path().join("history.db");
    let (url, serving) = webhook();
    let notify = "notify:\n  command: [sh, -c, \"cat > told.json\"]\n  \
                  webhook: {url_from: TEAM_HOOK, token_from: TEAM_TOKEN}\n";
    let dies = "  page: {command: [sh, -c, \"touch /tmp/up /etc/x; sleep 0.5; exit 9\"], \
                ready: {exec: [test, -e, /tmp/up]}}\n";
    let gates = "gates: {ready: off, services: {watch: 3s, action: warn}, permissions: warn}\n";
    app(&engine, &project, dies, &format!("{gates}{notify}{ALERTS}"));
    let done = project
        .command("build", "app")
        .args(["-t", &*tag])
        .env("MAD_HISTORY", &file)
        .env("TEAM_HOOK", &url)
        .env("TEAM_TOKEN", "t0ken")
        .run()
        .expect_code(0);
    let (head, body) = serving.join().unwrap();
    assert!(!done.stderr.contains("s3cret") && !done.stderr.contains("t0ken"), "{}", done.stderr);
    let head = head.to_ascii_lowercase();
    assert!(head.contains("authorization: bearer t0ken"), "{head}");
    let notice: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(notice["schema"], "mad.alert/1");
    assert_eq!(notice["alert"], "Permission Errors");
    assert!(notice["values"]["permission_errors"].as_f64() >= Some(1.0), "{notice}");
    let told = std::fs::read_to_string(project.path().join("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["build"], notice["build"]);

    let line = done.stderr.lines().find(|line| line.starts_with("alert `Service Uptime`: "));
    let path = line.and_then(|line| line.split_once("`: ")).expect("the report is named").1;
    assert!(Path::new(path).starts_with(history.path().join("incidents")), "{path}");
    let incident = std::fs::read_to_string(path).unwrap();
    for part in
        ["# Incident: Service Uptime", "service_uptime is 0", "Permission denied", "page is"]
    {
        assert!(incident.contains(part), "{part}\n{incident}");
    }
    assert_eq!(notice["incident_reports"][0], path);
    assert!(tag.id().is_some(), "neither of both holds a build back");
}

#[test]
fn a_slower_build_is_held_back_by_the_alert_of_the_plan() {
    let engine = Engine::take();
    let (tag, project) = (Image::named("plan-time"), Project::empty());
    let history = tempfile::tempdir().unwrap();
    let file = history.path().join("history.db");
    project.write("profiles/small.yaml", &format!("base: {}\n{ALERTS}", engine.base()));
    let build = |seconds: &str, turn: usize| {
        project.template(&format!("FROM ${{BASE}}\nRUN : {turn}\nRUN sleep {seconds}\n"));
        project.build(&tag).env("MAD_HISTORY", &file).args(["--no-cache"]).run()
    };
    for turn in 0..5 {
        build("0.2", turn).expect_code(0);
    }
    let good = tag.id();
    build("9", 5).expect_code(3).says(&["the build regressed"]);
    assert_eq!(tag.id(), good);
}
