//! `mad build --builder`: a BuildKit elsewhere. The relays of these tests accept a connection, upgrade the engine's
//! `/grpc` and pipe, so that what is at the address is the real BuildKit.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::support::relay::{Certificates, Relay, ServerFiles, Validity};
use crate::support::{Engine, Image, Mad, Project, process, unique};

/// Two steps, a secret and an argument.
fn project(engine: &Engine, salt: &str) -> Project {
    let project = Project::with_template(
        engine,
        &format!(
            "FROM ${{BASE}}\nARG WHO=nobody\n\
             RUN --mount=type=secret,id=token,required=true echo {salt} hello $WHO; wc -c < /run/secrets/token > /size\n\
             {{% for file in files %}}COPY {{{{ file.source }}}} {{{{ file.dest }}}}\n{{% endfor %}}\
             RUN cat /srv/app/* > /all\n"
        ),
    );
    project.write(
        "profiles/small.yaml",
        &format!("base: {}\nfiles: [{{source: app, dest: /srv/app}}]\n", engine.base()),
    );
    project.write("app/one", "1");
    project.write("token", "seven!!");
    project
}

/// `mad build --builder BUILDER` with what the steps need.
fn build(project: &Project, tag: &str, builder: &str) -> Mad {
    let secret = format!("id=token,src={}", project.path().join("token").display());
    project.build(tag).args(["--builder", builder, "--secret", &secret, "--build-arg", "WHO=you"])
}

/// Where nothing listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("tcp://{}", listener.local_addr().expect("an address"))
}

/// A program that is found before the real one.
fn program(folder: &Path, name: &str, script: &str) {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a program");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").expect("a PATH"))
}

/// Joins standard input and output with a port, as `buildctl dial-stdio` does with BuildKit's socket.
fn dial_stdio(port: u16) -> String {
    format!("exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3; kill $!")
}

