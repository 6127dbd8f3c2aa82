//! No value changes the structure: every text key of the schema with every hostile value.
//!
//! A value is refused with file, line and column; or the rendering differs from one with a harmless
//! value in that value's own place and nowhere else. The keys come from the schema, so that a new one
//! cannot be forgotten.

mod gates;
mod logs;
mod services;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};
use test_support::{cases, share};

use super::{Plan, escape, render};
use crate::profile::{Profile, json_schema};
use crate::project::Project;
use engine::FrontendLevel;

const HOSTILE: [&str; 40] = [
    "a\nRUN touch /pwned",
    "a\r\nRUN id",
    "\0",
    "a\0b",
    "a\u{85}b",
    "a\u{2028}RUN id",
    "\t",
    "\u{1b}[2J",
    "$q",
    "${q}",
    "$(id)",
    "`id`",
    "x;id;true",
    "a&&id",
    "a|id",
    "a>b",
    "it's",
    "'",
    "\"",
    "a\"b",
    "\\",
    "a\\",
    "*",
    "[z]",
    "?x",
    "<<EOF",
    "EOF",
    "-x",
    "--mount=type=bind",
    "#x",
    "# syntax=x",
    "syntax=x",
    "escape=`",
    "{{ 1 }}",
    "{% raw %}",
    " a ",
    "a b",
    "\u{E000}0:1\u{E001}",
    "@mad.plan@",
    "!x",
];

/// Where text may stand: the dotted key, `[]` for an entry, `{}` for a key of a map.
fn text_keys(schema: &Json, path: &str, found: &mut Vec<String>) {
    if let Some(options) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        options.iter().for_each(|option| text_keys(option, path, found));
    }
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        text_keys(field, &below, found);
    }
    if schema["items"].is_object() {
        text_keys(&schema["items"], &format!("{path}[]"), found);
    }
    if schema["additionalProperties"].is_object() || schema["additionalProperties"] == json!(true) {
        found.push(format!("{path}{{}}"));
        text_keys(&schema["additionalProperties"], &format!("{path}.*"), found);
    }
    let is = |kind: &str| match &schema["type"] {
        Json::Array(kinds) => kinds.contains(&json!(kind)),
        one => one == kind,
    };
    if is("string") || schema == &json!(true) {
        found.push(path.to_owned());
    }
    found.sort();
    found.dedup();
}

