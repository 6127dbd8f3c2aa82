//! The gateway of the cpu image, which a container of it starts, with claude-flow behind it.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Engine, Image, Project, docker_command, unique};

const CLIENTS: &str = include_str!("gateway-clients.mjs");

/// A container, removed at the end.
struct Container(String);

impl Container {
    fn start(engine: &Engine, arguments: &[&str]) -> Self {
        let name = unique("mad-test-gateway");
        let mut command = vec!["run", "--detach", "--name", &name];
        command.extend(arguments);
        engine.docker(&command);
        Self(name)
    }

    /// Runs a module in it, which prints JSON.
    fn node(&self, module: &str) -> Value {
        let node = ["node", "--experimental-websocket", "--input-type=module"];
        let mut command = docker_command(&["exec", "-i", &self.0]);
        command.args(node).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("docker runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(module.as_bytes()).expect("node reads");
        drop(input);
        let output = child.wait_with_output().expect("docker can be waited for");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let log = docker_command(&["logs", &self.0]).output().expect("docker runs");
            panic!(
                "{error}: {}\n{}",
                String::from_utf8_lossy(&output.stderr),
                String::from_utf8_lossy(&log.stderr)
            )
        })
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = docker_command(&["rm", "--force", "--volumes", &self.0]).output();
    }
}

#[test]
fn an_agent_spawned_over_websocket_is_listed_over_tcp_and_http() {
    let engine = Engine::take();
    let container = Container::start(&engine, &[engine.cpu().tag()]);
    let found = container.node(CLIENTS);
    assert!(found["spawned"].is_string(), "{found}");
    let expected = json!([found["spawned"]]);
    assert_eq!((&found["tcp"], &found["http"]), (&expected, &expected), "{found}");

    let status = engine.docker(&["exec", &container.0, "mad-runtime", "status", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    let server = &status["servers"][0];
    assert_eq!(status["servers"].as_array().map(Vec::len), Some(1), "{status}");
    assert_eq!((&server["name"], &server["restarts"]), (&json!("claude-flow"), &json!(0)));

    engine.docker(&["stop", "--time", "30", &container.0]);
    let code = engine.docker(&["inspect", "--format", "{{.State.ExitCode}}", &container.0]);
    assert_eq!(code, "0\n", "it drains and ends by itself");
}

#[test]
fn another_version_of_the_program_runs_its_copy_and_what_follows() {
    let engine = Engine::take();
    engine.cpu();
    let (project, out, tag) = (Project::empty(), Project::empty(), Image::named("gateway"));
    let render = project.command("render", "cpu").args(["--base", engine.base(), "-o"]);
    render.args([out.path()]).good();
    let programs: Vec<_> = std::fs::read_dir(out.path().join("files/mad-runtime"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!programs.is_empty());
    for program in &programs {
        let mut bytes = std::fs::read(program).unwrap();
        // Where rustup has no musl target, glibc is linked in.
        let is_glibc = bytes.windows(5).any(|word| word == b"GLIBC");
        let limit = if is_glibc { 5_000_000 } else { 3_000_000 };
        assert!(bytes.len() < limit, "{} bytes in every image", bytes.len());
        // What follows an ELF file is no part of it.
        bytes.extend(unique("edited").into_bytes());
        std::fs::write(program, bytes).unwrap();
    }
    let log = engine.docker_build(out.path(), &tag);
    let ran: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, name)| name.starts_with('[') && !name.starts_with("[internal]"))
        .filter(|(_, name)| !name.contains("] FROM "))
        .filter(|(number, _)| !log.contains(&format!("\n{number} CACHED\n")))
        .map(|(_, name)| name.split_once("] ").expect("`[final 6/8] COPY …`").1)
        .collect();
    assert_eq!(ran.len(), 3, "{ran:?}");
    assert!(ran[0].contains(" files/mad-runtime/"), "{ran:?}");
    assert!(ran[1].contains(" files/runtime.json "), "{ran:?}");
    assert!(ran[2].starts_with("WORKDIR "), "{ran:?}");
    assert_eq!(engine.run(&tag, &["mad-runtime", "check"]), "/etc/mad/runtime.json: ok\n");
}
