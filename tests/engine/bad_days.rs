//! Days on which the engine, the registry, a step or the machine is not what it should be.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use test_support::{Random, cases};

use crate::interrupt::unique_seconds;
use crate::support::{Engine, Image, Project, Proxy, docker_command, process, unique};

/// After the first Ctrl-C: the limits of docs/limits.md, and a slow machine.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn an_engine_that_stands_still_does_not_hold_up_an_interrupt() {
    let engine = Engine::take();
    let tag = Image::named("frozen");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
    let (good, seconds) = (tag.id(), unique_seconds());
    project.template(&format!("FROM ${{BASE}}\nRUN echo begun; sleep {seconds}\n"));
    let proxy = Proxy::start();
    let mut build =
        project.build(&tag).args(["--progress", "json"]).env("DOCKER_HOST", proxy.host()).start();
    build.wait_for_log("begun");
    proxy.freeze();
    build.signal("INT");
    build.ends_within(SOON).expect_code(130);
    assert_eq!(tag.id(), good);
    proxy.thaw();
    // The engine sees that nobody is there, and ends the step.
    process::gone_after(&seconds, Duration::from_secs(30));
}

#[test]
fn an_engine_that_stood_still_for_a_while_builds_on() {
    let engine = Engine::take();
    let tag = Image::named("thawed");
    let project = Project::with_template(
        &engine,
        &format!("FROM ${{BASE}}\nRUN echo begun; sleep 1; echo {}\n", unique("thawed")),
    );
    let proxy = Proxy::start();
    let mut build =
        project.build(&tag).args(["--progress", "json"]).env("DOCKER_HOST", proxy.host()).start();
    build.wait_for_log("begun");
    proxy.freeze();
    std::thread::sleep(Duration::from_secs(3));
    proxy.thaw();
    let events = build.ends_within(Duration::from_secs(60)).expect_code(0).events();
    assert_eq!(tag.id().as_deref(), Some(events.image_id()));
}

#[test]
fn an_interrupt_while_the_context_is_sent_leaves_nothing() {
    let engine = Engine::take();
    let tag = Image::named("upload");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
    let good = tag.id();
    std::fs::write(project.path().join("big"), vec![7; 16 << 20]).expect("written");
    project.template(
        "FROM ${BASE}\n{% for file in files %}COPY {{ file.source }} {{ file.dest }}\n{% endfor %}",
    );
    let profile = std::fs::read_to_string(project.path().join("profiles/small.yaml"));
    let profile = profile.expect("the profile") + "files: [{source: big, dest: /srv/big}]\n";
    project.write("profiles/small.yaml", &profile);
    let proxy = Proxy::start();
    proxy.freeze_after(4 << 20);
    let build =
        project.build(&tag).args(["--progress", "json"]).env("DOCKER_HOST", proxy.host()).start();
    proxy.wait_until_frozen();
    build.signal("INT");
    build.ends_within(SOON).expect_code(130);
    proxy.thaw();
    assert_eq!(tag.id(), good);
    // The same build goes through when nothing stands in its way.
    project.build(&tag).good();
    assert_ne!(tag.id(), good);
}

/// The engine keeps a megabyte or two of a step's output; mad must take what comes.
#[test]
fn steps_may_print_rubbish_one_endless_line_and_a_flood() {
    let engine = Engine::take();
    let (tag, salt) = (Image::named("loud"), unique("loud"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nRUN echo {salt}; head -c 300000 /dev/urandom; echo\n\
             RUN echo {salt}; head -c 50000000 /dev/zero | tr '\\0' x\n\
             RUN echo {salt}; yes 0123456789 | head -c 100000000\nRUN echo {salt}; printf '\\033[2J\\007\\r\\n'; echo the end\n"
        ),
    );
    let done = project.build(&tag).args(["--progress", "json"]).good();
    // Every line is one event, whatever was printed.
    let events = done.events();
    assert_eq!(events.end()["outcome"], "built");
    let done = project.build(&tag).args(["--progress", "plain", "--no-cache"]).good();
    let shown = done.stdout + &done.stderr;
    assert!(shown.contains("the end"));
    let control = shown.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert_eq!(control, None);
}

/// Answers every request on a free port of loopback with `answer`; nothing: it stays silent.
fn registry(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || serve(client, answer));
        }
    });
    format!("localhost:{port}")
}

fn serve(mut client: TcpStream, answer: Option<&str>) {
    let mut head = [0; 4096];
    while matches!(client.read(&mut head), Ok(1..)) {
        if let Some(answer) = answer {
            // One request a connection: the body ends with it.
            let _ = client.write_all(answer.as_bytes());
            return;
        }
    }
}