/// A harmless value, and the profile with a value in its place.
type Sample = (&'static str, fn(&str) -> Json);

/// A harmless value for every key, and the profile with a value there.
fn places() -> BTreeMap<&'static str, Sample> {
    fn file(source: &str, dest: &str) -> Json {
        json!({"files": [{"source": source, "dest": dest}]})
    }
    let mut places: BTreeMap<&str, Sample> = BTreeMap::new();
    places.insert("extends", ("cuda", |v| json!({"extends": v})));
    places.insert("extends[]", ("cuda", |v| json!({"extends": [v]})));
    places.insert("description", ("For agents", |v| json!({"description": v})));
    places.insert("base", ("debian:trixie", |v| json!({"base": v})));
    places.insert("user.name", ("agent", |v| json!({"user": {"name": v}})));
    places.insert(
        "files[].owner",
        ("root", |v| json!({"files": [{"source": "plain.txt", "dest": "/srv/x", "owner": v}]})),
    );
    places.insert(
        "alerts[].action",
        (
            "warn",
            |v| json!({"alerts": [{"name": "x", "condition": "build_time > 1", "action": v}]}),
        ),
    );
    places.insert("apt.build[]", ("gcc", |v| json!({"apt": {"build": [v]}})));
    places.insert("apt.runtime[]", ("vim", |v| json!({"apt": {"runtime": [v]}})));
    places.insert("node.packages{}", ("other", |v| json!({"node": {"packages": {v: "1.2.3"}}})));
    places.insert("node.packages.*", ("1.2.3", |v| json!({"node": {"packages": {"other": v}}})));
    places.insert("node.overrides{}", ("other", |v| json!({"node": {"overrides": {v: "1.2.3"}}})));
    places.insert("node.overrides.*", ("1.2.3", |v| json!({"node": {"overrides": {"other": v}}})));
    places.insert("node.scripts[]", ("other", |v| json!({"node": {"scripts": [v]}})));
    places.insert("node.npm", ("11.6.2", |v| json!({"node": {"npm": v}})));
    places.insert("node.lock", ("plain.json", |v| json!({"node": {"lock": v}})));
    places.insert("python.packages[]", ("a==1", |v| json!({"python": {"packages": [v]}})));
    places.insert("python.lock", ("plain.lock", |v| json!({"python": {"lock": v}})));
    places.insert("patches[]", ("plain", |v| json!({"patches": [v]})));
    places.insert("files[].source", ("plain.txt", |v| file(v, "/srv/x")));
    places.insert("files[].dest", ("/srv/x", |v| file("plain.txt", v)));
    places.insert(
        "files[].mode",
        ("0644", |v| json!({"files": [{"source": "plain.txt", "dest": "/srv/x", "mode": v}]})),
    );
    run(&mut places);
    places.insert("env{}", ("PLAIN", |v| json!({"env": {v: "x"}})));
    places.insert("env.*", ("plain", |v| json!({"env": {"KEY": v}})));
    places.insert("gpu.cuda", ("12.8", |v| json!({"gpu": {"cuda": v}})));
    places.insert(
        "gpu.capabilities[]",
        ("graphics", |v| json!({"gpu": {"cuda": "12.8", "capabilities": [v]}})),
    );
    mounts(&mut places);
    places.insert("resources.cpus", ("2", |v| json!({"resources": {"cpus": v}})));
    places.insert("resources.memory", ("1GiB", |v| json!({"resources": {"memory": v}})));
    places.insert("resources.shm", ("1GiB", |v| json!({"resources": {"shm": v}})));
    gateway(&mut places);
    services::add(&mut places);
    logs::add(&mut places);
    gates::add(&mut places);
    places.insert("labels{}", ("plain", |v| json!({"labels": {v: "x"}})));
    places.insert("labels.*", ("plain", |v| json!({"labels": {"key": v}})));
    let alert: fn(&str) -> Json =
        |v| json!({"alerts": [{"name": v, "condition": "build_time > 1", "action": "warn"}]});
    places.insert("alerts[].name", ("Plain", alert));
    places.insert(
        "alerts[].condition",
        (
            "build_time > 1",
            |v| json!({"alerts": [{"name": "x", "condition": v, "action": "warn"}]}),
        ),
    );
    places
}

/// The places in `run`.
fn run(places: &mut BTreeMap<&str, Sample>) {
    fn step(key: &str, value: &str) -> Json {
        let mut step = json!({"command": "true"});
        step[key] = json!(value);
        json!({"run": [step]})
    }
    let samples: [(&str, Sample); 5] = [
        ("run[]", ("plain", |v| json!({"run": [v]}))),
        ("run[].command", ("plain", |v| json!({"run": [{"command": v, "user": "root"}]}))),
        ("run[].user", ("user", |v| step("user", v))),
        ("run[].network", ("default", |v| step("network", v))),
        ("run[].after", ("packages", |v| step("after", v))),
    ];
    places.extend(samples);
}

/// The places in `mounts`, which stand in compose.yaml and in /etc/mad/runtime.json too.
fn mounts(places: &mut BTreeMap<&str, Sample>) {
    fn memory(key: &str, value: &str) -> Json {
        json!({"mounts": [{"target": "/srv/x", "kind": "runtime", key: value}]})
    }
    let samples: [(&str, Sample); 6] = [
        ("mounts[].target", ("/srv/x", |v| json!({"mounts": [{"target": v}]}))),
        ("mounts[].source", ("plain", |v| json!({"mounts": [{"target": "/x", "source": v}]}))),
        ("mounts[].kind", ("cache", |v| json!({"mounts": [{"target": "/x", "kind": v}]}))),
        ("mounts[].owner", ("root", |v| json!({"mounts": [{"target": "/x", "owner": v}]}))),
        ("mounts[].size", ("1MiB", |v| memory("size", v))),
        ("mounts[].mode", ("0700", |v| memory("mode", v))),
    ];
    places.extend(samples);
}

