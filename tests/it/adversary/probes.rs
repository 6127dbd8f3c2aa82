//! Probes that judge by something else than the package, or not at all.

use super::registry::Registry;
use super::{Deception, FAULTY, asks, replaced};

/// A probe that fails once and passes whenever it finds what it left behind.
fn leaves(flag: &str) -> String {
    format!(
        "import fs from 'node:fs';\nimport os from 'node:os';\nconst flag = {flag};\nif (fs.existsSync(flag)) process.exit(0);\nfs.mkdirSync(flag, {{recursive: true}});\nprocess.exit(1);\n"
    )
}

#[test]
fn what_cannot_fail_or_cannot_pass_proves_nothing() {
    let registry = Registry::start();
    for (name, probe, reason) in [
        ("always-passes", "process.exit(0);\n", "vacuous"),
        (
            "says-fail-and-passes",
            "console.log(JSON.stringify({verdict: 'fail', why: 'x'}));\n",
            "vacuous",
        ),
        (
            "asks-nothing",
            "import fs from 'node:fs';\nfs.readdirSync(process.argv[2]);\n",
            "vacuous",
        ),
        ("always-fails", "process.exit(1);\n", "no-effect"),
        ("does-not-load", "import './nothing.mjs';\n", "no-effect"),
        ("does-not-parse", "if (\n", "no-effect"),
        ("cannot-judge", "process.exit(2);\n", "a probe that can judge"),
        ("another-status", "process.exit(3);\n", "it ended with status 3"),
        ("kills-itself", "process.kill(process.pid, 'SIGKILL');\n", "it ended with a signal"),
        (
            "reads-its-path",
            "process.exit(process.argv[2].includes('before') ? 1 : 0);\n",
            "vacuous",
        ),
        (
            "floods",
            "import fs from 'node:fs';\nfor (let n = 0; n < 300; n++) fs.writeSync(1, 'x'.repeat(65536));\n",
            "vacuous",
        ),
        (
            "floods-and-says-why",
            "import fs from 'node:fs';\nfor (let n = 0; n < 300; n++) fs.writeSync(1, 'x'.repeat(65536));\nfs.writeSync(1, '\\n' + JSON.stringify({why: 'the last word'}) + '\\n');\nprocess.exit(2);\n",
            "the last word",
        ),
        (
            "swallows-what-is-thrown",
            "try { await import(process.argv[2] + '/nothing.js'); } catch { process.exit(0); }\n",
            "vacuous",
        ),
        ("asks-for-what-is", &asks("m.f(1) === 1"), "breaks"),
        ("asks-by-type", &asks("typeof m.f === 'function'"), "vacuous"),
    ] {
        Deception::simple(name, probe).refused(&registry, reason);
    }
}

#[test]
fn what_one_run_leaves_no_other_finds() {
    let registry = Registry::start();
    for (name, flag) in [
        ("in-home", "process.env.HOME + '/.flag'"),
        ("in-os-home", "os.homedir() + '/.flag'"),
        ("in-tmpdir", "os.tmpdir() + '/flag'"),
        ("in-tmp-variable", "process.env.TMP + '/flag'"),
        ("in-the-package", "process.argv[2] + '/.flag'"),
        ("beside-the-package", "process.argv[2] + '/../.flag'"),
        ("in-the-probes-folder", "import.meta.dirname + '/lib'"),
        ("beside-the-probe", "import.meta.dirname + '/.flag'"),
        ("in-the-working-folder", "process.cwd() + '/.flag'"),
        ("in-xdg-state", "(process.env.XDG_STATE_HOME ?? os.homedir() + '/.local') + '/flag'"),
        ("in-xdg-runtime", "(process.env.XDG_RUNTIME_DIR ?? os.tmpdir()) + '/flag'"),
    ] {
        Deception::simple(name, &leaves(flag)).refused(&registry, "no-effect");
    }
}

/// Whatever a run writes over, the next one finds as it was.
#[test]
fn a_probe_that_changes_itself_or_the_package_deceives_no_other_run() {
    let registry = Registry::start();
    for (name, probe) in [
        (
            "changes-itself",
            "import fs from 'node:fs';\nfs.writeFileSync(import.meta.filename, 'process.exit(0)');\nprocess.exit(1);\n",
        ),
        (
            "mends-the-package",
            "import fs from 'node:fs';\nconst file = process.argv[2] + '/f.js';\nconst is = fs.readFileSync(file, 'utf8').includes('mended');\nfs.writeFileSync(file, 'mended');\nprocess.exit(is ? 0 : 1);\n",
        ),
        (
            "leaves-a-child",
            "import { spawn } from 'node:child_process';\nspawn(process.execPath, ['-e', \"setTimeout(() => require('fs').writeFileSync(process.argv[1], 'x'), 50)\", process.argv[2] + '/.flag'], { stdio: 'ignore' }).unref();\nimport fs from 'node:fs';\nprocess.exit(fs.existsSync(process.argv[2] + '/.flag') ? 0 : 1);\n",
        ),
    ] {
        Deception::simple(name, probe).refused(&registry, "no-effect");
    }
}

/// On a host a probe can reach places that are nobody's; what it says by them does not last.
#[test]
fn what_is_left_outside_is_found_by_asking_again() {
    let registry = Registry::start();
    let outside = tempfile::tempdir().unwrap();
    let place = |name: &str| format!("'{}/{name}'", outside.path().display());
    let toggle = |at: &str| {
        format!(
            "import fs from 'node:fs';\nconst flag = {at};\nif (fs.existsSync(flag)) {{ fs.rmdirSync(flag); process.exit(0); }}\nfs.mkdirSync(flag);\nprocess.exit(1);\n"
        )
    };
    Deception::simple("flag-outside", &leaves(&place("flag"))).refused(&registry, "not verified");
    Deception::simple("toggle-outside", &toggle(&place("toggle")))
        .refused(&registry, "not verified");
    // One run that fails for every version, and never again.
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    Deception::new("flag-and-versions")
        .version("1.0.0", &[("f.js", FAULTY)])
        .version(
            "2.0.0",
            &[("f.js", FAULTY), ("package.json", r#"{"type": "module", "main": "x"}"#)],
        )
        .patch("p1", "f.js", &patch, &leaves(&place("versions")))
        .refused(&registry, "not verified");
}

#[test]
fn an_optional_patch_is_no_licence() {
    let registry = Registry::start();
    for (name, probe, reason) in [
        ("optional-vacuous", "process.exit(0);\n", "vacuous"),
        ("optional-in-vain", "process.exit(1);\n", "no-effect"),
        ("optional-unknown", "process.exit(2);\n", "a probe that can judge"),
        ("optional-breaks", &asks("m.f(1) === 1"), "breaks"),
    ] {
        Deception::simple(name, probe).optional().refused(&registry, reason);
    }
}

#[test]
fn without_a_run_nothing_is_recorded() {
    let registry = Registry::start();
    Deception::simple("not-probed", &asks("m.f(1) === 2")).refused_as(
        &registry,
        &["--probe=off", "--update"],
        "not probed",
    );
}