#[test]
fn a_registry_that_refuses_a_push_fails_it_and_the_image_stays() {
    let engine = Engine::take();
    let busy = registry(Some(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"slow down\"}]}",
    ));
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    let remote = format!("{busy}/team/busy:one");
    let done = project.build(&remote).args(["--push"]).run().expect_code(1);
    done.says(&["is built and named", "is not pushed", &busy]);
    assert!(engine.image_id(&remote).is_some());
    engine.docker(&["image", "rm", &remote]);
}

#[test]
fn a_registry_that_says_nothing_does_not_hold_up_an_interrupt() {
    let engine = Engine::take();
    let silent = registry(None);
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    let remote = format!("{silent}/team/silent:one");
    let mut build = project.build(&remote).args(["--push", "--progress", "json"]).start();
    build.wait_for("the end of the build", |event| event["type"] == "build-finished");
    std::thread::sleep(Duration::from_millis(300));
    build.signal("INT");
    build.ends_within(SOON).expect_code(130);
    // What was built was good, and is named.
    assert!(engine.image_id(&remote).is_some());
    engine.docker(&["image", "rm", &remote]);
}

#[test]
fn a_home_that_is_not_there_or_cannot_be_written_stops_no_build() {
    let engine = Engine::take();
    let tag = Image::named("homeless");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    let without = || {
        let names = ["MAD_HISTORY", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME"];
        names.into_iter().fold(project.build(&tag), |build, name| build.without_env(name))
    };
    without().good();
    // Nobody can make a folder there, root neither.
    without().env("HOME", "/proc/no-home").good().says(&["warning: the history cannot be"]);
}

/// What `.dockerignore` leaves out: mad against `docker build`, over trees and patterns that are made up.
#[test]
fn dockerignore_leaves_out_what_docker_leaves_out() {
    let engine = Engine::take();
    for seed in 1..=u64::from(cases(6)) {
        let mut random = Random::of(seed);
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..24 {
            let depth = 1 + random.below(3);
            let path: Vec<&str> = (0..depth).map(|_| name(&mut random)).collect();
            let at = folder.path().join("tree").join(path.join("/"));
            // A name may be a file already where a folder is wanted, and the other way round.
            let parent = at.parent().expect("below the folder");
            if std::fs::create_dir_all(parent).is_ok() && !at.exists() {
                std::fs::write(at, "x").expect("written");
            }
        }
        let lines: Vec<String> = (0..1 + random.below(5)).map(|_| pattern(&mut random)).collect();
        let ignore = lines.join("\n") + "\n";
        let expected = docker_sees(&engine, folder.path(), &ignore);
        let found = mad_sees(folder.path(), &ignore);
        assert_eq!(found, expected, "seed {seed}:\n{ignore}");
    }
}

const NAMES: [&str; 8] = ["a", "b", "ab", "a.env", "b.env", ".env", "a b", "c-1"];

fn name(random: &mut Random) -> &'static str {
    NAMES[random.below(NAMES.len())]
}

/// What is taken back in is named in full: where it has wildcards, clients of Docker differ in whether they look
/// into a folder that is left out.
fn pattern(random: &mut Random) -> String {
    // Not `**.env`: the client of 20.10 takes it for `*.env`. What newer ones say of both is recorded in
    // tests/inputs/dockerignore.
    const PARTS: [&str; 13] =
        ["a", "b", "ab", "*.env", "*", "**", "?", "[ab]", "a*", ".env", "c-?", "a b", "[^a]"];
    let start = ["", "", "", "!", "/", "./", "# "][random.below(7)];
    let end = ["", "", "", "/", " "][random.below(5)];
    let part = |random: &mut Random| match start {
        "!" => name(random),
        _ => PARTS[random.below(PARTS.len())],
    };
    let parts: Vec<&str> = (0..1 + random.below(3)).map(|_| part(random)).collect();
    format!("{start}{}{end}", parts.join("/"))
}

