//! Every thing that two images can differ in, at every path that has it.

use serde_json::json;
use tar::EntryType;

use super::image::{ANY_CONTENT, Image, PathEntry, random};

/// One change to an image.
pub(super) struct Change {
    pub name: String,
    pub apply: Box<dyn Fn(&mut Image) + Send + Sync>,
}

/// Paths by what they are called in every build: a random word stands as `RANDOM`.
fn stable(path: &str, build: usize) -> String {
    path.replace(random(build), "RANDOM")
}

/// The path of an image that a name with `RANDOM` stands for.
fn find(image: &Image, name: &str) -> String {
    let number = |path: &String| path.replace(|c: char| c.is_ascii_digit(), "");
    let fits = |path: &&String| {
        (1..=6).any(|build| number(&stable(path, build)) == number(&name.to_owned()))
    };
    image.paths.keys().find(fits).unwrap_or_else(|| panic!("no `{name}`")).clone()
}

pub(super) fn changes() -> Vec<Change> {
    let image = Image::new(1);
    let mut changes = Vec::new();
    for (path, at) in &image.paths {
        let name = stable(path, 1);
        let mut change = |what: &str, apply: fn(&mut PathEntry)| {
            let to = name.clone();
            changes.push(Change {
                name: format!("{name}: {what}"),
                apply: Box::new(move |image| {
                    let path = find(image, &to);
                    let at = image.paths.get_mut(&path).unwrap();
                    let before = at.clone();
                    apply(at);
                    assert_ne!(before, *at, "{to}");
                }),
            });
        };
        // The facts of a file with two names stand at the first one.
        if at.kind != EntryType::Link {
            change("owner", |at| at.uid += 1);
            change("group", |at| at.gid += 1);
            change("another owner and group", |at| (at.uid, at.gid) = (4_000_000, 5_000_000));
            change("attribute", |at| drop(at.xattrs.insert("user.x".into(), b"1".to_vec())));
            if at.kind != EntryType::Symlink {
                change("set-user-id", |at| at.mode ^= 0o4000);
                change("set-group-id", |at| at.mode ^= 0o2000);
                change("sticky", |at| at.mode ^= 0o1000);
                change("written by all", |at| at.mode ^= 0o002);
                change("read by none", |at| at.mode ^= 0o444);
                change("run by all", |at| at.mode ^= 0o111);
            }
        }
        if at.kind != EntryType::Directory {
            change("a folder", |at| *at = PathEntry::folder());
            change("a link", |at| *at = PathEntry::link(EntryType::Symlink, "/elsewhere"));
            change("a pipe", |at| {
                at.content.clear();
                at.kind = match at.kind {
                    EntryType::Fifo => EntryType::Regular,
                    _ => EntryType::Fifo,
                };
            });
        }
        if !at.xattrs.is_empty() {
            change("no capability", |at| at.xattrs.clear());
            change("another capability", |at| {
                at.xattrs.values_mut().for_each(|value| value[5] ^= 1);
            });
        }
        if matches!(at.kind, EntryType::Char | EntryType::Block) {
            change("major", |at| at.device.0 += 1);
            change("minor", |at| at.device.1 += 1);
            change("block or character", |at| {
                at.kind = match at.kind {
                    EntryType::Char => EntryType::Block,
                    _ => EntryType::Char,
                };
            });
        }
        if at.kind == EntryType::Symlink {
            change("target", |at| at.link.push('2'));
            change("another target", |at| at.link = "/etc/shadow".into());
        }
        if at.kind == EntryType::Regular && !ANY_CONTENT.contains(&path.as_str()) {
            change("another content", |at| at.content = b"something else\n".to_vec());
            change("a line more", |at| at.content.extend(b"line: more\n"));
            change("a byte more", |at| at.content.push(b'x'));
            change("a NUL", |at| at.content.push(0));
            if !at.content.is_empty() {
                change("emptied", |at| at.content.clear());
                change("cut", |at| at.content.truncate(at.content.len() - 1));
                change("last letter", |at| {
                    let last = at.content.iter().rposition(u8::is_ascii_lowercase);
                    let last = last.unwrap_or(at.content.len() - 1);
                    at.content[last] ^= 0x20;
                });
                change("first letter", |at| at.content[0] ^= 1);
            }
        }
        // Gone, with all below it.
        let to = name.clone();
        if at.kind != EntryType::Regular || name != "usr/bin/again" {
            changes.push(Change {
                name: format!("{name}: gone"),
                apply: Box::new(move |image| {
                    let path = find(image, &to);
                    let below = format!("{path}/");
                    image.paths.retain(|name, _| *name != path && !name.starts_with(&below));
                }),
            });
        }
        if at.kind == EntryType::Directory {
            for new in ["token", "run.npmrcs", "x8sdfh", "a1b2c3d4", "1234", "core.99"] {
                let to = name.clone();
                changes.push(Change {
                    name: format!("{name}/{new}: new"),
                    apply: Box::new(move |image| {
                        let path = format!("{}/{new}", find(image, &to));
                        image.paths.insert(path, PathEntry::file("secret"));
                    }),
                });
            }
        }
    }
    changes.extend(accounts());
    changes.extend(names());
    changes.extend(configuration());
    changes.extend(layers());
    changes
}

