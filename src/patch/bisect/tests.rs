//! On the versions of `tests/inputs/patches/toy`.

use super::super::testing::{toy, upstream};
use super::*;
use patch_engine::lint;

fn versions() -> Vec<Upstream> {
    ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "3.0.0"].map(upstream).to_vec()
}

fn words(bisection: &Bisection) -> Vec<String> {
    let word = |span: &VersionSpan| format!("{} {}", span.versions.join(","), span.verdict.word());
    bisection.spans.iter().map(word).collect()
}

#[test]
fn the_first_bad_version_and_the_lines_at_fault() {
    let found = bisect(&toy(), Bisected::Patch("ping"), &versions()).unwrap();
    assert_eq!(
        words(&found),
        ["1.0.0 exact", "1.1.0 offset", "1.2.0,2.0.0 conflict", "3.0.0 target-missing"]
    );
    let ends = [&found.first_good, &found.last_good, &found.first_bad];
    assert_eq!(ends.map(|end| end.as_deref().unwrap()), ["1.0.0", "1.1.0", "1.2.0"]);
    assert!(found.monotone);
    assert_eq!(
        found.blame.unwrap().upstream,
        "--- src/server.js (1.1.0)
+++ src/server.js (1.2.0)
@@ -19 +19,3 @@
-        return this.initialize(id, params);
+        return this.initialize(id, params ?? {});
+      case 'tools/call':
+        return this.call(id, params);
"
    );
}

#[test]
fn a_file_that_is_gone_is_a_first_bad_version_without_lines() {
    let patch = "--- a/src/server.js\n+++ b/src/server.js\n@@ -5 +5 @@\n-const VERSION = '1.0.0';\n+const VERSION = '9';\n";
    let patch = lint(patch.as_bytes()).unwrap();
    let found = bisect(&toy(), Bisected::Alone(&patch), &versions()).unwrap();
    assert_eq!(found.first_bad.as_deref(), Some("3.0.0"));
    let blame = found.blame.unwrap();
    assert_eq!(blame.outcome.unwrap().verdict, Verdict::TargetMissing);
    assert_eq!(blame.upstream, "");
}

#[test]
fn one_that_fits_again_is_not_monotone() {
    let mut versions = versions();
    versions.swap(1, 2);
    let found = bisect(&toy(), Bisected::Patch("ping"), &versions).unwrap();
    assert!(!found.monotone);
    assert_eq!(found.first_bad.as_deref(), Some("1.2.0"));
    assert_eq!(found.spans.len(), 5);
}

#[test]
fn one_that_never_fits_has_no_ends() {
    let found = bisect(&toy(), Bisected::Patch("ping"), &versions()[2..]).unwrap();
    assert_eq!((found.first_good, found.first_bad, found.monotone), (None, None, true));
}