#[test]
fn a_builder_over_tcp_is_watched_and_gets_secrets_as_the_engine_does() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder"), Relay::start());
    let project = project(&engine, &unique("builder"));
    let there = build(&project, &tag, &relay.url()).events();
    assert_eq!(there.executed(), there.all_steps());
    assert_eq!(there.all_steps().len(), 3);
    assert!(there.log().iter().any(|line| line.ends_with(" hello you")), "{:?}", there.log());
    assert!(there.of_type("context-uploaded").count() > 0);
    assert_eq!(engine.run(&tag, &["cat", "/size", "/all"]), "7\n1");
    assert_eq!(tag.id().as_deref(), Some(there.image_id()));
    assert!(relay.connections() > 0);
    // It is the same BuildKit: what it built, the engine has. And the same events tell of it.
    let here = build(&project, &tag, "default").events();
    assert_eq!((here.executed().len(), here.all_steps()), (0, there.all_steps()));
    assert_eq!(here.image_id(), there.image_id());

    // The history keeps them apart.
    let shown = |build: &str| {
        let folder = project.path().to_str().expect("a UTF-8 path");
        Mad::new(["-C", folder, "history", "show", build, "--format", "json"]).good().stdout
    };
    let (url, last, before) = (relay.url(), shown("last"), shown("last~1"));
    let platform = engine.docker(&["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
    let platform = platform.trim();
    let apart = format!("nothing to compare with: other machine: {platform} builder `{url}`, not ");
    assert!(last.contains(&apart), "{last}");
    // The machine and its class, and the builder of the series.
    assert!(before.contains(&format!("\"builder\": \"{url}\"")), "{before}");
    assert!(before.contains(&format!("\"machine\": \"{platform} builder `{url}`\"")), "{before}");
    assert!(before.contains("\"builder\": \"buildkit"), "{before}");
}

#[test]
fn a_socket_and_files_of_the_result() {
    let engine = Engine::take();
    let (tag, folder) = (Image::named("builder-socket"), tempfile::tempdir().unwrap());
    let socket = folder.path().join("buildkitd.sock");
    Relay::at_socket(&socket);
    let project = project(&engine, &unique("builder-socket"));
    let out = folder.path().join("out.tar");
    let output = format!("type=tar,dest={}", out.display());
    build(&project, &tag, &format!("unix://{}", socket.display())).args(["-o", &output]).good();
    let mut archive = tar::Archive::new(std::fs::File::open(out).unwrap());
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert!(names.iter().any(|name| name == "all"), "{names:?}");
}

#[test]
fn mutual_tls_lets_in_whom_it_should() {
    let engine = Engine::take();
    let tag = Image::named("builder-tls");
    let (own, other) = (Certificates::new(), Certificates::new());
    own.sign("server", "127.0.0.1", Validity::Good);
    own.sign("old-server", "127.0.0.1", Validity::Expired);
    own.sign("named-server", "builder.example", Validity::Good);
    own.sign("client", "client", Validity::Good);
    own.sign("old-client", "client", Validity::Expired);
    other.sign("client", "client", Validity::Good);
    let relay = |server: &str| {
        let (ca, cert, key) =
            (own.path("ca"), own.path(server), own.path(&format!("{server}-key")));
        Relay::with_tls(&ServerFiles { ca: &ca, cert: &cert, key: &key })
    };
    let (good, old, named) = (relay("server"), relay("old-server"), relay("named-server"));
    let address = |relay: &Relay, ca: &Certificates, client: Option<(&Certificates, &str)>| {
        let client = client.map(|(of, name)| {
            let key = of.path(&format!("{name}-key"));
            format!(",cert={},key={}", of.path(name).display(), key.display())
        });
        format!("{},cacert={}{}", relay.url(), ca.path("ca").display(), client.unwrap_or_default())
    };
    let project = project(&engine, &unique("builder-tls"));
    let client = Some((&own, "client"));
    build(&project, &tag, &address(&good, &own, client)).good();
    let as_named = format!("{},servername=builder.example", address(&named, &own, client));
    build(&project, &tag, &as_named).good();
    let plain = Relay::start();
    for (builder, words) in [
        (address(&good, &other, client), "its certificate is not signed by the CA in"),
        (address(&old, &own, client), "its certificate has expired"),
        (address(&named, &own, client), "its certificate is not for `127.0.0.1`"),
        (address(&good, &own, None), "it wants a client certificate"),
        (address(&good, &own, Some((&own, "old-client"))), "refuses the client certificate"),
        (address(&good, &own, Some((&other, "client"))), "refuses the client certificate"),
        (good.url(), "where it wants TLS, add"),
        (address(&plain, &own, client), "does not answer"),
    ] {
        let done = build(&project, &tag, &builder).run().expect_code(7);
        let done = done.says(&["does not answer", words]);
        let errors = done.stderr.lines().filter(|line| line.starts_with("error: "));
        assert_eq!(errors.count(), 1, "{}", done.stderr);
    }
    let missing = format!("{},cacert=/nonexistent/ca.pem", good.url());
    build(&project, &tag, &missing).run().expect_code(7).says(&["/nonexistent/ca.pem"]);
}

#[test]
fn the_next_builder_takes_over_when_one_is_dead() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-next"), Relay::start());
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    // Whichever is the profile's first: it is dead once, and the other one is.
    let mut taken_over = 0;
    for (one, two) in [(closed(), relay.url()), (relay.url(), closed())] {
        project.write(
            "mad.yaml",
            &format!(
                "builders:\n- {{name: one, address: \"{one}\"}}\n- {{name: two, address: \"{two}\"}}\n"
            ),
        );
        let before = relay.connections();
        let done = project.build(&tag).args(["--progress", "plain"]).good();
        assert_eq!(relay.connections(), before + 1);
        taken_over += done.stderr.matches("Connection refused; trying `").count();
    }
    assert_eq!(taken_over, 1);
    // Named, it is that one or none.
    for name in ["one", "two"] {
        let code = if name == "one" { 0 } else { 7 };
        project.build(&tag).args(["--builder", name]).run().expect_code(code);
    }
    project
        .build(&tag)
        .args(["--builder", "three"])
        .run()
        .expect_code(2)
        .says(&["no builder `three`, expected an address or one of `one`, `two`, `default`"]);
    relay.cut();
    project.build(&tag).run().expect_code(7).says(&["; trying `", "does not answer"]);
    // A builder for another platform is not asked; then it is the engine.
    project.write(
        "mad.yaml",
        &format!("builders: [{{name: a, address: \"{}\", platforms: [linux/s390x]}}]\n", closed()),
    );
    project.build(&tag).good();
    project.build(&tag).args(["--platform", "linux/s390x"]).run().expect_code(7);
    // The engine itself is there in any case.
    project.build(&tag).args(["--builder", "default"]).good();
}

#[test]
fn a_builder_that_is_lost_in_a_step_leaves_nothing_half_done() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-lost"), Relay::start());
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    project.build(&tag).good();
    let good = tag.id();
    let seconds = crate::interrupt::unique_seconds();
    project.template(&format!("FROM ${{BASE}}\nRUN echo begun; sleep {seconds}\n"));
    let builder = relay.url();
    let mut build = project.build(&tag).args(["--builder", &builder, "--progress", "json"]).start();
    build.wait_for_log("begun");
    relay.cut();
    let lost = format!("lost the connection to the builder `{builder}` while building");
    let done = build.ends_within(Duration::from_secs(20)).expect_code(7).says(&[&lost]);
    assert_eq!(done.events().end()["outcome"], "failed");
    assert!(!engine.has_candidate(done.events().build_ref()));
    assert_eq!(tag.id(), good);
    // BuildKit has noticed, too.
    process::gone_after(&seconds, Duration::from_secs(30));
}

#[test]
fn an_interrupt_ends_the_step_on_the_builder() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-interrupt"), Relay::start());
    let seconds = crate::interrupt::unique_seconds();
    let project = Project::with_template(
        &engine,
        &format!("FROM ${{BASE}}\nRUN echo begun; sleep {seconds}\n"),
    );
    let mut build =
        project.build(&tag).args(["--builder", &relay.url(), "--progress", "json"]).start();
    build.wait_for_log("begun");
    build.signal("INT");
    process::gone_after(&seconds, Duration::from_secs(20));
    build.ends_within(Duration::from_secs(20)).expect_code(130).says(&["interrupted"]);
    assert_eq!(tag.id(), None);
}

