//! Proofs on the real engine: two Dockerfiles are built, and their images compared.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

use engine::{DockerEngine, DockerSettings};
use mad::image::noise::Noise;
use mad::image::{Contents, Kind};
use mad::proof::{BuildFolder, Event, Proof, ProofError, Proven, Prover, Recipe, Side};
use tokio_util::sync::CancellationToken;

use super::support::{Done, Engine, Image, Mad, TEST_LABEL};

/// Runs `work` with the engine that the tests use.
pub fn with_engine<T>(work: impl AsyncFnOnce(DockerEngine) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let settings =
        DockerSettings { host: std::env::var("DOCKER_HOST").ok(), ..DockerSettings::default() };
    runtime.block_on(async { work(DockerEngine::connect(&settings).await.unwrap()).await })
}

pub fn recipe<'a>(engine: &'a DockerEngine, base: &str, folder: &Path) -> Recipe<'a> {
    Recipe {
        engine,
        folder: BuildFolder::open(folder, &folder.join("Dockerfile")).unwrap(),
        build_args: BTreeMap::from([("BASE".to_owned(), base.to_owned())]),
        target: None,
        secrets: HashMap::new(),
        cancel: CancellationToken::new(),
        observer: Box::new(|_| {}),
    }
}

/// Proves `after` against `before`, in a folder with one file `data`.
fn prove(engine: &Engine, before: &str, after: &str) -> Result<Proof, ProofError> {
    let folder = tempfile::tempdir().unwrap();
    let [before, after] = [before, after]
        .map(|text| format!("ARG BASE\nFROM ${{BASE}}\nLABEL {TEST_LABEL}=1\n{text}"));
    std::fs::write(folder.path().join("Dockerfile"), &before).unwrap();
    std::fs::write(folder.path().join("data"), "data\n").unwrap();
    let base = engine.base().to_owned();
    with_engine(async |docker| {
        let recipe = recipe(&docker, &base, folder.path());
        let mut prover = Prover::start(&recipe, &before, Noise::Known, false).await?;
        let proof = prover.prove(&after).await;
        prover.close().await?;
        proof
    })
}

/// Names that proofs give; none may stay.
pub fn candidates(engine: &Engine) -> String {
    engine.docker(&["images", "--quiet", "mad/proof"])
}

#[test]
fn an_image_from_inside_is_what_a_container_sees() {
    let engine = Engine::take();
    let contents = with_engine(async |docker| {
        Contents::of_image(&docker, engine.base()).await.expect("the base can be read")
    });
    // What the engine itself puts into every container.
    let script = r"find / -xdev ! -path '/proc*' ! -path '/sys*' ! -path '/dev*' \
        ! -path /etc/mtab ! -path /etc/hosts ! -path /etc/hostname ! -path /etc/resolv.conf ! -path /.dockerenv \
        ! -path / -printf '%y %m %U %G %s %l %P\n'";
    let seen = engine.run(engine.base(), &["sh", "-c", script]);
    let mut count = 0;
    for line in seen.lines() {
        let words: Vec<&str> = line.splitn(7, ' ').collect();
        let [kind, mode, uid, gid, size, target, path] = words.as_slice() else { panic!("{line}") };
        let node = contents.at(path.as_bytes()).unwrap_or_else(|| panic!("no `{path}`"));
        let (found, found_size, found_target) = match &node.kind {
            Kind::File { size, .. } => ("f", size.to_string(), String::new()),
            Kind::Folder => ("d", (*size).to_owned(), String::new()),
            Kind::Symlink { target } => {
                ("l", target.len().to_string(), String::from_utf8_lossy(target).into_owned())
            }
            other => panic!("{path}: {other:?}"),
        };
        // A folder in /dev or the like is another one in a container.
        assert_eq!((*kind, *size, *target), (found, &*found_size, &*found_target), "{path}");
        assert_eq!(*mode, format!("{:o}", node.mode), "{path}");
        assert_eq!((*uid, *gid), (&*node.uid.to_string(), &*node.gid.to_string()), "{path}");
        count += 1;
    }
    assert!(count > 1000, "{count} paths");
}

#[test]
fn an_order_that_does_not_matter_proves() {
    let engine = Engine::take();
    let user = "RUN useradd -m -u 1000 dev\n";
    let proof = prove(
        &engine,
        &format!("{user}USER dev\nRUN date +%N > ~/a.log; cp ~/a.log ~/.bash_logout; date +%N > /tmp/x\nUSER root\nRUN useradd --system -m -u 901 eve && date > /var/log/mine\nCOPY data /data\nUSER dev\n"),
        &format!("RUN useradd --system -m -u 901 eve && date > /var/log/mine\nCOPY data /data\n{user}USER dev\nRUN date +%N > ~/a.log; cp ~/a.log ~/.bash_logout; date +%N > /tmp/x\n"),
    )
    .unwrap();
    assert_eq!(proof.verdict, Proven::SameButUnstable, "{:#?}", proof.differences);
    let rules: Vec<&str> = proof.noise.iter().map(|noise| noise.rule).collect();
    assert_eq!(rules, ["accounts", "passwords", "backups", "logs"]);
    // On the day after the engine cached `useradd` its date differs as well.
    let unstable: Vec<_> = proof
        .unstable
        .iter()
        .filter(|blame| !blame.difference.path.to_string().starts_with("/etc/shadow"))
        .collect();
    let paths: Vec<String> =
        unstable.iter().map(|blame| blame.difference.path.to_string()).collect();
    assert_eq!(paths, ["/home/dev/.bash_logout", "/home/dev/a.log", "/tmp/x"]);
    assert_eq!(unstable[2].wrote_before.as_ref().unwrap().line, 6);
    assert_eq!(unstable[2].wrote_after.as_ref().unwrap().line, 8);
    assert_eq!(candidates(&engine), "");
}

