//! Packages whose archive, or whose entry in the registry, is not what it seems.

use super::registry::{Registry, append, zipped};
use super::{Deception, FAULTY, asks, verify};

const PACKAGE: &str = r#"{"name": "p", "version": "1.0.0", "type": "module"}"#;

/// A registry's package of which another archive is delivered, with another entry.
struct Forged {
    registry: Registry,
    name: &'static str,
    project: tempfile::TempDir,
}

impl Forged {
    fn new(name: &'static str) -> Self {
        let registry = Registry::start();
        let project = Deception::simple(name, &asks("m.f(1) === 2")).set_up(&registry);
        Self { registry, name, project }
    }

    /// Neither verified nor recorded, and the reason is told.
    #[track_caller]
    fn refused(&self, reason: &str) {
        let run = verify(&self.registry, self.project.path(), &["--update"]);
        let text = format!("{}: {}{}", self.name, run.stdout, run.stderr);
        assert_ne!(run.code, 0, "{text}");
        assert!(text.contains(reason), "expected `{reason}` in {text}");
        assert!(!run.stdout.contains("\nverified"), "{text}");
        assert!(!self.project.path().join("patches/s/matrix.lock").exists(), "{text}");
    }
}

/// What one tool unpacks and another does not: no answer is right for both.
#[test]
fn an_archive_that_unpacks_in_two_ways_is_refused() {
    type Build = fn(&mut tar::Builder<Vec<u8>>);
    let evil = "export function f(x) {\n  return 666\n}\n";
    assert_ne!(evil, FAULTY);
    let link = |kind: tar::EntryType| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(0o777);
        header.set_size(0);
        header
    };
    let cases: [(&str, Build, &str); 4] = [
        (
            "file-twice",
            |archive| {
                append(archive, "package/f.js", FAULTY);
                append(archive, "package/f.js", "export const f = () => 666\n");
            },
            "twice",
        ),
        (
            "two-first-folders",
            |archive| {
                append(archive, "package/f.js", FAULTY);
                append(archive, "other/f.js", "export const f = () => 666\n");
            },
            "twice",
        ),
        (
            "dots-in-the-name",
            |archive| {
                append(archive, "package/f.js", FAULTY);
                append(archive, "package/./f.js", "export const f = () => 666\n");
            },
            "twice",
        ),
        ("no-target-at-all", |archive| append(archive, "package/F.js", FAULTY), "f.js"),
    ];
    for (name, build, reason) in cases {
        let forged = Forged::new(name);
        let mut archive = tar::Builder::new(Vec::new());
        append(&mut archive, "package/package.json", PACKAGE);
        build(&mut archive);
        let bytes = zipped(&archive.into_inner().unwrap());
        forged.registry.republish(name, "1.0.0", bytes, |_| {});
        forged.refused(reason);
    }
    for (name, kind, what) in [
        ("symbolic-link", tar::EntryType::Symlink, "symbolic link"),
        ("hard-link", tar::EntryType::Link, "hard link"),
    ] {
        let forged = Forged::new(name);
        let mut archive = tar::Builder::new(Vec::new());
        append(&mut archive, "package/package.json", PACKAGE);
        append(&mut archive, "package/g.js", FAULTY);
        archive.append_link(&mut link(kind), "package/f.js", "package/g.js").unwrap();
        let bytes = zipped(&archive.into_inner().unwrap());
        forged.registry.republish(name, "1.0.0", bytes, |_| {});
        forged.refused(what);
    }
}

#[test]
fn bytes_behind_the_end_are_refused() {
    let forged = Forged::new("behind-the-end");
    let first = |text: &str| {
        let mut archive = tar::Builder::new(Vec::new());
        append(&mut archive, "package/package.json", PACKAGE);
        append(&mut archive, "package/f.js", text);
        archive.into_inner().unwrap()
    };
    let both = [first(FAULTY), first("export const f = () => 666\n")].concat();
    forged.registry.republish("behind-the-end", "1.0.0", zipped(&both), |_| {});
    forged.refused("end");
    let forged = Forged::new("cut-short");
    let mut bytes = zipped(&first(FAULTY));
    bytes.truncate(bytes.len() - 6);
    forged.registry.republish("cut-short", "1.0.0", bytes, |_| {});
    forged.refused("cut-short");
}

/// The registry's word for the bytes is checked, and has to be one.
#[test]
fn an_integrity_that_proves_nothing_is_refused() {
    let good = |text: &str| {
        let mut archive = tar::Builder::new(Vec::new());
        append(&mut archive, "package/package.json", PACKAGE);
        append(&mut archive, "package/f.js", text);
        zipped(&archive.into_inner().unwrap())
    };
    type Edit = fn(&mut serde_json::Value);
    let cases: [(&str, Edit, &str); 4] = [
        (
            "no-integrity",
            |dist| {
                dist.as_object_mut().unwrap().remove("integrity");
            },
            "integrity",
        ),
        (
            "weak-algorithm",
            |dist| dist["integrity"] = "md5-1B2M2Y8AsgTpgAmY7PhCfg==".into(),
            "integrity",
        ),
        ("not-base64", |dist| dist["integrity"] = "sha512-!".into(), "integrity"),
        (
            "of-other-bytes",
            |dist| {
                dist["integrity"] = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into();
            },
            "does not match the registry",
        ),
    ];
    for (name, edit, reason) in cases {
        let forged = Forged::new(name);
        forged.registry.republish(name, "1.0.0", good(FAULTY), |packument| {
            edit(&mut packument["versions"]["1.0.0"]["dist"]);
        });
        forged.refused(reason);
    }
}

#[test]
fn what_is_not_published_is_not_verified() {
    let forged = Forged::new("no-such-version");
    for text in [">=9.0.0", "9.0.0"] {
        let run = verify(&forged.registry, forged.project.path(), &[text, "--update"]);
        let all = format!("{text}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 2, "{all}");
        assert!(run.stderr.contains("the registry has no") && run.stdout.is_empty(), "{all}");
    }
    let forged = Forged::new("tarball-gone");
    forged.registry.republish("tarball-gone", "1.0.0", Vec::new(), |packument| {
        let dist = &mut packument["versions"]["1.0.0"]["dist"];
        let url = dist["tarball"].as_str().unwrap().replace("1.0.0.tgz", "gone.tgz");
        dist["tarball"] = url.into();
    });
    forged.refused("404");
}
