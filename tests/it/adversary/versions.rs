//! Versions that look the same, or that have nothing to patch.

use std::collections::BTreeMap;

use super::registry::Registry;
use super::{Deception, FAULTY, asks, asks_of, replaced, verify};

const CALLS: &str =
    "import {helper} from './h.js'\nexport function f(x) {\n  return helper(x)\n}\n";

#[test]
fn the_same_target_is_not_the_same_package() {
    let registry = Registry::start();
    let patch = replaced("f.js", CALLS, "helper(x)\n}", "helper(x) + 1\n}");
    let module = r#"{"name": "p", "version": "1.0.0", "type": "module"}"#;
    let helper = ("h.js", "export const helper = (x) => x\n");
    let other = ("h.js", "export const helper = (x) => x - 1\n");
    let probe = asks("m.f(1) === 2");
    Deception::new("other-need")
        .needs(&["h.js"])
        .version("1.0.0", &[("f.js", CALLS), helper])
        .version("2.0.0", &[("f.js", CALLS), other])
        .patch("p1", "f.js", &patch, &probe)
        .refused(&registry, "p1 in 2.0.0");
    Deception::new("need-gone")
        .needs(&["h.js"])
        .version("1.0.0", &[("f.js", CALLS), helper])
        .version("2.0.0", &[("f.js", CALLS)])
        .patch("p1", "f.js", &patch, &probe)
        .refused(&registry, "p1 in 2.0.0");
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    Deception::new("other-type")
        .version("1.0.0", &[("f.js", FAULTY), ("package.json", module)])
        .version("2.0.0", &[("f.js", FAULTY), ("package.json", r#"{"type": "commonjs"}"#)])
        .patch("p1", "f.js", &patch, &probe)
        .refused(&registry, "p1 in 2.0.0");
    let nested = replaced("lib/f.js", FAULTY, "return x", "return x + 1");
    Deception::new("nested-type")
        .version("1.0.0", &[("lib/f.js", FAULTY), ("package.json", module)])
        .version(
            "2.0.0",
            &[
                ("lib/f.js", FAULTY),
                ("package.json", module),
                ("lib/package.json", r#"{"type": "commonjs"}"#),
            ],
        )
        .patch("p1", "lib/f.js", &nested, &asks_of("lib/f.js", "m.f(1) === 2"))
        .refused(&registry, "p1 in 2.0.0");
    // The same bytes in another path.
    let two = |id, path: &'static str| {
        (
            id,
            path,
            replaced(path, FAULTY, "return x", "return x + 1"),
            asks_of(path, "m.f(1) === 2"),
        )
    };
    let (f, g) = (two("f", "f.js"), two("g", "g.js"));
    Deception::new("other-path")
        .version("1.0.0", &[("f.js", FAULTY)])
        .version("2.0.0", &[("g.js", FAULTY)])
        .patch(f.0, f.1, &f.2, &f.3)
        .patch(g.0, g.1, &g.2, &g.3)
        .refused(&registry, "target-missing: no such file");
    // What the code reads of its own package.
    let own = "import p from './package.json' with {type: 'json'}\nexport function f(x) {\n  return x\n}\nexport const v = p.version\n";
    Deception::new("own-version")
        .needs(&["package.json"])
        .version("1.0.0", &[("f.js", own), ("package.json", module)])
        .version("2.0.0", &[("f.js", own), ("package.json", &module.replace("1.0.0", "2.0.0"))])
        .patch(
            "p1",
            "f.js",
            &replaced("f.js", own, "return x", "return x + 1"),
            &asks("m.f(1) === 2 && m.v === '1.0.0'"),
        )
        .refused(&registry, "p1 in 2.0.0");
    let imports = |to: &str| format!(r##"{{"type": "module", "imports": {{"#h": "./{to}.js"}}}}"##);
    let calls = CALLS.replace("./h.js", "#h");
    Deception::new("other-imports")
        .needs(&["h.js", "i.js"])
        .version(
            "1.0.0",
            &[("f.js", &calls), helper, ("i.js", other.1), ("package.json", &imports("h"))],
        )
        .version(
            "2.0.0",
            &[("f.js", &calls), helper, ("i.js", other.1), ("package.json", &imports("i"))],
        )
        .patch("p1", "f.js", &replaced("f.js", &calls, "helper(x)\n}", "helper(x) + 1\n}"), &probe)
        .refused(&registry, "p1 in 2.0.0");
}

#[test]
fn a_version_without_its_target_is_told_of() {
    let registry = Registry::start();
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    let probe = asks("m.f(1) === 2");
    let moved = || {
        Deception::new("moved")
            .version("1.0.0", &[("f.js", FAULTY)])
            .version("2.0.0", &[("src/f.js", FAULTY)])
            .patch("p1", "f.js", &patch, &probe)
    };
    for arguments in [&[][..], &["latest"], &["2.0.0"], &[">=2.0.0"], &["2.0.0", "--update"]] {
        moved().refused_as(&registry, arguments, "f.js in 2.0.0");
    }
    // On record it is silent, unless somebody asks for it.
    let project = moved().set_up(&registry);
    let code = |arguments: &[&str]| verify(&registry, project.path(), arguments).code;
    assert_eq!((code(&["--update"]), code(&[]), code(&[">=1.0.0"])), (0, 0, 0));
    assert_eq!((code(&["1.0.0"]), code(&["latest"]), code(&["2.0.0"])), (0, 5, 5));
    let run = verify(&registry, project.path(), &[">1.0.0"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("nothing to verify"), "{}", run.stdout);

    Deception::new("typo")
        .version("1.0.0", &[("f.js", FAULTY)])
        .patch("p1", "ff.js", &patch.replace("f.js", "ff.js"), &probe)
        .refused(&registry, "no such file in any of these");
    Deception::new("no-patches")
        .version("1.0.0", &[("f.js", FAULTY)])
        .refused(&registry, "there is nothing to verify");
    Deception::new("one-of-two")
        .version("1.0.0", &[("f.js", FAULTY), ("g.js", FAULTY)])
        .version("2.0.0", &[("f.js", FAULTY)])
        .patch("f", "f.js", &patch, &probe)
        .patch("g", "g.js", &patch.replace("f.js", "g.js"), &asks_of("g.js", "m.f(1) === 2"))
        .refused(&registry, "g in 2.0.0");
}

#[test]
fn bytes_that_nobody_published_are_refused() {
    let registry = Registry::start();
    let deception = Deception::simple("other-bytes", &asks("m.f(1) === 2"));
    let project = deception.set_up(&registry);
    let files = [("f.js", FAULTY), ("package.json", "{}"), ("evil.js", "1")];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    registry.replace("other-bytes", "1.0.0", &BTreeMap::from(files));
    let run = verify(&registry, project.path(), &["--update"]);
    assert_eq!(run.code, 5, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("sha512-"), "{}", run.stderr);
}

#[test]
fn a_record_of_another_schema_names_the_command_that_writes_it_anew() {
    let registry = Registry::start();
    let old = "schema: mad.matrix/1\npackage: old-record\ntargets: []\nmissing: []\n";
    let deception =
        Deception::simple("old-record", &asks("m.f(1) === 2")).file("patches/s/matrix.lock", old);
    let project = deception.set_up(&registry);
    let run = verify(&registry, project.path(), &[]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("mad patch verify --series s --update"), "{}", run.stderr);
    assert_eq!(verify(&registry, project.path(), &["--update"]).code, 0);
    assert_eq!(verify(&registry, project.path(), &[]).code, 0);
}

/// A patch that has neither a text for a version nor a file in it was not tried there, and it is told.
#[test]
fn what_was_not_tried_is_not_said_to_be() {
    let registry = Registry::start();
    let f = replaced("f.js", FAULTY, "return x", "return x + 1");
    let g = f.replace("f.js", "g.js");
    let deception = Deception::new("moved-and-ended")
        .version("1.0.0", &[("f.js", FAULTY), ("g.js", FAULTY)])
        .version("2.0.0", &[("f.js", FAULTY), ("src/g.js", FAULTY)])
        .patch("f", "f.js", &f, &asks("m.f(1) === 2"))
        .variants("g", "g.js", &[("<2.0.0", &g)], &asks_of("g.js", "m.f(1) === 2"));
    let project = deception.set_up(&registry);
    let run = verify(&registry, project.path(), &["--update"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("not tried, for want of a file and a variant: g in 2.0.0"),
        "{}",
        run.stdout
    );
}