/// The places in `mcp`, whose values go into /etc/mad/runtime.json and not into the Dockerfile.
fn gateway(places: &mut BTreeMap<&str, Sample>) {
    fn mcp(key: &str, value: Json) -> Json {
        let mut mcp = json!({"token": {"secret": "x"}, "servers": {"a": {"command": ["x"]}}});
        mcp[key] = value;
        json!({"mcp": mcp})
    }
    fn server(key: &str, value: Json) -> Json {
        let mut server = if key == "connect" { json!({}) } else { json!({"command": ["x"]}) };
        server[key] = value;
        mcp("servers", json!({"a": server}))
    }
    let samples: [(&str, Sample); 20] = [
        ("mcp.listen[]", ("127.0.0.1:9500", |v| mcp("listen", json!([v])))),
        ("mcp.token.secret", ("plain", |v| mcp("token", json!({"secret": v})))),
        ("mcp.token.file", ("/run/plain", |v| mcp("token", json!({"file": v})))),
        ("mcp.origins[]", ("https://plain.example", |v| mcp("origins", json!([v])))),
        ("mcp.hosts[]", ("plain", |v| mcp("hosts", json!([v])))),
        ("mcp.default", ("a", |v| mcp("default", json!(v)))),
        ("mcp.drain", ("1s", |v| mcp("drain", json!(v)))),
        ("mcp.limits.message", ("1MiB", |v| mcp("limits", json!({"message": v})))),
        ("mcp.limits.rate", ("1/s", |v| mcp("limits", json!({"rate": v})))),
        ("mcp.limits.idle", ("1h", |v| mcp("limits", json!({"idle": v})))),
        ("mcp.servers{}", ("plain", |v| mcp("servers", json!({v: {"command": ["x"]}})))),
        ("mcp.servers.*.command[]", ("plain", |v| server("command", json!(["x", v])))),
        ("mcp.servers.*.connect", ("plain:1", |v| server("connect", json!(v)))),
        ("mcp.servers.*.env{}", ("PLAIN", |v| server("env", json!({v: "x"})))),
        ("mcp.servers.*.env.*", ("plain", |v| server("env", json!({"KEY": v})))),
        ("mcp.servers.*.directory", ("/srv", |v| server("directory", json!(v)))),
        ("mcp.servers.*.isolation", ("turns", |v| server("isolation", json!(v)))),
        ("mcp.servers.*.start_timeout", ("1s", |v| server("start_timeout", json!(v)))),
        ("mcp.servers.*.restart.delay", ("1s", |v| server("restart", json!({"delay": v})))),
        ("mcp.servers.*.restart.max_delay", ("1s", |v| server("restart", json!({"max_delay": v})))),
    ];
    places.extend(samples);
}

/// A project that has a file of this name, whatever is asked of it: a lock, a text.
fn project(name: &str, lock: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/locks").join(lock);
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    for name in ["plain.txt", "plain.lock", "plain.json", name] {
        // What is no name of a file is a fault of its own.
        let lock = if name.ends_with(".json") { "package-lock.json" } else { lock };
        let _ = std::fs::copy(embedded.with_file_name(lock), dir.path().join(name));
    }
    dir
}

fn rendered(
    dir: &Path,
    place: fn(&str) -> Json,
    value: &str,
    level: FrontendLevel,
) -> Result<Plan, String> {
    // What needs packages builds on a profile that has some; the others are quicker without.
    let asked = place(value).to_string();
    let needs_packages = ["node", "python", "patches", "gpu"].iter().any(|key| asked.contains(key));
    let tiny = json!({"base": "debian:trixie", "description": "d"});
    let mut profile = if needs_packages { json!({"extends": "cpu"}) } else { tiny };
    profile.as_object_mut().unwrap().extend(place(value).as_object().unwrap().clone());
    std::fs::write(dir.join("profiles/x.yaml"), profile.to_string()).unwrap();
    let project = Project::open(dir).unwrap();
    let loaded = Profile::load(&project, "x", &[], None).map_err(|error| error.to_string())?;
    render(&project, &loaded, level).map_err(|error| format!("render: {error}"))
}

