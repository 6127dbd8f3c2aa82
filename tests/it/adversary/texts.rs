//! Patch files that do more, or something else, than they seem to.

use super::registry::Registry;
use super::{Deception, FAULTY, asks, change, finds, replaced};

#[test]
fn a_patch_is_about_the_lines_of_its_target_alone() {
    let registry = Registry::start();
    let right = replaced("f.js", FAULTY, "return x", "return x + 1");
    let with = |more: &str| format!("{right}{more}");
    let git = |more: &str| format!("diff --git a/f.js b/f.js\n{more}");
    let executable = git("old mode 100644\nnew mode 100755\n")
        + right.split_once("\n\n").map_or("", |(_, patch)| patch);
    for (name, text, reason) in [
        ("makes-another", with("--- /dev/null\n+++ b/e.js\n@@ -0,0 +1 @@\n+1\n"), "a new file `e.js`"),
        ("makes-only", "--- /dev/null\n+++ b/e.js\n@@ -0,0 +1 @@\n+1\n".to_owned(), "a new file `e.js`"),
        ("changes-another", with("--- a/g.js\n+++ b/g.js\n@@ -1 +1 @@\n-g\n+G\n"), "a change of `g.js`"),
        (
            "changes-the-manifest",
            with("--- a/package.json\n+++ b/package.json\n@@ -1 +1 @@\n-{}\n+[]\n"),
            "a change of `package.json`",
        ),
        ("deletes-another", with("--- a/g.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-g\n"), "the end of `g.js`"),
        ("deletes-the-target", change("f.js", FAULTY, "").replace("+++ b/f.js", "+++ /dev/null"), "the end of `f.js`"),
        ("renames", git("rename from f.js\nrename to h.js\n").replace("b/f.js", "b/h.js"), "renamed to `h.js`"),
        ("another-mode", executable, "another mode of `f.js`"),
        ("not-its-target", right.replace("f.js", "g.js"), "a change of `g.js`"),
        ("outside", right.replace("b/f.js", "b/../f.js").replace("a/f.js", "a/../f.js"), "malformed"),
        ("absolute", right.replace("a/f.js", "/f.js").replace("b/f.js", "/f.js"), "malformed"),
        ("a-link", "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n".to_owned(), "malformed"),
        ("binary", "diff --git a/f.js b/f.js\nGIT binary patch\nliteral 1\nIcmZPo\n".to_owned(), "malformed"),
        ("empty", "\n".to_owned(), "malformed"),
        ("prose", "This mends it.\n".to_owned(), "malformed"),
        ("count-too-small", right.replace("@@ -1,3 +1,3 @@", "@@ -1,3 +1,2 @@"), "malformed"),
        ("no-context", "--- a/f.js\n+++ b/f.js\n@@ -1,0 +2 @@\n+1\n".to_owned(), "malformed"),
        ("no-last-newline", right.trim_end().to_owned(), "malformed"),
    ] {
        let deception = Deception::new(name)
            .version("1.0.0", &[("f.js", FAULTY), ("g.js", "g\n"), ("l", "")])
            .patch("p1", "f.js", &text, &asks("m.f(1) === 2"));
        deception.refused(&registry, reason);
        deception.refused_as(&registry, &["--probe=off", "--update"], reason);
    }
}

fn padding(name: &str) -> String {
    (0..12).map(|n| format!("export const {name}{n} = {n}\n")).collect()
}

fn guarded(name: &str) -> String {
    format!(
        "export function {name}(x) {{\n  // guard 1\n  // guard 2\n  // guard 3\n  if (!x) {{\n    return null\n  }}\n  return x\n  // end\n}}\n"
    )
}

#[test]
fn a_hunk_that_fits_twice_is_ambiguous_whatever_stands_around_it() {
    let registry = Registry::start();
    let foo = "export function foo(x) {\n  const a = 1\n  const b = 2\n  return x\n  // foo\n}\n";
    let old = [foo, &padding("c"), &guarded("bar"), &padding("d")].concat();
    let new = old.replace("  return x\n  // foo", "  return x + 1\n  // foo");
    let new = new.replace("return null", "throw new Error('x')");
    let patch = change("f.js", &old, &new);
    let probe = asks("m.foo(1) === 2");
    let quoted = format!("/*\n{foo}{}*/\n", padding("c"));
    let bar = guarded("bar");
    let qux = guarded("qux");
    let twins = [
        ("twin-behind", [&bar, &padding("e"), foo, &padding("c"), &qux].concat()),
        ("twin-before", [&qux, foo, &padding("c"), &bar, &padding("d")].concat()),
        ("twin-at-the-end", [old.as_str(), &qux].concat()),
        ("twin-in-a-comment", [old.as_str(), &quoted].concat()),
    ];
    for (name, text) in twins {
        Deception::new(name)
            .version("1.0.0", &[("f.js", &old)])
            .version("2.0.0", &[("f.js", &text)])
            .patch("p1", "f.js", &patch, &probe)
            .refused(&registry, "ambiguous");
    }
}

