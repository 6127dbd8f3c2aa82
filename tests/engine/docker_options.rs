//! The options of `docker buildx build` that `mad build` has, on the real engine.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use serde_json::Value;

use crate::support::registry::{LOGIN, Registry};
use crate::support::{Engine, Image, Project, unique};

#[test]
fn steps_get_hosts_and_a_network_and_the_image_its_labels() {
    let engine = Engine::take();
    let (salt, tag) = (unique("docker-options"), Image::named("docker-options"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nLABEL kept=yes over=old\n\
             RUN echo {salt}; cp /etc/hosts /hosts; ls /sys/class/net > /network\n"
        ),
    );
    let options = [
        "--add-host",
        "db:10.9.8.7",
        "--add-host",
        "six=::1",
        "--label",
        "over=a=b",
        "--label",
        "bare",
    ];
    project.build(&tag).args(options).args(["--network", "none"]).good();
    let hosts = engine.run(&tag, &["cat", "/hosts"]);
    assert!(
        hosts.lines().any(|line| line == "10.9.8.7\tdb") && hosts.contains("::1\tsix"),
        "{hosts}"
    );
    assert_eq!(engine.run(&tag, &["cat", "/network"]), "lo\n");
    let labels = engine.docker(&["image", "inspect", "--format", "{{json .Config.Labels}}", &tag]);
    let labels: Value = serde_json::from_str(&labels).unwrap();
    assert_eq!(
        (&labels["kept"], &labels["over"], &labels["bare"]),
        (&"yes".into(), &"a=b".into(), &"".into())
    );

    // Another network is another step, and that is the cause which is told.
    let done =
        project.build(&tag).args(options).args(["--network", "host", "--progress", "plain"]).good();
    assert!(engine.run(&tag, &["cat", "/network"]).lines().count() > 1);
    assert!(done.stderr.contains("--network"), "{}", done.stderr);
}

#[test]
fn what_the_engine_would_ignore_is_refused_before_the_build() {
    let engine = Engine::take();
    let tag = Image::named("refused-options");
    let project = Project::with_template(&engine, "FROM ${BASE} AS only\n");
    let old = engine.docker(&["version", "--format", "{{.Server.Version}}"]).starts_with("20.");
    for (options, words) in [
        (["--shm-size", "64m"], "ignores `--shm-size`"),
        (["--ulimit", "nofile=100"], "ignores `--ulimit`"),
        (["--cache-to", "type=registry,ref=localhost:1/x"], "exports no cache of `type=registry`"),
    ] {
        if old {
            project.build(&tag).args(options).run().expect_code(2).says(&[words]);
        }
    }
    for (options, words) in [
        (["--platform", "linux/s390x"], "cannot run steps for `linux/s390x`"),
        (["--platform", "linux/amd64,linux/arm64"], "expected one platform"),
        (["--no-cache-filter", "other"], "no stage `other`, expected one of `only`"),
        (["--network", "bridge"], "expected `default`, `host` or `none`"),
        (["--add-host", "db"], "expected HOST:IP"),
        (["--cache-from", "type=local,src=x"], "mad serves no cache from a folder"),
        (["--ssh", "x=/etc/hostname"], "mad reads no keys"),
        (["--output", "type=oci,dest=x"], "use type=docker"),
        (["--output", "/etc/hostname"], "is no folder"),
    ] {
        project.build(&tag).args(options).run().expect_code(2).says(&[words]);
    }
    assert_eq!(engine.image_id(&tag), None);
}

#[test]
fn one_stage_is_built_without_the_cache() {
    let engine = Engine::take();
    let (salt, tag) = (unique("filter"), Image::named("filter"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}} AS first\nRUN echo {salt} > /first\n\
             FROM ${{BASE}} AS second\nRUN echo {salt} > /second\n\
             FROM ${{BASE}} AS final\nCOPY --from=first /first /\nCOPY --from=second /second /\n"
        ),
    );
    project.build(&tag).good();
    let again = project.build(&tag).args(["--no-cache-filter", "second"]).events();
    assert_eq!(again.executed(), [format!("second: RUN echo {salt} > /second")]);
}