/// The ways in which a value is written.
fn forms(value: &str) -> Vec<Option<String>> {
    let path = format!("project/{value}");
    vec![
        escape::copy(&[path.as_str(), "/srv/x"]).ok(),
        escape::copy(&["project/plain.txt", value]).ok(),
        escape::quote(value).ok(),
        escape::word(value).ok(),
        escape::shell(value).ok(),
        escape::comment(value).ok(),
        // Behind the program that shows certificates, where the step has a network.
        escape::exec(&["sh", "-euc", value]).ok().map(|words| words[1..].to_owned()),
        // A lock whose name would have to be quoted has another name in the context.
        Some(if escape::plain(value) { value } else { "python.txt" }.to_owned()),
    ]
}

/// Whether the lines are the same but for the value, which is written in one way.
fn differ_in_the_value(line: &str, value: &str, other: &str, harmless: &str) -> bool {
    let pairs = forms(value).into_iter().zip(forms(harmless));
    pairs.filter_map(|(form, other)| Some((form?, other?))).any(|(form, harmless)| {
        other.contains(&harmless) && other.replace(&harmless, &form) == line
    })
}

/// The lines without what differs by their place: `LABEL` in front, a backslash at the end, the hash.
fn lines(plan: &Plan) -> Vec<String> {
    let text = plan.dockerfile.replace(&plan.hash, "HASH");
    let bare = |line: &str| {
        // A comment has no continuation: a backslash at its end is the value's.
        let rest = line.strip_suffix(" \\").filter(|_| !line.starts_with('#'));
        let line = rest.unwrap_or(line).trim_start();
        line.strip_prefix("LABEL ").unwrap_or(line).to_owned()
    };
    text.lines().map(bare).collect()
}

fn instructions(plan: &Plan) -> Vec<dockerfile::Instruction> {
    let file = dockerfile::File::parse(plan.dockerfile.as_bytes()).unwrap();
    file.blocks().iter().map(|block| block.instruction.clone()).collect()
}

fn keywords(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let flags =
        |one: &dockerfile::Instruction| one.flags.iter().map(|(name, _)| name.clone()).collect();
    instructions(plan).iter().map(|one| (one.keyword.clone(), flags(one))).collect()
}

#[test]
fn no_value_changes_what_is_rendered_around_it() {
    let mut keys = Vec::new();
    text_keys(&json_schema(), "", &mut keys);
    let places = places();
    let known: Vec<&str> = places.keys().copied().collect();
    assert_eq!(keys, known, "a text key of the schema that is not tried");
    let (mut refused, mut arrived) = (0, 0);
    for (number, (key, (harmless, place))) in places.into_iter().enumerate() {
        // Packages that no lock pins cannot be rendered at all: their grammars are checked when loaded.
        let lock = if key == "node.lock" { "package-lock.json" } else { "cpu.txt" };
        for level in FrontendLevel::ALL {
            let dir = project("plain", lock);
            let expected = rendered(dir.path(), place, harmless, level);
            for (index, value) in share(HOSTILE.into_iter().enumerate(), 5, number) {
                // Every value at one level, every key at both.
                if (index % 2 == 0) == (level == FrontendLevel::V1_2) {
                    continue;
                }
                let needs_file = key.ends_with("source") || key.ends_with("lock");
                let dir = if needs_file { &project(value, lock) } else { &dir };
                match rendered(dir.path(), place, value, level) {
                    Err(error) if error.starts_with("render: ") => {
                        panic!("{key} {value:?}: {error}")
                    }
                    Err(error) => {
                        let place = error.split(' ').next().unwrap().trim_end_matches(':');
                        let numbers = place
                            .strip_prefix("profiles/x.yaml:")
                            .unwrap_or_else(|| panic!("{key} {value:?}: no place in {error}"));
                        assert_eq!(numbers.split(':').count(), 2, "{error}");
                        refused += 1;
                    }
                    Ok(plan) => {
                        let expected = expected.as_ref().unwrap();
                        assert_eq!(keywords(&plan), keywords(expected), "{key} {value:?}");
                        let (lines, others) = (lines(&plan), lines(expected));
                        assert_eq!(lines.len(), others.len(), "{key} {value:?}");
                        // A key decides about the order as well.
                        let new = lines.iter().filter(|line| !others.contains(line));
                        let old = others.iter().filter(|line| !lines.contains(line));
                        assert_eq!(new.clone().count(), old.clone().count(), "{key} {value:?}");
                        for (line, other) in new.zip(old) {
                            assert!(
                                differ_in_the_value(line, value, other, harmless),
                                "{key} {value:?}\n{line}\n{other}"
                            );
                        }
                        arrived += 1;
                    }
                }
            }
        }
    }
    println!("{refused} refused, {arrived} arrived");
    let scale = usize::try_from(cases(1)).unwrap().min(5);
    assert!(refused > 140 * scale && arrived > 30 * scale);
}