#[test]
fn an_order_that_matters_does_not_prove() {
    let engine = Engine::take();
    let first = "RUN useradd -m -u 1000 dev\nUSER dev\nRUN echo one > ~/x\nUSER root\n";
    let proof = prove(
        &engine,
        &format!("{first}RUN cp /home/dev/x /x && ln -s x /y\nRUN chmod 700 /data || true\nCOPY data /data\nUSER dev\n"),
        &format!("{first}RUN cp /home/dev/x /x && ln -s x /y && chown dev /x\nCOPY data /data\nRUN chmod 700 /data || true\n"),
    )
    .unwrap();
    assert_eq!(proof.verdict, Proven::Different);
    let found: Vec<String> = proof
        .differences
        .iter()
        .map(|blame| {
            let words: Vec<&str> = blame.difference.aspects.iter().map(|a| a.word()).collect();
            let line = |step: &Option<mad::proof::StepRef>| step.as_ref().map(|s| s.line);
            let (before, after) = (line(&blame.wrote_before), line(&blame.wrote_after));
            format!("{} {words:?} {before:?} {after:?}", blame.difference.path)
        })
        .collect();
    assert_eq!(found, [r#"/data ["mode"] Some(10) Some(10)"#, r#"/x ["owner"] Some(8) Some(8)"#]);
    let config: Vec<&str> = proof.config.iter().map(|value| value.what.as_str()).collect();
    assert_eq!(config, ["user"]);
    assert_eq!(candidates(&engine), "");
}

#[test]
fn a_step_that_fails_is_named_and_leaves_nothing() {
    let engine = Engine::take();
    let error = prove(&engine, "RUN true\n", "RUN true\nRUN echo why; exit 3\n").unwrap_err();
    let ProofError::Build { line, label, log, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (*line, label.as_str(), log.last().unwrap().as_str()),
        (Some(5), "RUN echo why; exit 3", "why")
    );
    assert_eq!(candidates(&engine), "");
}

#[test]
fn capabilities_devices_links_and_odd_names_are_read() {
    let engine = Engine::take();
    let image = Image::named("proof-odd");
    let folder = tempfile::tempdir().unwrap();
    // 188 is setxattr(2); the value is `cap_net_raw=ep`, as setcap(8) writes it.
    let script = r#"my ($path, $name, $value) = ("/ping", "security.capability", pack("H40", "0100000200200000" . "0" x 24));
        exit(syscall(188, $path, $name, $value, length $value, 0) != 0)"#;
    std::fs::write(folder.path().join("cap.pl"), script).unwrap();
    std::fs::write(
        folder.path().join("Dockerfile"),
        format!(
            "FROM {}\nLABEL {TEST_LABEL}=1\nCOPY cap.pl /\nRUN cp /bin/true /ping && perl /cap.pl\n\
             RUN mkfifo /fifo && chmod 6755 /fifo && ln /ping /pong && printf x > \"$(printf '/bad\\377name')\"\n",
            engine.base()
        ),
    )
    .unwrap();
    engine.docker_build(folder.path(), &image);
    let contents = with_engine(async |docker| Contents::of_image(&docker, &image).await.unwrap());
    let ping = contents.at(b"ping").unwrap();
    assert_eq!(ping.xattrs["security.capability"][..4], [1, 0, 0, 2]);
    assert_eq!(ping.inode, contents.at(b"pong").unwrap().inode);
    assert_eq!(contents.at(b"fifo").unwrap().kind, Kind::Fifo);
    assert_eq!(contents.at(b"fifo").unwrap().mode, 0o6755);
    assert!(contents.at(b"bad\xffname").is_some());
    assert!(contents.step_of(ping.layer).unwrap().created_by.starts_with("RUN "));
}

#[test]
fn an_interrupted_proof_ends_at_once_and_leaves_no_name() {
    let engine = Engine::take();
    let folder = tempfile::tempdir().unwrap();
    let salt = super::support::unique("proof");
    let text = format!("FROM {}\nLABEL {TEST_LABEL}=1\nRUN sleep 97 # {salt}\n", engine.base());
    std::fs::write(folder.path().join("Dockerfile"), &text).unwrap();
    let started = Arc::new(Mutex::new(Vec::new()));
    let (begun, seen) = (std::time::Instant::now(), Arc::clone(&started));
    let error = with_engine(async |docker| {
        let mut recipe = recipe(&docker, engine.base(), folder.path());
        let cancel = recipe.cancel.clone();
        recipe.observer = Box::new(move |event| {
            if let Event::Started(side, _) = event {
                seen.lock().unwrap().push(side);
            }
            let Event::Watched(_, tracker) = event else { return };
            if tracker.steps().any(|step| step.state == mad::timing::WorkState::Running) {
                cancel.cancel();
            }
        });
        Prover::start(&recipe, &text, Noise::Known, false).await.err().expect("it was interrupted")
    });
    assert!(matches!(error, ProofError::Interrupted), "{error}");
    assert_eq!(*started.lock().unwrap(), [Side::Before]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!(candidates(&engine), "");
}

/// `mad users fix` of a Dockerfile in a folder of its own, with a file `data`.
fn fix(engine: &Engine, text: &str, options: &[&str]) -> (tempfile::TempDir, Done) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Dockerfile");
    let text = format!("ARG BASE\nFROM ${{BASE}}\nLABEL {TEST_LABEL}=1\n{text}");
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("data"), "data\n").unwrap();
    let base = format!("BASE={}", engine.base());
    let file = file.to_str().unwrap();
    let done =
        Mad::new(["users", "fix", file, "--prove", "--build-arg", &base]).args(options).run();
    (folder, done)
}

#[test]
fn fix_writes_what_proves() {
    let engine = Engine::take();
    let text = "RUN useradd -m -u 1000 dev\nUSER dev\nRUN touch /home/dev/a\nUSER root\nCOPY data /data\n\
                RUN touch /srv/b\nUSER dev\nRUN touch /home/dev/c\nUSER root\nUSER dev\n";
    let (folder, done) = fix(&engine, text, &["--strategy", "minimal", "--write"]);
    let done = done.expect_code(0);
    assert!(done.stdout.contains("same image"), "{}", done.stdout);
    let written = std::fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
    let users = written.lines().filter(|line| line.starts_with("USER")).count();
    assert!(users <= 2, "{written}");
    assert_eq!(candidates(&engine), "");
    // What it wrote it leaves as it is, and builds nothing for that.
    let file = folder.path().join("Dockerfile");
    let again = Mad::new([
        "users",
        "fix",
        file.to_str().unwrap(),
        "--strategy",
        "minimal",
        "--prove",
        "-w",
    ])
    .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    .good();
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn a_proof_shows_its_builds_as_a_build_is_shown() {
    let engine = Engine::take();
    let text = "RUN useradd -m -u 1000 dev\nUSER dev\nRUN touch /home/dev/a\nUSER root\n\
                RUN echo shown\nUSER dev\nRUN touch /home/dev/c\n";
    let (_folder, done) = fix(&engine, text, &["--strategy", "minimal", "--progress", "plain"]);
    let done = done.expect_code(0).says(&[
        "start    the original Dockerfile: docker ",
        " RUN echo shown\n",
        "\n+ built the original Dockerfile in ",
        "start    the rewritten Dockerfile: docker ",
        "\n+ built the rewritten Dockerfile in ",
    ]);
    assert!(done.stdout.contains("same image"), "{}", done.stdout);
    let (_folder, done) = fix(&engine, text, &["--strategy", "minimal", "--progress", "quiet"]);
    assert_eq!(done.expect_code(0).stderr, "");
}

#[test]
fn fix_never_writes_another_image() {
    let engine = Engine::take();
    // The root step reads what `dev` wrote, through a name that no reader of the file can know.
    let text = "RUN useradd -m -u 1000 dev && echo /home/dev/x > /where\nUSER dev\nRUN echo 1 > /home/dev/x\n\
                USER root\nRUN cat $(cat /where) > /copy\nUSER dev\nRUN echo 2 > /home/dev/x\nUSER root\n";
    let (folder, done) =
        fix(&engine, text, &["--strategy", "minimal", "--write", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let written = std::fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
    match done.code {
        // Either an order was found that holds, or nothing was written.
        0 => assert!(told["proving"].is_null() || told["proving"]["holds"] == true, "{told:#}"),
        1 => assert!(written.ends_with(text), "{written}"),
        _ => panic!("{done:?}"),
    }
    assert!(!written.contains("/home/dev/x\nRUN echo 2"), "{written}");
    assert_eq!(candidates(&engine), "");
}

#[test]
fn fix_says_which_step_of_the_first_file_fails() {
    let engine = Engine::take();
    let text = "USER root\nUSER root\nRUN echo why >&2; exit 3\n";
    let (_folder, done) = fix(&engine, text, &[]);
    done.expect_code(1).says(&["line 6", "exit 3"]);
    let (_folder, done) =
        fix(&engine, "USER root\nUSER root\nRUN true\n", &["--target", "nothing"]);
    done.expect_code(2).says(&["no stage `nothing`"]);
}