/// The files that `COPY . /` brings, `None` where the build is refused.
fn docker_sees(engine: &Engine, folder: &Path, ignore: &str) -> Option<BTreeSet<String>> {
    let context = folder.join("tree");
    std::fs::create_dir_all(&context).expect("a folder");
    let dockerfile = folder.join("Dockerfile");
    // Something always comes along, so that an empty context is no case of its own.
    let text = format!(
        "FROM {} AS one\nRUN touch /none\nFROM scratch\nCOPY --from=one /none /\nCOPY . /tree/\n",
        engine.base()
    );
    std::fs::write(&dockerfile, text).expect("written");
    std::fs::write(context.join(".dockerignore"), ignore).expect("written");
    let out = folder.join("out");
    let output = format!("type=local,dest={}", out.display());
    let file = dockerfile.display().to_string();
    let place = context.display().to_string();
    let build = docker_command(&["build", "-q", "-f", &file, "--output", &output, &place])
        .env("DOCKER_BUILDKIT", "1")
        .output()
        .expect("docker runs");
    std::fs::remove_file(context.join(".dockerignore")).expect("removed");
    build.status.success().then(|| {
        let mut found = BTreeSet::new();
        files(&out.join("tree"), "", &mut found);
        found.remove(".dockerignore");
        found
    })
}

fn files(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}

/// The files that `files: [{source: tree}]` brings, by a rendering. The patterns are those of the project's
/// folder, which is the tree itself here.
fn mad_sees(folder: &Path, ignore: &str) -> Option<BTreeSet<String>> {
    let tree = folder.join("tree");
    std::fs::write(tree.join(".dockerignore"), ignore).expect("written");
    let project = mad::project::Project::open(&tree).expect("a project");
    let walked = project.walk(".");
    std::fs::remove_file(tree.join(".dockerignore")).expect("removed");
    match walked {
        Ok(walked) => {
            let paths = walked.into_iter().map(|file| file.path);
            Some(paths.filter(|path| path != ".dockerignore").collect())
        }
        Err(
            mad::project::FilesError::AllIgnored { .. } | mad::project::FilesError::NoFiles { .. },
        ) => Some(BTreeSet::new()),
        Err(_) => None,
    }
}

/// Killed at any moment, ten at a time; the next build takes away what they left.
#[test]
fn a_hundred_kills_leave_nothing_behind_the_next_build() {
    let engine = Engine::take();
    let tag = Image::named("kills");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
    let good = tag.id();
    let (seconds, temporary) = (unique_seconds(), tempfile::tempdir().expect("a folder"));
    project.template(&format!(
        "FROM ${{BASE}}\nARG N\nRUN echo $N\nRUN head -c 50000 /dev/urandom > /x\nRUN test $N != 3 || sleep {seconds}\n"
    ));
    let history = project.path().join("state/history.db");
    let mut killed = BTreeSet::new();
    for round in 0..10u64 {
        let mut children: Vec<_> = (0..10)
            .map(|number| {
                let argument = format!("N={}", (round + number) % 7);
                let build = project.build(&tag).args(["--build-arg", &argument, "--no-cache"]);
                let build = build.env("TMPDIR", temporary.path()).env("MAD_HISTORY", &history);
                build.into_command().spawn_quietly()
            })
            .collect();
        for (number, child) in children.iter_mut().enumerate() {
            std::thread::sleep(Duration::from_millis((round * 13 + number as u64 * 7) % 90));
            killed.insert(child.id());
            child.kill().expect("it can be killed");
            child.wait().expect("it has ended");
        }
    }
    // Some may have come to their end before.
    project.template("FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).env("TMPDIR", temporary.path()).env("MAD_HISTORY", &history).good();
    assert_eq!(tag.id(), good);
    process::gone_after(&seconds, Duration::from_secs(30));
    let names = engine.docker(&["images", "--format", "{{.Tag}}", "mad/candidate"]);
    let of_killed = |tag: &str| {
        let pid = tag.split('.').nth(2).and_then(|part| part.split('-').next()?.parse().ok());
        pid.is_some_and(|pid: u32| killed.contains(&pid))
    };
    let left: Vec<&str> = names.lines().filter(|tag| of_killed(tag)).collect();
    assert!(left.is_empty(), "{left:?}");
    let mut found = BTreeSet::new();
    files(temporary.path(), "", &mut found);
    assert!(found.is_empty(), "{found:?}");
    files(project.path(), "", &mut found);
    let expected = [
        "profiles/small.yaml",
        "state/history.db",
        "state/history.db.key",
        "templates/Dockerfile.j2",
    ];
    let beside = |name: &String| !name.ends_with("-wal") && !name.ends_with("-shm");
    let found: Vec<&String> = found.iter().filter(|name| beside(name)).collect();
    assert_eq!(found, expected);
}

trait SpawnQuietly {
    fn spawn_quietly(self) -> std::process::Child;
}

impl SpawnQuietly for Command {
    fn spawn_quietly(mut self) -> std::process::Child {
        use std::process::Stdio;
        self.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mad starts")
    }
}
