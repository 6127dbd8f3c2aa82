use std::path::Path;

use serde_json::{Value as Json, json};

use super::*;
use crate::project::Project;

fn compose_of(profile: &Json) -> Result<Compose, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    let mut whole = json!({"base": "debian:trixie-slim"});
    whole.as_object_mut().unwrap().extend(profile.as_object().unwrap().clone());
    std::fs::write(dir.path().join("profiles/x.yaml"), whole.to_string()).unwrap();
    std::fs::write(dir.path().join("mad.yaml"), "mount_sources: [/srv/models]\n").unwrap();
    let project = Project::open(dir.path()).unwrap();
    let loaded = Profile::load(&project, "x", &[], None).map_err(|error| error.to_string())?;
    Ok(Compose::render(&project, &loaded).unwrap())
}

/// What Compose makes of a file: YAML, and valid by its own schema.
fn read(compose: &Compose) -> Json {
    let json: Json = serde_yaml::from_str(&compose.text)
        .unwrap_or_else(|error| panic!("{error}\n{}", compose.text));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/compose/compose-spec.json");
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{}", compose.text);
    json
}

fn everything() -> Json {
    json!({
        "description": "All: \"of\" it",
        "user": {"name": "dev", "uid": 1234, "gid": 2345},
        "mcp": {
            "listen": ["0.0.0.0:9500", "127.0.0.1:3002", "[::]:9500"],
            "token": {"secret": "mcp_token"},
            "servers": {"a": {"command": ["x"]}}
        },
        "resources": {"cpus": "1.5", "memory": "8GiB", "pids": 4096, "shm": "512MiB"},
        "mounts": [
            {"target": "/workspace", "source": "./work $pace", "required": true},
            {"target": "/models", "kind": "config", "source": "/srv/models/small"},
            {"target": "/home/dev/.cache", "kind": "cache"},
            {"target": "/data", "source": "data", "writable": false},
            {"target": "/tmp", "kind": "runtime", "size": "256MiB"},
            {"target": "/srv/own", "kind": "runtime", "mode": "0700"},
            {"target": "/run/secrets/key", "kind": "secret", "source": "./secrets/key.pem"}
        ]
    })
}

#[test]
fn every_key_is_written_and_valid_by_composes_schema() {
    let compose = compose_of(&everything()).unwrap();
    read(&compose);
    insta::assert_snapshot!(compose.text);
    let folders: Vec<(&str, bool)> =
        compose.sources.iter().map(|at| (at.path.as_str(), at.is_work_folder)).collect();
    let expected = [("work $pace", true), ("/srv/models/small", false), ("secrets/key.pem", false)];
    assert_eq!(folders, expected);
    // Same profile, same bytes.
    assert_eq!(compose_of(&everything()).unwrap(), compose);
}

#[test]
fn nothing_is_privileged_or_open_to_the_network() {
    let service = &read(&compose_of(&everything()).unwrap())["services"][SERVICE];
    for key in ["privileged", "devices", "cap_add", "network_mode", "pid", "ipc", "userns_mode"] {
        assert_eq!(service[key], Json::Null, "{key}");
    }
    assert_eq!(service["cap_drop"], json!(["ALL"]));
    assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]));
    assert_eq!(service["ports"], json!(["127.0.0.1:9500:9500"]));
    for mount in service["volumes"].as_array().unwrap() {
        let is_bind = mount["type"] == "bind";
        let expected = if is_bind { json!(false) } else { Json::Null };
        assert_eq!(mount["bind"]["create_host_path"], expected, "{mount}");
    }
    // sudo needs what the others are denied.
    let sudo = json!({"user": {"sudo": true}});
    assert_eq!(read(&compose_of(&sudo).unwrap())["services"][SERVICE]["cap_drop"], Json::Null);
}

#[test]
fn a_shell_is_kept_open_and_has_no_health() {
    let service = read(&compose_of(&json!({})).unwrap())["services"][SERVICE].clone();
    assert_eq!((&service["tty"], &service["healthcheck"]), (&json!(true), &Json::Null));
    let gateway = json!({"mcp": {"servers": {"a": {"command": ["x"]}}}});
    let service = read(&compose_of(&gateway).unwrap())["services"][SERVICE].clone();
    assert_eq!(service["healthcheck"]["test"][1], "mad-runtime");
    // The gateway listens on loopback of the container, which nobody outside reaches.
    assert_eq!((&service["tty"], &service["ports"]), (&Json::Null, &Json::Null));
}

/// Decimal: what Compose reads is no octal number.
#[test]
fn the_mode_of_memory_is_decimal() {
    let compose = compose_of(&everything()).unwrap();
    let volumes = read(&compose)["services"][SERVICE]["volumes"].clone();
    let memory = volumes.as_array().unwrap().iter().find(|mount| mount["type"] == "tmpfs");
    assert_eq!(memory.unwrap()["tmpfs"], json!({"size": 256 << 20, "mode": 0o1777}));
}

#[test]
fn no_value_is_read_as_anything_else() {
    for value in [
        "a: b", "#x", "${HOME}", "$HOME", "yes", "1e3", "- x", "it's", "a\"b\\", "{{ x }}", "*a",
        " ",
    ] {
        let source = format!("./{value}");
        let profile = json!({
            "description": value,
            "mounts": [{"target": "/w", "source": source, "kind": "config"}]
        });
        let compose = compose_of(&profile).unwrap();
        let json = read(&compose);
        let expected = format!("${{MAD_PROJECT:-.}}/{}", value.replace('$', "$$"));
        assert_eq!(json["services"][SERVICE]["volumes"][0]["source"], expected, "{}", compose.text);
        assert_eq!(json["services"].as_object().unwrap().len(), 1);
    }
}

#[test]
fn what_is_outside_the_project_is_allowed_by_name() {
    for (source, is_allowed) in [
        ("/srv/models", true),
        ("/srv/models/a", true),
        ("/srv/models-of-others", false),
        ("/srv", false),
        ("/etc", false),
    ] {
        let profile = json!({"mounts": [{"target": "/m", "source": source}]});
        let result = compose_of(&profile);
        assert_eq!(result.is_ok(), is_allowed, "{source}");
        if let Err(error) = result {
            assert!(error.contains("is outside the project"), "{error}");
            assert!(error.starts_with("profiles/x.yaml:1:"), "{error}");
        }
    }
}
