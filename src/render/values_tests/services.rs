//! The places in `services`, whose values go into /etc/mad/runtime.json and supervisord.conf. That they come
//! out of that as they went in is tried with a real supervisord, by the tests of `mad-runtime`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Sample;

pub(super) fn add(places: &mut BTreeMap<&str, Sample>) {
    fn service(key: &str, value: Json) -> Json {
        let mut service = json!({"command": ["x"]});
        service[key] = value;
        json!({"services": {"a": service, "b": {"command": ["x"]}}})
    }
    fn probe(part: &str, key: &str, value: Json) -> Json {
        let mut probe = json!({});
        if !["http", "tcp", "exec", "ping", "log", "heartbeat", "output"].contains(&key) {
            probe["tcp"] = json!(":1");
        }
        probe[key] = value;
        service(part, probe)
    }
    fn http(part: &str, key: &str, value: Json) -> Json {
        let mut http = json!({"url": ":1/"});
        http[key] = value;
        probe(part, "http", http)
    }
    macro_rules! probes {
        ($part:literal) => {
            [
                (concat!("services.*.", $part, ".http"), (":1/", |v| probe($part, "http", json!(v)))),
                (concat!("services.*.", $part, ".http.url"), (":1/", |v| http($part, "url", json!(v)))),
                (concat!("services.*.", $part, ".http.body"), ("ok", |v| http($part, "body", json!(v)))),
                (
                    concat!("services.*.", $part, ".http.header{}"),
                    ("Plain", |v| http($part, "header", json!({v: "x"}))),
                ),
                (
                    concat!("services.*.", $part, ".http.header.*"),
                    ("plain", |v| http($part, "header", json!({"Key": v}))),
                ),
                (concat!("services.*.", $part, ".tcp"), (":1", |v| probe($part, "tcp", json!(v)))),
                (
                    concat!("services.*.", $part, ".exec[]"),
                    ("plain", |v| probe($part, "exec", json!(["x", v]))),
                ),
                (concat!("services.*.", $part, ".ping"), (":1", |v| probe($part, "ping", json!(v)))),
                (concat!("services.*.", $part, ".log"), ("plain", |v| probe($part, "log", json!(v)))),
                (
                    concat!("services.*.", $part, ".heartbeat.file"),
                    ("/x", |v| probe($part, "heartbeat", json!({"file": v, "age": "1s"}))),
                ),
                (
                    concat!("services.*.", $part, ".heartbeat.age"),
                    ("1s", |v| probe($part, "heartbeat", json!({"file": "/x", "age": v}))),
                ),
                (concat!("services.*.", $part, ".output"), ("1s", |v| probe($part, "output", json!(v)))),
                (concat!("services.*.", $part, ".every"), ("1s", |v| probe($part, "every", json!(v)))),
                (concat!("services.*.", $part, ".timeout"), ("1s", |v| probe($part, "timeout", json!(v)))),
                (concat!("services.*.", $part, ".grace"), ("1s", |v| probe($part, "grace", json!(v)))),
                (concat!("services.*.", $part, ".busy"), ("1s", |v| probe($part, "busy", json!(v)))),
            ]
        };
    }
    let ready: [(&str, Sample); 16] = probes!("ready");
    let health: [(&str, Sample); 16] = probes!("health");
    places.extend(ready);
    places.extend(health);
    let samples: [(&str, Sample); 15] = [
        ("services{}", ("plain", |v| json!({"services": {v: {"command": ["x"]}}}))),
        (
            "services.*.builtin",
            ("mcp", |v| {
                let mcp = json!({"servers": {"x": {"command": ["x"]}}});
                json!({"mcp": mcp, "services": {"a": {"builtin": v}}})
            }),
        ),
        ("services.*.user", ("dev", |v| service("user", json!(v)))),
        ("services.*.stop.signal", ("TERM", |v| service("stop", json!({"signal": v})))),
        ("services.*.group", ("plain", |v| service("group", json!(v)))),
        ("services.*.command[]", ("plain", |v| service("command", json!(["x", v])))),
        ("services.*.env{}", ("PLAIN", |v| service("env", json!({v: "x"})))),
        ("services.*.env.*", ("plain", |v| service("env", json!({"KEY": v})))),
        ("services.*.directory", ("/srv", |v| service("directory", json!(v)))),
        ("services.*.needs{}", ("b", |v| service("needs", json!({v: "ready"})))),
        ("services.*.needs.*", ("ready", |v| service("needs", json!({"b": v})))),
        ("services.*.stop.wait", ("1s", |v| service("stop", json!({"wait": v})))),
        ("services.*.restart.delay", ("1s", |v| service("restart", json!({"delay": v})))),
        ("services.*.restart.max_delay", ("1s", |v| service("restart", json!({"max_delay": v})))),
        ("services.*.restart.budget", ("1/h", |v| service("restart", json!({"budget": v})))),
    ];
    places.extend(samples);
}
