//! claude-flow's MCP server in the image: the patched behaviours, over stdio.

use serde_json::{Value, json};

use crate::support::{Engine, Image, Mad, Mcp, Volume};

/// `mad patch verify` with these arguments, as JSON.
fn verify(arguments: &[&str]) -> (i32, Value) {
    let mut command = vec!["patch", "verify", "--format", "json"];
    command.extend(arguments);
    let run = Mad::new(&command).run();
    let json = serde_json::from_str(&run.stdout);
    (run.code, json.unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr)))
}

#[test]
fn the_image_has_what_the_matrix_proves_and_every_probe_passes_in_it() {
    let engine = Engine::take();
    let (code, found) = verify(&["--image", engine.cpu().tag()]);
    assert_eq!(code, 0, "{found:#}");
    assert_eq!(found["differences"], json!([]));
    let probes = found["probes"].as_array().expect("probes");
    assert!(probes.len() >= 7, "{probes:#?}");
    assert!(probes.iter().all(|probe| probe["result"] == "passes"), "{probes:#?}");
}

#[test]
fn one_changed_byte_in_the_image_is_found_and_named() {
    let engine = Engine::take();
    let tag = Image::named("changed");
    let target = "/opt/mad/node/node_modules/claude-flow/src/mcp/mcp-server.js";
    let container = tag.replace([':', '/'], "-");
    let spoil = format!("sed -i '1s/^/ /' {target}");
    engine.docker(&[
        "run",
        "--name",
        &container,
        "-u",
        "0",
        engine.cpu().tag(),
        "sh",
        "-c",
        &spoil,
    ]);
    engine.docker(&["commit", &container, &tag]);
    engine.docker(&["rm", &container]);
    let (code, found) = verify(&["--image", &tag, "--probe", "off"]);
    assert_eq!(code, 5, "{found:#}");
    assert_eq!(found["differences"][0]["what"], "src/mcp/mcp-server.js");
}

#[test]
fn probes_fail_on_the_pristine_package_and_pass_on_the_patched_one() {
    let engine = Engine::take();
    let (code, found) = verify(&["2.7.47", "--probe-image", engine.cpu().tag()]);
    assert_eq!(code, 0, "{found:#}");
    let probes = found["groups"][0]["probes"].as_object().expect("probes");
    for (id, probe) in probes {
        // Upstream has mended the version itself by now.
        let before = if id == "version" { "passes" } else { "fails" };
        assert_eq!((&probe["before"], &probe["after"]), (&json!(before), &json!("passes")), "{id}");
    }
}

#[test]
fn a_client_gets_the_patched_behaviours() {
    let engine = Engine::take();
    let cpu = engine.cpu();
    let volume = Volume::new();
    let mut server = Mcp::start(cpu.tag(), &volume);
    let initialized = server.initialize();
    assert_eq!(initialized["serverInfo"]["name"], "claude-flow");
    assert_eq!(initialized["serverInfo"]["version"], "2.7.47");
    server.wait_for_log("Using SQLite storage");

    assert_eq!(server.request("ping", json!({}))["result"], json!({}));
    let tools = server.request("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().expect("tools").len();
    assert!(tools > 50, "{tools} tools");

    let none = Mcp::unwrap(&server.request("agent_list", json!({})));
    assert_eq!(none["agents"], json!([]));
    let arguments = json!({ "type": "coder", "name": "kept" });
    let call = json!({ "name": "agent_spawn", "arguments": arguments });
    let spawned = Mcp::unwrap(&server.request("tools/call", call));
    assert_eq!((&spawned["success"], &spawned["persisted"]), (&json!(true), &json!(true)));
    let arguments = json!({ "command": "printf done; exit 3" });
    let call = json!({ "name": "terminal_execute", "arguments": arguments });
    let ran = Mcp::unwrap(&server.request("tools/call", call));
    assert_eq!((&ran["exitCode"], &ran["stdout"]), (&json!(3), &json!("done")), "{ran}");
    assert_eq!(server.request("no_such_method", json!({}))["error"]["code"], -32601);
    server.stop();

    // Another container, another session, the same volume.
    let mut server = Mcp::start(cpu.tag(), &volume);
    server.initialize();
    server.wait_for_log("Using SQLite storage");
    let list = Mcp::unwrap(&server.request("agent_list", json!({})));
    assert_eq!(list["agents"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["agents"][0]["id"], spawned["agentId"]);
    assert_eq!(list["agents"][0]["name"], "kept");
    server.stop();
}
