use serde_json::{Value, json};

use super::{Kind, Mount, Source};
use crate::RuntimeConfig;

fn told(mounts: &Value) -> Vec<String> {
    let error = RuntimeConfig::from_value(json!({ "mounts": mounts })).err();
    let problems = error.into_iter().flat_map(|error| error.problems);
    problems.map(|found| format!("{}: {}", found.key, found.problem)).collect()
}

#[test]
fn what_fits_together_is_taken() {
    let mounts = json!([
        {"target": "/workspace", "source": "./workspace", "required": true},
        {"target": "/tmp", "kind": "runtime", "size": "1GiB", "mode": "1777"},
        {"target": "/home/dev/.cache", "kind": "cache"},
        {"target": "/etc/app.toml", "kind": "config", "source": "./app.toml"},
        {"target": "/run/secrets/key", "kind": "secret", "source": "./secrets/key"},
        {"target": "/data", "source": "data", "writable": false, "backup": false}
    ]);
    assert_eq!(told(&mounts), Vec::<String>::new());
    let config = RuntimeConfig::from_value(json!({ "mounts": mounts })).unwrap();
    assert_eq!(RuntimeConfig::parse(&config.to_json()).unwrap(), config);
    let sources: Vec<Source<'_>> = config.mounts.iter().map(Mount::source).collect();
    assert_eq!(
        sources,
        [
            Source::Path("workspace"),
            Source::Memory,
            Source::Volume("home-dev-cache".into()),
            Source::Path("app.toml"),
            Source::Path("secrets/key"),
            Source::Volume("data".into()),
        ]
    );
    let writable: Vec<bool> = config.mounts.iter().map(Mount::is_writable).collect();
    assert_eq!(writable, [true, true, true, false, false, false]);
}

#[test]
fn what_does_not_fit_is_told_by_its_key() {
    for (mounts, expected) in [
        (json!([{"target": "work"}]), "mounts[0].target: `work` is no absolute path"),
        (json!([{"target": "/"}]), "mounts[0].target: `` is no absolute path"),
        (json!([{"target": "/a/../b"}]), "mounts[0].target: `/a/../b` is no absolute path"),
        (json!([{"target": "/proc/x"}]), "mounts[0].target: `/proc/x` is the kernel's"),
        (
            json!([{"target": "/dev", "kind": "runtime"}]),
            "mounts[0].target: `/dev` is the kernel's",
        ),
        (json!([{"target": "/a"}, {"target": "/a/"}]), "mounts[1].target: `/a` is mounted twice"),
        (
            json!([{"target": "/a", "kind": "runtime"}, {"target": "/a/b"}]),
            "mounts[1].target: the persistent `/a/b` is inside the runtime `/a`, which is gone",
        ),
        (
            json!([{"target": "/a/b"}, {"target": "/a", "kind": "cache"}]),
            "mounts[1].target: the persistent `/a/b` is inside the cache `/a`; give each",
        ),
        (
            json!([{"target": "/a", "source": "./a"}, {"target": "/b", "source": "./a/"}]),
            "mounts[1].source: the same as of `/a`",
        ),
        (
            json!([{"target": "/a", "source": "../a"}]),
            "mounts[0].source: `../a` leaves the project",
        ),
        (
            json!([{"target": "/a", "source": "./b/../../a"}]),
            "mounts[0].source: `./b/../../a` leaves",
        ),
        (
            json!([{"target": "/a", "source": "~/a"}]),
            "mounts[0].source: `~/a`: the home is another",
        ),
        (json!([{"target": "/a", "source": ".a"}]), "mounts[0].source: write `./.a`"),
        (json!([{"target": "/a", "source": "a/b"}]), "mounts[0].source: `a/b` is neither the name"),
        (json!([{"target": "/a", "source": "/"}]), "mounts[0].source: the whole host is no source"),
        (json!([{"target": "/a", "kind": "config"}]), "mounts[0].source: `config` needs a source"),
        (
            json!([{"target": "/a", "kind": "config", "source": "./a", "writable": true}]),
            "mounts[0].writable: `config` is read, never written",
        ),
        (
            json!([{"target": "/a", "kind": "secret", "source": "volume"}]),
            "mounts[0].source: `secret` comes from a file or folder; write `./volume`",
        ),
        (
            json!([{"target": "/a", "kind": "runtime", "source": "./a"}]),
            "mounts[0].source: `runtime` is memory",
        ),
        (json!([{"target": "/a", "size": "1MiB"}]), "mounts[0].size: only `runtime` has a size"),
        (
            json!([{"target": "/a", "kind": "runtime", "size": "1KiB"}]),
            "mounts[0].size: less than 64KiB",
        ),
        (json!([{"target": "/a", "mode": "0755"}]), "mounts[0].mode: only `runtime` has a mode"),
        (
            json!([{"target": "/a", "kind": "runtime", "mode": "rwx"}]),
            "mounts[0].mode: `rwx` is no octal mode",
        ),
        (
            json!([{"target": "/a", "kind": "runtime", "mode": "17777"}]),
            "mounts[0].mode: `17777` is no octal mode",
        ),
        (
            json!([{"target": "/a", "kind": "cache", "backup": true}]),
            "mounts[0].backup: `cache` is not worth a backup",
        ),
        (
            json!([
                {"target": "/run/secrets/k", "kind": "secret", "source": "./a"},
                {"target": "/srv/k", "kind": "secret", "source": "./b"}
            ]),
            "mounts[1].target: the secret has the name of the one at `/run/secrets/k`",
        ),
        (json!([{"target": "/a", "kind": "ram"}]), "mounts[0].kind: unknown variant `ram`"),
    ] {
        let told = told(&mounts);
        assert_eq!(told.len(), 1, "{mounts}: {told:?}");
        assert!(told[0].starts_with(expected), "{mounts}: {told:?}");
    }
}

#[test]
fn a_volume_is_called_like_its_target() {
    for (target, name) in [
        ("/workspace", "workspace"),
        ("/home/dev/.cache/pip/", "home-dev-cache-pip"),
        ("/@@", "data"),
        ("/a_b--c", "a_b-c"),
    ] {
        assert_eq!(Mount::at(target).source(), Source::Volume(name.to_owned()));
    }
    assert_eq!(Kind::default(), Kind::Persistent);
}
