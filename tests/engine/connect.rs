//! Where the engine is looked for.

use std::net::TcpListener;

use sha2::{Digest, Sha256};

use crate::support::{Engine, Image, Mad, Project, Proxy, socket};

const SMALL: &str = "FROM ${BASE}\nRUN echo good\n";

#[test]
fn no_engine_is_code_7_with_a_hint() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, SMALL);
    // A port on which nothing listens any more.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for host in ["unix:///nonexistent/docker.sock".to_owned(), format!("tcp://{closed}")] {
        project.build("x").env("DOCKER_HOST", &host).run().expect_code(7).says(&[
            "no Docker Engine answers",
            &host,
            "hint: start the engine",
        ]);
    }
    project
        .build("x")
        .env("DOCKER_HOST", "ssh://me@there")
        .run()
        .expect_code(7)
        .says(&["ssh://there", "hint: forward the socket"]);
}

#[test]
fn rendering_needs_no_engine() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, SMALL);
    let mad =
        project.command("render", "small").env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    assert!(mad.good().stdout.contains("RUN echo good"));
}

#[test]
fn contexts_are_followed() {
    let engine = Engine::take();
    let (project, tag) = (Project::with_template(&engine, SMALL), Image::named("context"));
    let config = Project::empty();
    for (name, host) in [
        ("real", format!("unix://{}", socket().display())),
        ("away", "unix:///nonexistent/docker.sock".to_owned()),
    ] {
        let id = hex::encode(Sha256::digest(name));
        let meta = serde_json::json!({ "Name": name, "Endpoints": { "docker": { "Host": host } } });
        config.write(&format!("contexts/meta/{id}/meta.json"), &meta.to_string());
    }
    config.write("config.json", r#"{"currentContext": "away"}"#);
    let mad = || project.build(&tag).without_env("DOCKER_HOST").env("DOCKER_CONFIG", config.path());
    mad().env("DOCKER_CONTEXT", "real").good();
    assert!(tag.id().is_some());
    // The current context of the configuration counts too, and is not the one that answers.
    mad()
        .without_env("DOCKER_CONTEXT")
        .run()
        .expect_code(7)
        .says(&["unix:///nonexistent/docker.sock"]);
    mad()
        .env("DOCKER_CONTEXT", "nosuch")
        .run()
        .expect_code(7)
        .says(&["`nosuch`", "docker context ls"]);
}

#[test]
fn an_engine_behind_tcp_builds_and_keeps_secrets() {
    let engine = Engine::take();
    let tag = Image::named("tcp");
    let salt = crate::support::unique("tcp");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nRUN --mount=type=secret,id=s grep -c . /run/secrets/s # {salt}\n"
        ),
    );
    let proxy = Proxy::start();
    let events = project
        .build(&tag)
        .args(["--secret", "id=s,env=MAD_TEST_S"])
        .env("MAD_TEST_S", "one line")
        .env("DOCKER_HOST", proxy.host())
        .events();
    assert_eq!(events.log(), ["1"]);
    assert_eq!(tag.id().as_deref(), Some(events.image_id()));
    assert!(proxy.connections() >= 3, "API, session and control channel");
}

#[test]
fn doctor_tells_what_is_there_and_what_is_not() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, SMALL);
    let doctor = |host: Option<&str>| {
        let mad = Mad::new(["-C", project.path().to_str().unwrap(), "doctor", "-p", "small"]);
        match host {
            Some(host) => mad.env("DOCKER_HOST", host),
            None => mad,
        }
        .run()
    };
    let here = doctor(None);
    assert!(here.stdout.contains("engine"), "{here:?}");
    assert!(here.stdout.contains(engine.base()), "{here:?}");
    let away = doctor(Some("unix:///nonexistent/docker.sock"));
    assert_ne!(away.code, 0, "{away:?}");
    assert!(away.stdout.contains("no Docker Engine answers"), "{away:?}");
}
