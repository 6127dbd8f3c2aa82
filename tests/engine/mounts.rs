//! Broken mounts, each found, told with its reason, and mended by the fix that is printed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Engine, Project, unique};

/// One way in which a mount is broken.
struct Case {
    name: &'static str,
    /// What the profile says of the mount.
    mount: fn() -> Value,
    /// The commands that break it, in /host.
    break_it: &'static str,
    /// The finding.
    id: &'static str,
}

fn work() -> Value {
    json!({"target": "/c/ws", "source": "./ws", "required": true})
}

fn volume() -> Value {
    json!({"target": "/c/data", "source": "data"})
}

fn memory() -> Value {
    json!({"target": "/c/run", "kind": "runtime", "size": "8MiB", "mode": "0777"})
}

fn secret() -> Value {
    json!({"target": "/c/key", "kind": "secret", "source": "./key"})
}

fn config() -> Value {
    json!({"target": "/c/app.toml", "kind": "config", "source": "./app.toml"})
}

const fn case(
    name: &'static str,
    mount: fn() -> Value,
    id: &'static str,
    break_it: &'static str,
) -> Case {
    Case { name, mount, break_it, id }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("not-mounted", work, "not-mounted", "mkdir -p /c/ws"),
    case("made-by-engine", work, "made-by-engine", "mkdir ws; recreate"),
    case("owner", work, "owner", "mkdir ws; touch ws/a; recreate"),
    case("owner-of-a-volume", volume, "owner", "mkdir -p /vol/data/_data; chown 0:0 /vol/data/_data; recreate"),
    case("mode", work, "mode", "mkdir ws; chown 1000:1000 ws; chmod 500 ws; recreate"),
    case("read-only", work, "read-only", "mkdir ws; chown 1000:1000 ws; recreate; mount -o remount,bind,ro /c/ws"),
    case("read-only-file-system", work, "read-only-file-system", "mkdir ws; mount -t tmpfs -o uid=1000,gid=1000,ro tmpfs ws; recreate"),
    case("noexec", work, "noexec", "mkdir ws; mount -t tmpfs -o uid=1000,gid=1000,noexec tmpfs ws; recreate"),
    case("full", work, "full", "mkdir ws; mount -t tmpfs -o uid=1000,gid=1000,size=2m tmpfs ws; head -c 2M /dev/zero > ws/big; recreate"),
    case("no-inodes", work, "no-inodes", "mkdir ws; mount -t tmpfs -o uid=1000,gid=1000,nr_inodes=60 tmpfs ws; mkdir ws/many; for i in $(seq 57); do : > ws/many/$i; done; recreate"),
    case("hung", work, "hung", "timeout=1s; mkdir -p ws /c/ws; chown 1000:1000 ws; exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0,allow_other silent /c/ws"),
    case("dangling", work, "dangling", "mkdir ws; chown 1000:1000 ws; rm -rf /c/ws; ln -s /c/gone /c/ws"),
    case("stale", work, "stale", "mkdir ws; chown 1000:1000 ws; recreate; rmdir ws"),
    case("no-folder", work, "no-folder", "touch ws; chown 1000:1000 ws; rm -rf /c/ws; recreate"),
    case("nested", work, "nested", "mkdir -p ws/inner; chown -R 1000:1000 ws; recreate; mount -t tmpfs tmpfs /c/ws/inner"),
    case("hidden", work, "hidden", "mkdir ws; chown 1000:1000 ws; recreate; mount -t tmpfs tmpfs /c"),
    case("duplicate", work, "duplicate", "mkdir ws; chown 1000:1000 ws; recreate; mount --bind ws /c/ws"),
    case("shared", work, "shared", "mkdir ws; chown 1000:1000 ws; recreate; mount --make-shared /c/ws"),
    case("lost-link", work, "lost-link", "mkdir ws out; echo x > out/a; ln -s ../out/a ws/a; chown -R 1000:1000 ws; recreate"),
    case("in-memory", volume, "in-memory", "mkdir -p /vol/data/_data /c/data; chown 1000:1000 /vol/data/_data; mount -t tmpfs -o uid=1000 tmpfs /c/data"),
    case("memory-mode", memory, "memory-mode", "mkdir -p /c/run; mount -t tmpfs -o size=8m,mode=0755 tmpfs /c/run"),
    case("memory-size", memory, "memory-size", "mkdir -p /c/run; mount -t tmpfs -o size=1m,mode=0777 tmpfs /c/run"),
    case("not-memory", memory, "not-memory", "mkdir -p ws /vol/x /c/run; chmod 777 /vol/x; mount --bind /vol/x /c/run"),
    case("no-file", secret, "no-file", "mkdir key; rm -rf /c/key; recreate"),
    case("secret-empty", secret, "secret-empty", "touch key; chown 1000 key; chmod 600 key; rm -rf /c/key; recreate"),
    case("secret-writable", secret, "secret-writable", "echo x > key; chown 1000 key; chmod 662 key; rm -rf /c/key; recreate"),
    case("unreadable", config, "unreadable", "echo x > app.toml; chmod 600 app.toml; recreate"),
    case("writable", config, "writable", "echo x > app.toml; recreate; mount -o remount,bind,rw /c/app.toml"),
];