fn texts(path: &'static str, edits: &[(&'static str, &'static str)]) -> Vec<Change> {
    let edit = |&(from, to): &(&'static str, &'static str)| Change {
        name: format!("{path}: {from:?} -> {to:?}"),
        apply: Box::new(move |image: &mut Image| {
            let at = image.paths.get_mut(path).unwrap();
            let text = String::from_utf8(at.content.clone()).unwrap();
            assert!(text.contains(from), "{path}");
            at.content = text.replacen(from, to, 1).into_bytes();
        }),
    };
    edits.iter().map(edit).collect()
}

fn accounts() -> Vec<Change> {
    let root = "root:x:0:0:root:/root:/bin/sh\n";
    let toor = "toor:x:0:0::/root:/bin/sh\n";
    let mut changes = texts(
        "etc/passwd",
        &[
            (":1000:1000:", ":1001:1000:"),
            (":1000:1000:", ":1000:0:"),
            ("dev:x:", "dev::"),
            ("/home/dev", "/home/eve"),
            ("dev:/bin/sh", "dev:/usr/sbin/nologin"),
            (toor, ""),
            (toor, "toor:x:0:0::/root:/bin/sh\neve:x:0:0::/:/bin/sh\n"),
            (toor, "toor:x:0:0::/root:/bin/sh\ndev:x:0:0::/:/bin/sh\n"),
        ],
    );
    changes.push(Change {
        name: "etc/passwd: two of one number in another order".into(),
        apply: Box::new(move |image| {
            let at = image.paths.get_mut("etc/passwd").unwrap();
            let text = String::from_utf8(at.content.clone()).unwrap();
            at.content = text.replace(root, "@").replace(toor, root).replace('@', toor).into();
        }),
    });
    changes.extend(texts(
        "etc/group",
        &[
            ("docker:x:999:dev", "docker:x:999:"),
            ("dev:x:1000:", "dev:x:1000:eve"),
            ("docker:x:999:dev", "docker:x:999:dev,eve"),
            ("docker:x:999", "docker:x:998"),
            ("docker:x:999:dev\nalso:x:999:\n", "also:x:999:\ndocker:x:999:dev\n"),
            ("root:x:0:\n", ""),
        ],
    ));
    changes.extend(texts(
        "etc/shadow",
        &[
            ("dev:!:20000:", "dev:!:0:"),
            ("dev:!:20000:", "dev:!::"),
            ("dev:!:20000:", "dev:!:20001:"),
            ("dev:!", "dev:$6$salt$hash"),
            ("dev:!", "dev:"),
            ("dev:!:20000:0:", "dev:!:20000:7:"),
            (":99999:7:::\ndev", ":90:7:::\ndev"),
            (":7:::\ndev", ":7:30::\ndev"),
            (":7:::\ndev", ":7::20500:\ndev"),
        ],
    ));
    changes.extend(texts("etc/gshadow", &[("docker:!::dev", "docker:!:dev:dev"), ("!", "")]));
    changes.extend(texts(
        "etc/subuid",
        &[
            ("100000", "200000"),
            ("dev:100000:65536\ndev:300000:65536\n", "dev:300000:65536\ndev:100000:65536\n"),
        ],
    ));
    changes.extend(texts("etc/passwd-", &[("root:x:", "root:$6$hash:")]));
    changes.extend(texts(
        "var/lib/dpkg/status",
        &[("Version: 1", "Version: 3"), ("Package: b", "Package: c"), ("\n\nPackage", "\nPackage")],
    ));
    changes.extend(texts("var/lib/dpkg/status-old", &[("Version: 1", "Version: 0")]));
    changes.extend(texts(
        "srv/info",
        &[("stable", "beta"), ("channel", "canal"), ("stable", "brooms")],
    ));
    changes.extend(texts("etc/machine-id", &[("\n", "")]));
    changes.extend(texts("etc/channel", &[("stable", "Stable"), ("\n", "\r\n")]));
    changes
}

