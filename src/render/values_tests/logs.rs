//! The places in `logs`, whose values go into /etc/mad/runtime.json; the directory is made in the image too.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Sample;

pub(super) fn add(places: &mut BTreeMap<&str, Sample>) {
    fn logs(key: &str, value: Json) -> Json {
        let mut logs = json!({"segment": "64KiB"});
        logs[key] = value;
        json!({"services": {"a": {"command": ["x"]}}, "logs": logs})
    }
    let samples: [(&str, Sample); 6] = [
        ("logs.directory", ("/srv/plain", |v| logs("directory", json!(v)))),
        ("logs.budget", ("1GiB", |v| logs("budget", json!(v)))),
        ("logs.segment", ("1MiB", |v| logs("segment", json!(v)))),
        ("logs.age", ("1h", |v| logs("age", json!(v)))),
        ("logs.forward.fluent", ("plain:1", |v| logs("forward", json!({"fluent": v})))),
        ("logs.forward.tag", ("plain", |v| logs("forward", json!({"fluent": "a:1", "tag": v})))),
    ];
    places.extend(samples);
}
