use serde_json::json;

use super::*;
use crate::RuntimeConfig;

fn services(value: serde_json::Value) -> Services {
    config(value).expect("valid").services
}

fn config(services: serde_json::Value) -> Result<RuntimeConfig, String> {
    let mcp = json!({"servers": {"a": {"command": ["x"]}}});
    let config = match services.to_string().contains("builtin") {
        true => json!({"mcp": mcp, "services": services}),
        false => json!({"services": services}),
    };
    RuntimeConfig::parse(&config.to_string()).map_err(|error| error.to_string())
}

#[test]
fn the_services_of_the_plan_are_read_and_written_back() {
    let config = config(json!({
        "mcp-gateway": {"group": "core", "builtin": "mcp", "ready": {"http": ":9500/ready"}},
        "worker": {"group": "core", "command": ["worker", "--fast"], "needs": {"mcp-gateway": "ready"},
                   "env": {"MODE": "fast"},
                   "health": {"exec": ["true"], "every": "1s", "failures": 3, "grace": "10s"},
                   "stop": {"signal": "TERM", "wait": "5s"},
                   "restart": {"max_delay": "60s", "budget": "10/h"}},
        "page": {"command": ["page"], "ready": {"http": {"url": ":8080/", "status": 200, "body": "ok",
                 "header": {"content-type": "text/plain"}}}},
        "heart": {"command": ["h"], "health": {"heartbeat": {"file": "/run/services/beat", "age": "30s"}}},
    }))
    .expect("valid");
    assert_eq!(config.services["worker"].restart.budget.to_string(), "10/h");
    assert_eq!(RuntimeConfig::parse(&config.to_json()).expect("its own text"), config);
}

#[test]
fn an_error_names_its_key() {
    let run = json!(["x"]);
    for (services, key, word) in [
        (json!({"a": {}}), "services.a", "command"),
        (json!({"a": {"command": run, "builtin": "mcp"}}), "services.a", "one of them"),
        (json!({"a b": {"command": run}}), "services.a b", "no name"),
        (json!({"healthcheck": {"command": run}}), "services.healthcheck", "listener"),
        (json!({"supervisord": {"command": run}}), "services.supervisord", "log of that name"),
        (json!({"a": {"command": run, "need": {}}}), "services.a.need", "unknown field"),
        (
            json!({"a": {"command": run, "needs": {"b": "ready"}}}),
            "services.a.needs.b",
            "no program",
        ),
        (json!({"a": {"command": run, "needs": {"a": "ready"}}}), "services.a.needs", "a needs a"),
        (json!({"a": {"command": run, "ready": {}}}), "services.a.ready", "needs one of"),
        (
            json!({"a": {"command": run, "ready": {"tcp": ":1", "log": "x"}}}),
            "services.a.ready",
            "needs one of",
        ),
        (
            json!({"a": {"command": run, "ready": {"tcp": "9500"}}}),
            "services.a.ready.tcp",
            "no address",
        ),
        (
            json!({"a": {"command": run, "ready": {"http": ":0/"}}}),
            "services.a.ready.http",
            "no address",
        ),
        (
            json!({"a": {"command": run, "ready": {"http": {"url": ":1/", "stats": 200}}}}),
            "services.a.ready.http.stats",
            "unknown field",
        ),
        (
            json!({"a": {"command": run, "restart": {"budget": "10"}}}),
            "services.a.restart.budget",
            "10/h",
        ),
        (
            json!({"a": {"command": run, "stop": {"wait": "1500ms"}}}),
            "services.a.stop.wait",
            "whole",
        ),
        (
            json!({"a": {"command": run, "stop": {"signal": "STOP"}}}),
            "services.a.stop.signal",
            "STOP",
        ),
        (
            json!({"a": {"command": run, "group": "b"}, "b": {"command": run}}),
            "services.a.group",
            "`b`",
        ),
        (json!({"a": {"command": ["sh", "-c", "a\nb"]}}), "services.a.command[2]", "line break"),
        (json!({"a": {"command": run, "env": {"A": "'\""}}}), "services.a.env.A", "both kinds"),
        (json!({"a": {"command": run, "env": {"1A": "x"}}}), "services.a.env.1A", "variable"),
    ] {
        let message = config(services.clone()).expect_err("refused");
        assert!(message.contains(&format!("`{key}`: ")), "{services}: {message}");
        assert!(message.contains(word), "{services}: {message}");
    }
}

#[test]
fn a_cycle_is_told_along_its_names() {
    let of = |needs: &str| json!({"command": ["x"], "needs": {needs: "ready"}});
    let message = config(json!({"a": of("b"), "b": of("c"), "c": of("b")})).expect_err("refused");
    assert!(message.contains("a cycle: b needs c needs b"), "{message}");
}

#[test]
fn two_programs_do_not_share_a_port() {
    let on = |port: &str| json!({"command": ["x"], "ready": {"tcp": port}});
    let message =
        config(json!({"a": on(":8000"), "b": on("localhost:8000")})).expect_err("refused");
    assert!(message.contains("`services.b.ready`: port 8000 is that of `a`"), "{message}");
    let gateway = json!({"builtin": "mcp"});
    let message = config(json!({"z": gateway, "b": on(":9500")})).expect_err("refused");
    assert!(message.contains("port 9500 is that of `z`"), "{message}");
    let message = config(json!({"y": gateway, "z": gateway})).expect_err("refused");
    assert!(message.contains("`y` is the gateway already"), "{message}");
    config(json!({"a": on(":8000"), "b": on("elsewhere:8000")})).expect("another machine");
}

#[test]
fn who_is_needed_comes_first() {
    let of = |needs: serde_json::Value| json!({"command": ["x"], "needs": needs});
    let all = services(
        json!({"a": of(json!({"z": "ready"})), "z": of(json!({"m": "started"})), "m": of(json!({}))}),
    );
    assert_eq!(in_order(&all).expect("no cycle"), ["m", "z", "a"]);
}

#[test]
fn the_file_reads_as_if_somebody_had_written_it() {
    let all = services(json!({
        "mcp-gateway": {"group": "core", "builtin": "mcp", "ready": {"http": ":9500/ready"}},
        "worker": {"group": "core", "command": ["sh", "-c", "exec worker; # 100%"], "directory": "/workspace",
                   "needs": {"mcp-gateway": "ready"}, "env": {"MODE": "fast", "NOTE": "50% \"off\" now"},
                   "stop": {"wait": "5s"}},
        "watcher": {"command": ["tail", "-f", "/dev/null"], "ready": {"log": "ready"}},
    }));
    insta::assert_snapshot!(supervisord_conf(&all, false, RUN_DIRECTORY, &["mad-runtime"]));
}

#[test]
fn the_gateway_is_one_of_the_programs() {
    let config = json!({"mcp": {"servers": {"a": {"command": ["x"]}}}, "services": {"b": {"command": ["x"]}}});
    let error = RuntimeConfig::parse(&config.to_string()).expect_err("refused").to_string();
    assert!(error.contains("`services`: the gateway of `mcp` is a program too"), "{error}");
    let message = config_without_mcp(json!({"z": {"builtin": "mcp"}}));
    assert!(
        message.contains("`services.z.builtin`: `mcp` is the gateway, which needs"),
        "{message}"
    );
}

fn config_without_mcp(services: serde_json::Value) -> String {
    let config = json!({"services": services}).to_string();
    RuntimeConfig::parse(&config).expect_err("refused").to_string()
}