/// Random names stand for their like only.
fn names() -> Vec<Change> {
    let rename = |name: &'static str, to: &'static str| Change {
        name: format!("{name} -> {to}"),
        apply: Box::new(move |image: &mut Image| {
            let path = find(image, name);
            let below = format!("{path}/");
            let all = std::mem::take(&mut image.paths);
            image.paths = all
                .into_iter()
                .map(|(name, at)| match name.strip_prefix(&below) {
                    Some(rest) => (format!("{to}/{rest}"), at),
                    None if name == path => (to.to_owned(), at),
                    None => (name, at),
                })
                .collect();
        }),
    };
    let mut changes = vec![
        rename("opt/app/run.RANDOM", "opt/app/run"),
        rename("opt/app/run.RANDOM", "opt/app/run.config"),
        rename("opt/app/run.RANDOM", "opt/app/job.x8sdfh"),
        rename("opt/app/run.RANDOM", "opt/app/run.x8sdfh7"),
        rename("opt/app/run.RANDOM", "opt/run.x8sdfh"),
        rename("tmp/tmp.RANDOM", "tmp/tmp"),
        rename("tmp/tmp.RANDOM", "tmp/keep.x8sdfh"),
        rename("tmp/tmp.RANDOM/conf", "tmp/other"),
        rename("etc/channel", "etc/channel2"),
        rename("home/dev", "home/eve"),
    ];
    // A tree beside a random name, and below one.
    for folder in ["opt/app/conf", "tmp/tmp.RANDOM/more"] {
        changes.push(Change {
            name: format!("{folder}/npmrc: new"),
            apply: Box::new(move |image| {
                let parent = folder.rsplit_once('/').unwrap();
                let path = format!("{}/{}", find(image, parent.0), parent.1);
                image.paths.insert(format!("{path}/npmrc"), PathEntry::file("token-123"));
                image.paths.insert(path, PathEntry::folder());
            }),
        });
    }
    changes.push(Change {
        name: "usr/bin/also: a file of its own".into(),
        apply: Box::new(|image| {
            let again = image.paths["usr/bin/again"].clone();
            image.paths.insert("usr/bin/also".into(), again);
        }),
    });
    changes.push(Change {
        name: "usr/bin/tool: one file with ping's name".into(),
        apply: Box::new(|image| {
            image
                .paths
                .insert("usr/bin/third".into(), PathEntry::link(EntryType::Link, "usr/bin/tool"));
        }),
    });
    changes
}

fn configuration() -> Vec<Change> {
    let values = [
        ("User", json!("")),
        ("User", json!("dev:docker")),
        ("Env", json!(["PATH=/bin", "A=2"])),
        ("Env", json!(["PATH=/bin"])),
        ("Env", json!(["PATH=/bin", "A=1", "B="])),
        ("Env", json!(["PATH=/sbin:/bin", "A=1"])),
        ("WorkingDir", json!("/")),
        ("Cmd", json!(["sh", ""])),
        ("Cmd", json!(null)),
        ("Cmd", json!([])),
        ("Entrypoint", json!(["tini"])),
        ("Entrypoint", json!(null)),
        ("Labels", json!({"team": "y"})),
        ("Labels", json!({})),
        ("ExposedPorts", json!({"80/udp": {}})),
        ("ExposedPorts", json!(null)),
        ("Volumes", json!({})),
        ("StopSignal", json!("SIGTERM")),
        ("StopSignal", json!(null)),
        ("StopTimeout", json!(3)),
        ("Shell", json!(["/bin/bash", "-c"])),
        ("Healthcheck", json!({"Test": ["CMD", "true"], "Interval": 6})),
        ("Healthcheck", json!({"Test": ["NONE"]})),
        ("Healthcheck", json!(null)),
        ("OnBuild", json!(["RUN false"])),
        ("OnBuild", json!(null)),
        ("ArgsEscaped", json!(false)),
        ("Tty", json!(true)),
        ("NetworkDisabled", json!(true)),
    ];
    let mut changes: Vec<Change> = values
        .into_iter()
        .map(|(field, value)| Change {
            name: format!("configuration: {field} {value}"),
            apply: Box::new(move |image: &mut Image| image.config[field] = value.clone()),
        })
        .collect();
    for (field, value) in [("architecture", "arm64"), ("os", "windows"), ("author", "")] {
        changes.push(Change {
            name: format!("image: {field} {value}"),
            apply: Box::new(move |image| {
                image.fields.insert(field.into(), value.into());
            }),
        });
    }
    changes
}

/// Layers in another order, and what a layer takes away.
fn layers() -> Vec<Change> {
    let change = |name: &str, apply: fn(&mut Image)| Change {
        name: format!("layers: {name}"),
        apply: Box::new(apply),
    };
    vec![
        change("in another order", |image| image.layers.reverse()),
        change("one is gone", |image| drop(image.layers.pop())),
        change("one more at the end", |image| image.layers.push(image.layers[0].clone())),
        change("nothing taken away", |image| drop(image.layers[1].pop())),
        change("a folder emptied", |image| {
            image.layers[1].push(("etc/.wh..wh..opq".into(), String::new()));
        }),
        change("a folder taken away", |image| {
            image.layers[1].push((".wh.home".into(), String::new()));
        }),
        change("a file over a folder", |image| {
            image.layers[1].push(("home".into(), String::new()));
        }),
    ]
}