#[test]
fn what_only_nearly_fits_does_not_fit() {
    let registry = Registry::start();
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    let probe = asks("m.f(1) === 2");
    for (name, text, reason) in [
        ("outer-context", FAULTY.replace("f(x) {", "f(x, y) {"), "p1 in 2.0.0"),
        ("crlf", FAULTY.replace('\n', "\r\n"), "conflict"),
        ("white-space-differs", FAULTY.replace("  return", "\treturn"), "conflict"),
        ("no-end-of-line", FAULTY.trim_end().to_owned(), "conflict"),
        ("look-alike", FAULTY.replace("return x", "return \u{445}"), "conflict"),
    ] {
        Deception::new(name)
            .version("1.0.0", &[("f.js", FAULTY)])
            .version("2.0.0", &[("f.js", &text)])
            .patch("p1", "f.js", &patch, &probe)
            .refused(&registry, reason);
    }
    // A merge is a proposal: the build has no text for it.
    let pad: String = (0..8).map(|n| format!("// {n}\n")).collect();
    let long =
        format!("{pad}export function f(x) {{\n  // a\n  // b\n  // c\n  return x\n}}\n{pad}");
    Deception::new("by-merge-only")
        .version("1.0.0", &[("f.js", &long)])
        .version("2.0.0", &[("f.js", &long.replace("  // a\n", "  // A\n"))])
        .variants(
            "p1",
            "f.js",
            &[("*", &replaced("f.js", &long, "return x", "return x + 1"))],
            &probe,
        )
        .refused_or_exact(&registry);
}

impl Deception {
    /// Where the context that changed is outside of the hunk, the patch fits; else it must be refused.
    #[track_caller]
    fn refused_or_exact(&self, registry: &Registry) {
        let project = self.set_up(registry);
        let run = super::verify(registry, project.path(), &["--update"]);
        let merged = run.stdout.contains("only by a merge from");
        assert!(run.code == if merged { 5 } else { 0 }, "{}{}", run.stdout, run.stderr);
        assert!(merged, "{}", run.stdout);
    }
}

#[test]
fn what_the_file_was_it_must_still_be() {
    let registry = Registry::start();
    let module = r#"{"type": "module"}"#;
    for (name, path, before, from, to) in [
        ("syntax", "f.js", FAULTY, "return x", "return (x"),
        (
            "declared-twice",
            "f.js",
            "const a = 1\nexport { a }\n",
            "const a = 1",
            "const a = 1\nconst a = 1",
        ),
        (
            "cli-without-suffix",
            "bin/cli",
            "#!/usr/bin/env node\nconsole.log(1)\n",
            "log(1)",
            "log(1",
        ),
        ("script-without-anything", "bin/run", "module.exports = 1\nf()\n", "f()", "f("),
        ("json", "a.json", "{\n  \"a\": 1\n}\n", "1\n", "1,\n"),
        ("comment-in-json", "a.json", "{\n  \"a\": 1\n}\n", "1\n", "1 // one\n"),
        ("json-with-comments", "tsconfig.json", "{\n  // a\n  \"a\": 1\n}\n", "1\n", "1 2\n"),
        ("yaml", "a.yaml", "a: 1\nb: [2]\n", "[2]", "[2"),
        ("typescript", "a.ts", "let a: number = 1\nlet b = 2\n", "number", ""),
        ("jsx-where-none-was", "f.js", "export const a = 1\n", "1", "<b/>"),
        ("module-in-a-script", "lib/f.cjs", "exports.a = 1\n", "exports.a", "export const a"),
    ] {
        let patch = replaced(path, before, from, to);
        let found = to.replace('\n', "");
        Deception::new(name)
            .version("1.0.0", &[(path, before), ("package.json", module)])
            .patch("p1", path, &patch, &finds(path, &found))
            .refused(&registry, "does-not-parse");
    }
}

/// Lines of a package are shown where a patch does not fit; they drive no terminal.
#[test]
fn what_a_package_holds_moves_no_cursor() {
    let registry = Registry::start();
    let hostile = FAULTY.replace("return x", "return '\u{1b}]0;t\u{7}\u{1b}[2J\u{9b}31m\u{202e}'");
    let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
    let project = Deception::new("escapes")
        .version("1.0.0", &[("f.js", FAULTY)])
        .version("2.0.0", &[("f.js", &hostile)])
        .patch("p1", "f.js", &patch, &asks("m.f(1) === 2"))
        .set_up(&registry);
    let file = project.path().join("patches/s/p1.0.patch");
    let file = file.to_str().unwrap();
    for (arguments, code) in [
        (&["bisect", "p1"][..], 0),
        (&["import", file, "--base", "2.0.0"], 5),
        (&["rebase", "--to", "2.0.0", "--from", "1.0.0"], 5),
        (&["verify", "2.0.0", "--probe=off"], 5),
    ] {
        let all = [&["patch"], arguments, &["--series", "s"]].concat();
        let run = crate::support::mad_with_registry_in(project.path(), &registry.url(), &all);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, code, "{text}");
        let obeyed = |c: char| (c.is_control() && !"\n\t".contains(c)) || c == '\u{202e}';
        assert_eq!(text.chars().find(|c| obeyed(*c)), None, "{arguments:?}: {text}");
    }
    let report = project.path().join("patches/s/rebase-2.0.0/REPORT.md");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("\\u{1b}[2J") && !report.contains('\u{1b}'), "{report}");
}