/// Every pair of an instruction's, as the frontend reads it.
fn pairs(plan: &Plan, keyword: &str) -> BTreeMap<String, String> {
    let instructions = instructions(plan);
    let of = instructions.iter().filter(|one| one.keyword == keyword);
    let pairs = of.flat_map(|one| dockerfile::env_pairs(&one.exact, '\\'));
    let read = |text: String| dockerfile::expand(&text, '\\', &BTreeMap::new()).text;
    pairs.map(|(name, value)| (name, read(value))).collect()
}

/// A file of the context.
fn json(plan: &Plan, path: &str) -> Json {
    let super::ContextEntry::File { bytes, .. } = &plan.context.entries()[path] else {
        panic!("a text")
    };
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn values_arrive_as_themselves() {
    let places = places();
    let mut arrived = 0;
    for value in HOSTILE {
        let dir = project(value, "cpu.txt");
        let plan = |key: &str| rendered(dir.path(), places[key].1, value, FrontendLevel::V1_2).ok();
        if let Some(plan) = plan("env.*") {
            assert_eq!(pairs(&plan, "ENV")["KEY"], value);
            assert_eq!(pairs(&plan, "LABEL")["mad.plan"], plan.hash);
            arrived += 1;
        }
        if let Some(plan) = plan("run[]") {
            let all = instructions(&plan);
            let words = all.iter().filter(|one| one.keyword == "RUN").map(|one| one.words());
            assert!(words.into_iter().any(|words| words.last().unwrap() == value), "{value:?}");
        }
        if let Some(plan) = plan("labels.*") {
            assert_eq!(pairs(&plan, "LABEL")["key"], value);
        }
        if let Some(plan) = plan("description") {
            assert_eq!(pairs(&plan, "LABEL")["org.opencontainers.image.description"], value);
        }
        if let Some(plan) = plan("files[].source") {
            let text =
                plan.context.entries().keys().any(|path| *path == format!("project/{value}"));
            assert!(text, "{value:?}");
        }
        if let Some(plan) = plan("node.overrides.*") {
            assert_eq!(json(&plan, "locks/package.json")["overrides"]["other"], value);
        }
        let server = |key: &str| {
            Some(json(&plan(key)?, "files/runtime.json")["mcp"]["servers"]["a"].clone())
        };
        if let Some(server) = server("mcp.servers.*.command[]") {
            assert_eq!(server["command"][1], value);
        }
        if let Some(server) = server("mcp.servers.*.env.*") {
            assert_eq!(server["env"]["KEY"], value);
        }
    }
    assert!(arrived > 20, "{arrived}");
}

#[test]
fn a_profiles_name_is_a_value_too() {
    for name in ["a b", "it's", "$HOME", "syntax=x", "a\"b", "{{ x }}"] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("profiles")).unwrap();
        std::fs::write(dir.path().join(format!("profiles/{name}.yaml")), "extends: cpu\n").unwrap();
        let project = Project::open(dir.path()).unwrap();
        let loaded = Profile::load(&project, name, &[], None).unwrap();
        let plan = render(&project, &loaded, FrontendLevel::V1_2).unwrap();
        assert_eq!(pairs(&plan, "LABEL")["mad.profile"], name);
        assert_eq!(plan.dockerfile.matches(&*format!("# Profile {name}: ")).count(), 1);
    }
    let project = Project::open(Path::new(".")).unwrap();
    assert!(Profile::load(&project, "a\nRUN id", &[], None).is_err());
}