#[test]
fn ssh_runs_buildctl_on_the_other_side() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-ssh"), Relay::start());
    let project = project(&engine, &unique("builder-ssh"));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arguments");
    program(
        folder.path(),
        "ssh",
        &format!("echo \"$@\" >> '{}'; {}", log.display(), dial_stdio(relay.port())),
    );
    let through =
        |builder: &str| build(&project, &tag, builder).env("PATH", path_with(folder.path()));
    let done = through("ssh://me@farm:2222").events();
    assert_eq!(done.executed(), done.all_steps());
    let arguments = std::fs::read_to_string(&log).unwrap();
    assert_eq!(arguments.trim(), "-T -o BatchMode=yes -l me -p 2222 -- farm buildctl dial-stdio");
    // What ssh says is the reason.
    program(folder.path(), "ssh", "echo 'me@farm: Permission denied (publickey).' >&2; exit 255");
    through("ssh://me@farm").run().expect_code(7).says(&[
        "the builder `ssh://me@farm` does not answer: me@farm: Permission denied (publickey).",
    ]);
    let nothing = tempfile::tempdir().unwrap();
    build(&project, &tag, "ssh://farm")
        .env("PATH", nothing.path())
        .run()
        .expect_code(7)
        .says(&["`ssh` is not installed"]);
}

#[test]
fn kubectl_forwards_a_port_of_a_cluster() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-kube"), Relay::start());
    let project = project(&engine, &unique("builder-kube"));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arguments");
    let forward = format!(
        "echo \"$@\" >> '{}'; echo 'Forwarding from 127.0.0.1:{} -> 1234'; exec sleep 60",
        log.display(),
        relay.port()
    );
    program(folder.path(), "kubectl", &forward);
    let through =
        |builder: &str| build(&project, &tag, builder).env("PATH", path_with(folder.path()));
    let done = through("kube://ci/statefulset/buildkit,context=prod").events();
    assert_eq!(done.executed(), done.all_steps());
    let arguments = std::fs::read_to_string(&log).unwrap();
    let expected =
        "--context=prod --namespace=ci port-forward --address=127.0.0.1 statefulset/buildkit :1234";
    assert_eq!(arguments.trim(), expected);
    // A broken kubeconfig, a missing deployment, a refused token: kubectl's words are the reason.
    let broken =
        "error: error loading config file \"/k\": yaml: line 1: did not find expected node";
    program(folder.path(), "kubectl", &format!("echo '{broken}' >&2; exit 1"));
    let refused = format!("does not answer: kubectl: {broken}");
    through("kube://ci/buildkit").run().expect_code(7).says(&[&refused]);
    build(&project, &tag, "kube://ci/buildkit")
        .env("PATH", tempfile::tempdir().unwrap().path())
        .run()
        .expect_code(7)
        .says(&["`kubectl` is not installed"]);
}

#[test]
fn builders_of_buildx_can_be_named() {
    let engine = Engine::take();
    let (tag, relay) = (Image::named("builder-buildx"), Relay::start());
    let project = project(&engine, &unique("builder-buildx"));
    let config = tempfile::tempdir().unwrap();
    let instances = config.path().join("instances");
    std::fs::create_dir(&instances).unwrap();
    let instance = |name: &str, driver: &str, endpoint: &str| {
        let text = serde_json::json!({
            "Name": name,
            "Driver": driver,
            "Nodes": [{"Name": format!("{name}0"), "Endpoint": endpoint, "DriverOpts": {"default-load": "true"}}],
        });
        std::fs::write(instances.join(name), text.to_string()).unwrap();
    };
    instance("farm", "remote", &relay.url());
    instance("box", "docker-container", "unix:///run/other.sock");
    instance("cluster", "kubernetes", "kubernetes:///x");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arguments");
    program(
        folder.path(),
        "docker",
        &format!("echo \"$@\" >> '{}'; {}", log.display(), dial_stdio(relay.port())),
    );
    let named = |name: &str| {
        build(&project, &tag, name)
            .env("BUILDX_CONFIG", config.path())
            .env("PATH", path_with(folder.path()))
    };
    named("farm").good();
    named("box").good();
    let arguments = std::fs::read_to_string(&log).unwrap();
    let expected = "--host=unix:///run/other.sock exec -i buildx_buildkit_box0 buildctl dial-stdio";
    assert_eq!(arguments.trim(), expected);
    named("cluster").run().expect_code(2).says(&["its driver is `kubernetes`"]);
    named("none").run().expect_code(2).says(&["one of `box`, `cluster`, `farm`, `default`"]);
    // In mad.yaml, too.
    project.write("mad.yaml", "builders: [{name: ours, address: farm}]\n");
    named("ours").good();
}