#[test]
fn the_result_goes_to_folders_archives_and_files() {
    let engine = Engine::take();
    let (salt, tag) = (unique("outputs"), Image::named("outputs"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}} AS made\nRUN echo {salt} > /made\nFROM scratch AS files\nCOPY --from=made /made /out/made\n"
        ),
    );
    let at = |name: &str| project.path().join(name).display().to_string();
    let local = format!("type=local,dest={}", at("folder"));
    let tar = format!("type=tar,dest={}", at("files.tar"));
    let docker = format!("type=docker,dest={}", at("image.tar"));
    let iid = at("iid");
    let done = project
        .build(&tag)
        .args(["-o", &local, "-o", &tar, "-o", &docker, "--iidfile", &iid])
        .good();
    assert_eq!(
        std::fs::read_to_string(project.path().join("folder/out/made")).unwrap(),
        format!("{salt}\n")
    );
    assert_eq!(std::fs::read_to_string(&iid).unwrap(), tag.id().unwrap());
    assert!(!done.stderr.contains("ran again"), "{}", done.stderr);
    let list = |archive: &str| {
        let output = std::process::Command::new("tar").args(["-tf", archive]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(list(&at("files.tar")).lines().any(|name| name.ends_with("out/made")));
    assert!(list(&at("image.tar")).lines().any(|name| name == "manifest.json"));
    // Standard output holds the archive and nothing else.
    let mut archive = project.build(&tag).args(["-o", "-"]).into_command();
    let output = archive.output().unwrap();
    let mut entries = tar::Archive::new(output.stdout.as_slice());
    let names: Vec<_> =
        entries.entries().unwrap().map(|e| e.unwrap().path().unwrap().into_owned()).collect();
    assert!(names.iter().any(|name| name.ends_with("out/made")), "{names:?}");
    // One that cannot be written is told; the image is there.
    let missing = format!("type=tar,dest={}/x.tar", iid);
    project
        .build(&tag)
        .args(["-o", &missing])
        .run()
        .expect_code(1)
        .says(&["the image is built, but not written"]);
}

#[test]
fn a_step_speaks_with_the_ssh_agent() {
    let engine = Engine::take();
    let (salt, tag) = (unique("ssh"), Image::named("ssh"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nRUN --mount=type=ssh,id=git,required=true echo {salt}; \
             perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new($ENV{{SSH_AUTH_SOCK}}) or die $!; \
             print $s \"question\\n\"; $s->flush; print \"heard \", scalar <$s>'\n"
        ),
    );
    let socket = project.path().join("agent");
    let agent = UnixListener::bind(&socket).unwrap();
    let answers = std::thread::spawn(move || {
        let (mut step, _) = agent.accept().unwrap();
        let mut question = [0; 9];
        step.read_exact(&mut question).unwrap();
        assert_eq!(&question, b"question\n");
        step.write_all(b"answer\n").unwrap();
    });
    let ssh = format!("git={}", socket.display());
    let events = project.build(&tag).args(["--ssh", &ssh]).events();
    assert!(events.log().contains(&"heard answer"), "{events:?}");
    answers.join().unwrap();
    // Without it the step is refused, not skipped.
    project.build(&tag).args(["--no-cache"]).run().expect_code(1);
}

#[test]
fn images_are_pushed_once_they_passed() {
    let engine = Engine::take();
    let registry = Registry::start();
    let salt = unique("push");
    let template = format!(
        "FROM ${{BASE}} AS made\nRUN echo {salt} > /made\nFROM scratch\nCOPY --from=made /made /\n"
    );
    let project = Project::with_template(&engine, &template);
    let remote = format!("{}/team/push:one", registry.host);
    let metadata = project.path().join("metadata.json");
    let push = |config: &str| {
        project.write("config.json", config);
        project
            .build(&remote)
            .args(["--push", "--metadata-file", &metadata.display().to_string()])
            .env("DOCKER_CONFIG", project.path())
    };
    // Without a login the registry refuses, and both are said: what is there, and what was tried.
    push("{}").run().expect_code(1).says(&["is built and named", "is not pushed", "no login for"]);
    use base64::Engine as _;
    let login = format!("{}:{}", LOGIN.0, LOGIN.1);
    let auth = base64::engine::general_purpose::STANDARD.encode(login);
    let config = format!(r#"{{"auths": {{"{}": {{"auth": "{auth}"}}}}}}"#, registry.host);
    let done = push(&config).good();
    assert!(done.stderr.contains(&format!("pushed {remote}@sha256:")), "{}", done.stderr);
    let facts: Value = serde_json::from_slice(&std::fs::read(&metadata).unwrap()).unwrap();
    let digest = facts["mad.pushed"][0].as_str().unwrap().to_owned();
    assert!(digest.starts_with(&format!("{remote}@sha256:")), "{digest}");
    engine.docker(&["image", "rm", &remote]);
}
