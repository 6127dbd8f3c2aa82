//! The places in `gates` and `notify`, whose values go into no file: they say what becomes of a built image.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Sample;

pub(super) fn add(places: &mut BTreeMap<&str, Sample>) {
    fn gate(name: &str, value: Json) -> Json {
        json!({"gates": {name: value}})
    }
    fn webhook(key: &str, value: Json) -> Json {
        let mut webhook = json!({});
        if key == "token_from" {
            webhook["url_from"] = json!("HOOK");
        }
        webhook[key] = value;
        json!({"notify": {"webhook": webhook}})
    }
    macro_rules! actions {
        ($($name:literal),+) => {
            [$(
                (concat!("gates.", $name), ("fail", (|v| gate($name, json!(v))) as fn(&str) -> Json)),
                (
                    concat!("gates.", $name, ".action"),
                    ("warn", (|v| gate($name, json!({"action": v}))) as fn(&str) -> Json),
                ),
            )+]
        };
    }
    places.extend(actions!(
        "ready",
        "services",
        "permissions",
        "directories",
        "setuid",
        "secrets",
        "tools",
        "patches",
        "size"
    ));
    let limits: [(&str, Sample); 10] = [
        ("gates.ready.within", ("1s", |v| gate("ready", json!({"within": v})))),
        ("gates.services.watch", ("1s", |v| gate("services", json!({"watch": v})))),
        ("gates.permissions.user", ("1:1", |v| gate("permissions", json!({"user": v})))),
        ("gates.setuid.allow[]", ("/plain", |v| gate("setuid", json!({"allow": [v]})))),
        ("gates.secrets.allow[]", ("/plain", |v| gate("secrets", json!({"allow": [v]})))),
        ("gates.size.max", ("1GB", |v| gate("size", json!({"max": v})))),
        ("notify.command[]", ("plain", |v| json!({"notify": {"command": ["x", v]}}))),
        ("notify.webhook.url", ("https://plain.example", |v| webhook("url", json!(v)))),
        ("notify.webhook.url_from", ("PLAIN", |v| webhook("url_from", json!(v)))),
        ("notify.webhook.token_from", ("PLAIN", |v| webhook("token_from", json!(v)))),
    ];
    places.extend(limits);
}