/// `KIND WRITABLE SOURCE TARGET MORE`, as the engine would mount it.
fn mounted(mount: &Value) -> String {
    let text = |key: &str| mount[key].as_str().unwrap_or_default();
    let target = text("target");
    match (text("kind"), text("source")) {
        ("runtime", _) => format!("tmpfs rw - {target} size=8m,mode=0777\n"),
        (_, "data") => format!("bind rw /vol/data/_data {target} -\n"),
        (kind, source) => {
            let writable = if kind.is_empty() { "rw" } else { "ro" };
            format!("bind {writable} /host/{} {target} -\n", source.trim_start_matches("./"))
        }
    }
}

fn tools(engine: &Engine, folder: &Path) {
    let project = Project::empty();
    let profile = format!("base: {}\nmounts: [{{target: /w, required: true}}]\n", engine.base());
    project.write("profiles/small.yaml", &profile);
    let out = project.path().join("out");
    project.command("render", "small").args(["-o", out.to_str().unwrap()]).good();
    let architecture = engine.docker(&["version", "--format", "{{.Server.Arch}}"]);
    let program = out.join("files/mad-runtime").join(architecture.trim());
    fs::copy(program, folder.join("mad-runtime")).unwrap();
    fs::write(folder.join("case.sh"), include_str!("mounts-case.sh")).unwrap();
    fs::write(
        folder.join("editor"),
        "#!/bin/sh\necho secret > \"$1\"\nchown 1000 \"$1\"\nchmod 600 \"$1\"\n",
    )
    .unwrap();
    for name in ["mad-runtime", "case.sh", "editor"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for case in CASES {
        let mount = (case.mount)();
        let write = |ending: &str, text: String| {
            fs::write(folder.join(format!("{}.{ending}", case.name)), text).unwrap();
        };
        write("mounts", mounted(&mount));
        write("json", json!({ "mounts": [mount] }).to_string());
        write("break", format!("{}\n", case.break_it));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A container whose root may mount, which is what a host's root may.
fn container<'a>(folder: &'a str, name: &'a str) -> Vec<&'a str> {
    let more = ["--security-opt", "apparmor=unconfined", "--security-opt", "seccomp=unconfined"];
    let mut words = vec!["run", "--rm", "--network", "none", "--name", name];
    words.extend(["--cap-add", "SYS_ADMIN", "--device", "/dev/fuse"]);
    words.extend(more);
    words.extend(["--volume", folder]);
    words
}

#[test]
fn every_broken_mount_is_found_told_and_mended_by_its_fix() {
    let engine = Engine::take();
    let folder = tempfile::tempdir().unwrap();
    tools(&engine, folder.path());
    let (volume, name) = (format!("{}:/t:ro", folder.path().display()), unique("mad-test-mounts"));
    let mut words = container(&volume, &name);
    let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    let script = format!(
        "for name in {}; do echo \"## $name\"; unshare -m --propagation private /t/case.sh $name 2>&1; done",
        names.join(" ")
    );
    words.extend([engine.base(), "bash", "-c", &script]);
    let said = engine.docker(&words);
    let mut wrong = Vec::new();
    for (case, said) in CASES.iter().zip(said.split("## ").skip(1)) {
        assert!(said.starts_with(&format!("{}\n", case.name)), "{said}");
        let (broken, fixed) = said.split_once("== fixed").unwrap_or((said, ""));
        let is_found = broken.contains(&format!("[{}]", case.id)) && broken.contains("  fix: ");
        let is_mended = fixed.contains("status 0") && !fixed.contains("  fix: ");
        if !is_found || !is_mended {
            wrong.push(said.to_owned());
        }
    }
    assert!(said.matches("## ").count() == CASES.len() && CASES.len() >= 20, "{said}");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// At the start only what is required keeps the container from starting.
#[test]
fn at_the_start_only_what_is_required_counts() {
    let engine = Engine::take();
    let folder = tempfile::tempdir().unwrap();
    tools(&engine, folder.path());
    let start = |mounts: Value, break_it: &str| {
        fs::write(folder.path().join("start.json"), json!({ "mounts": mounts }).to_string())
            .unwrap();
        let (volume, name) =
            (format!("{}:/t:ro", folder.path().display()), unique("mad-test-mounts"));
        let mut words = container(&volume, &name);
        let script = format!(
            "{break_it}; setpriv --reuid 1000 --regid 1000 --clear-groups /t/mad-runtime --config /t/start.json mounts check --start"
        );
        words.extend([engine.base(), "bash", "-c", &script]);
        let done = engine.try_docker(&words);
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let read_only = "mkdir -p /c/ws; mount -t tmpfs -o ro tmpfs /c/ws";
    let (status, said) = start(json!([work()]), read_only);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("mount `/c/ws`:\n  error: its file system is read-only"), "{said}");
    let optional = json!([{"target": "/c/ws", "source": "./ws"}]);
    let (status, said) = start(optional.clone(), read_only);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("read-only"), "{said}");
    // `docker run` without a mount is nothing to talk about.
    assert_eq!(start(optional, "true"), (Some(0), String::new()));
    assert_eq!(start(json!([work()]), "true").0, Some(3));
}
