//! claude-flow's MCP server in the image: the patched behaviours, over stdio.

use std::path::Path;

use serde_json::json;

use crate::support::{Engine, Image, Mcp, Project, Volume};

/// Where the package is in the image, and in the stage that installs it.
const PACKAGE: &str = "/opt/mad/node/node_modules/claude-flow";

/// `name status text` for each probe, run in the image on its package.
fn probe(engine: &Engine, image: &str) -> Vec<(String, String, String)> {
    let probes = Path::new(env!("CARGO_MANIFEST_DIR")).join("patches/claude-flow/probes");
    let mount = format!("{}:/probes:ro", probes.display());
    let script = format!(
        "for probe in /probes/[0-9]*.mjs; do text=$(node $probe {PACKAGE}); echo \"${{probe##*/}}\t$?\t$text\"; done"
    );
    let output = engine.docker(&["run", "--rm", "-v", &mount, image, "sh", "-c", &script]);
    let mut results = Vec::new();
    for line in output.lines() {
        let fields: Vec<&str> = line.splitn(3, '\t').collect();
        let [name, status, text] = fields[..] else { panic!("not a result: {line}") };
        println!("{name}: {status} {text}");
        results.push((name.to_owned(), status.to_owned(), text.to_owned()));
    }
    let count = std::fs::read_dir(probes).unwrap().flatten();
    let count = count.filter(|entry| entry.path().extension().is_some_and(|e| e == "mjs")).count();
    assert_eq!(results.len(), count, "{output}");
    assert!(count >= 2);
    results
}

#[test]
fn every_probe_passes_on_the_image() {
    let engine = Engine::take();
    let results = probe(&engine, engine.cpu().tag());
    let bad: Vec<_> = results.iter().filter(|(_, status, _)| status != "0").collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn every_probe_fails_on_the_pristine_package() {
    let engine = Engine::take();
    engine.cpu();
    let tag = Image::named("pristine");
    let project = Project::empty();
    let mad = project.command("build", "cpu").args(["--base", engine.base(), "-t", &tag]);
    let events = mad.args(["--target", "node-deps"]).events();
    assert_eq!(events.executed(), [""; 0]);
    let results = probe(&engine, &tag);
    // Status 2 would mean that it could not be tried, which proves nothing.
    let bad: Vec<_> = results.iter().filter(|(_, status, _)| status != "1").collect();
    assert!(bad.is_empty(), "{bad:#?}");
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
    let call = json!({ "name": "terminal_execute", "arguments": { "command": "true" } });
    assert_eq!(Mcp::unwrap(&server.request("tools/call", call))["success"], false);
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
