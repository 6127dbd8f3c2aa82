//! The other side: what is right and looks odd is not refused.

use super::registry::Registry;
use super::{Deception, FAULTY, asks, asks_of, change, finds, replaced, verify};

#[test]
fn a_superseded_patch_is_left_out_of_the_build() {
    let registry = Registry::start();
    let mended = FAULTY.replace("return x", "return 1 + x");
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    // Two texts fit: that of the new version is applied to what needs none.
    let again = replaced("f.js", &mended, "1 + x", "1 + x + 0");
    let record = Deception::new("superseded")
        .version("1.0.0", &[("f.js", FAULTY)])
        .version("2.0.0", &[("f.js", &mended)])
        .variants("p1", "f.js", &[("1.0.0", &patch), ("2.0.0", &again)], &asks("m.f(1) === 2"))
        .holds(&registry);
    let (old, new) = record.split_once("- 2.0.0").unwrap();
    assert!(old.contains("verdict: exact") && old.contains("after:"), "{record}");
    assert!(new.contains("verdict: superseded") && !new.contains("after: passes\n    after"));
    let applied = new.lines().any(|line| line.starts_with("    after: ") && line.len() > 60);
    assert!(!applied, "{record}");
    let hash =
        |key: &str| new.lines().find(|l| l.trim_start().starts_with(key)).unwrap().to_owned();
    assert_eq!(
        hash("pristine:").trim_start().strip_prefix("pristine: "),
        hash("patched:").trim_start().strip_prefix("patched: "),
        "nothing of it is applied"
    );
    // The other way round the fault came later.
    let record = Deception::new("not-needed")
        .version("1.0.0", &[("f.js", &mended)])
        .version("2.0.0", &[("f.js", FAULTY)])
        .variants("p1", "f.js", &[("1.0.0", &again), ("2.0.0", &patch)], &asks("m.f(1) === 2"))
        .holds(&registry);
    assert!(record.contains("verdict: not-needed"), "{record}");
}

#[test]
fn a_patch_that_another_needs_is_proven_where_it_stands() {
    let registry = Registry::start();
    let text = "export function f(x) {\n  return x\n}\nexport const g = 1\n";
    let first = text.replace("return x", "return x + 1");
    let second =
        first.replace("return x + 1", "return x + 1 // more\n    + 0").replace("g = 1", "g = 2");
    Deception::new("needs-the-first")
        .version("1.0.0", &[("f.js", text)])
        .patch("one", "f.js", &change("f.js", text, &first), &asks("m.f(1) === 2"))
        .patch("two", "f.js", &change("f.js", &first, &second), &asks("m.g === 2"))
        .holds(&registry);
}

#[test]
fn files_of_odd_kinds_are_patched() {
    let registry = Registry::start();
    let jsx = format!("export const e = () => <div/>\n{FAULTY}");
    let many = format!("export const s = '{}'\n{FAULTY}", "(".repeat(5_001));
    let config = "{\n  // comment\n  \"a\": 1,\n}\n";
    let marked = "\u{feff}{\n  \"a\": 1\n}\n";
    for (name, path, text, from, to) in [
        ("jsx-in-js", "f.js", jsx.as_str(), "return x", "return x + 1"),
        ("brackets-in-a-string", "f.js", &many, "return x", "return x + 1"),
        ("config-with-comments", "tsconfig.json", config, "1", "2"),
        ("json-with-a-mark", "a.json", marked, "1", "2"),
        ("shell", "bin/run", "#!/bin/sh\nif true; then\n  a\nfi\n", "  a", "  b"),
        ("not-a-program", "a.js", "this is no program\nat all\n", "at all", "whatever"),
    ] {
        let patch = replaced(path, text, from, to);
        let probe = finds(path, to);
        Deception::new(name)
            .version("1.0.0", &[(path, text)])
            .patch("p1", path, &patch, &probe)
            .holds(&registry);
    }
    for (name, package, nested) in [
        ("nested-module", r#"{"type": "commonjs"}"#, r#"{"type": "module"}"#),
        ("nested-commonjs", r#"{"type": "module"}"#, r#"{"type": "commonjs"}"#),
    ] {
        let text = match name {
            "nested-module" => FAULTY,
            _ => "exports.f = function (x) {\n  with ({}) {}\n  return x\n}\n",
        };
        let module = if name == "nested-module" { "m" } else { "m.default" };
        Deception::new(name)
            .version(
                "1.0.0",
                &[("lib/f.js", text), ("package.json", package), ("lib/package.json", nested)],
            )
            .patch(
                "p1",
                "lib/f.js",
                &replaced("lib/f.js", text, "return x", "return x + 1"),
                &asks_of("lib/f.js", &format!("{module}.f(1) === 2")),
            )
            .holds(&registry);
    }
}

#[test]
fn versions_that_differ_in_nothing_that_matters_are_one_group() {
    let registry = Registry::start();
    let package = |version: &str| {
        format!(
            r#"{{"type": "module", "version": "{version}", "dependencies": {{"a": "{version}"}}}}"#
        )
    };
    let deception = Deception::new("one-group")
        .version("1.0.0", &[("f.js", FAULTY), ("package.json", &package("1.0.0"))])
        .version("1.1.0", &[("f.js", FAULTY), ("package.json", &package("1.1.0"))])
        .patch(
            "p1",
            "f.js",
            &replaced("f.js", FAULTY, "return x", "return x + 1"),
            &asks("m.f(1) === 2"),
        );
    let record = deception.holds(&registry);
    assert_eq!(record.matches("inputs:").count(), 1, "{record}");
    // Without running them, what is on record of the same files counts.
    let deception = deception.file("patches/s/matrix.lock", &record);
    let project = deception.set_up(&registry);
    assert_eq!(verify(&registry, project.path(), &["--probe=off"]).code, 0);
}
