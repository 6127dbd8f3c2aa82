//! The rules, and what Docker itself made of them.

use super::DockerIgnore;

fn ignored(patterns: &str, path: &str) -> bool {
    DockerIgnore::parse(patterns).unwrap().ignores(path)
}

/// The examples of Docker's page on `.dockerignore`, and those of moby's `TestMatches`.
#[test]
fn the_documented_rules() {
    for (patterns, path, expected) in [
        // "*/temp*": files and folders one level below the root.
        ("*/temp*", "somedir/temporary.txt", true),
        ("*/temp*", "somedir/temp", true),
        ("*/temp*", "temp", false),
        ("*/*/temp*", "somedir/subdir/temporary.txt", true),
        ("*/*/temp*", "somedir/temporary.txt", false),
        // "temp?": one character more, in the root.
        ("temp?", "tempa", true),
        ("temp?", "temp", false),
        ("temp?", "a/tempb", false),
        // "/foo/bar" and "foo/bar" both exclude.
        ("/foo/bar", "foo/bar", true),
        ("foo/bar", "foo/bar", true),
        ("./foo//bar/.", "foo/bar", true),
        // "**/*.go": in all folders, the root included.
        ("**/*.go", "a.go", true),
        ("**/*.go", "x/y/a.go", true),
        ("**/*.go", "x/y/a.goo", false),
        // Exceptions: the last line that matches decides.
        ("*.md\n!README.md", "README.md", false),
        ("*.md\n!README.md", "CHANGES.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false),
        ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false),
        // A folder takes everything below with it; an exception brings part of it back.
        ("docs", "docs/a/b", true),
        ("docs", "docsx", false),
        ("docs\n!docs/a", "docs/a/b", false),
        ("docs\n!docs/a", "docs/b", true),
        // Not as in git: a bare name means the root.
        ("foo", "a/foo", false),
        ("**/foo", "a/foo", true),
        // Comments, blanks around, the byte order mark.
        ("# a\n\n  x  \n", "x", true),
        ("#x", "#x", false),
        (" #x", "#x", true),
        ("\u{feff}x", "x", true),
        ("! x\nx", "x", true),
        ("x\n! x", "x", false),
        // moby TestMatches
        ("**", "file", true),
        ("**", "dir/file", true),
        ("**/", "file", true),
        ("**/", "dir/file", true),
        ("**/**", "dir/file", true),
        ("dir/**", "dir/file", true),
        ("dir/**", "dir/dir2/file", true),
        ("dir/**", "dir", false),
        ("**/dir", "dir/file", true),
        ("**/dir2/*", "dir/dir2/file", true),
        ("**/dir2/*", "dir/dir2/dir2/file", true),
        ("**/dir2/**", "dir/dir2/dir2/file", true),
        ("**file", "dir/file", true),
        ("**/file", "dir/file", true),
        ("**/file*txt", "dir/dir/file.txt", true),
        ("**/**/*.txt", "dir/dir/file.txt", true),
        ("a**/*.txt", "a/file.txt", true),
        ("a**/*.txt", "a/dir/dir/file.txt", true),
        ("a/*.txt", "a/dir/file.txt", false),
        ("a[b-d]e", "ace", true),
        ("a[b-d]e", "aae", false),
        ("a[^b-d]e", "aze", true),
        ("a[\\-x]", "a-", true),
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        ("a.b", "axb", false),
        ("abc.def", "abcdef", false),
        (".*", ".env", true),
        ("*", ".env", true),
        ("a/../b", "b", true),
    ] {
        assert_eq!(ignored(patterns, path), expected, "{patterns:?} on {path:?}");
    }
}

#[test]
fn bad_patterns_name_their_line() {
    for pattern in ["[", "[a", "[]", "[a-]", "[-a]", "a\\", "!", "[^]"] {
        let error = DockerIgnore::parse(&format!("ok\n{pattern}")).unwrap_err();
        assert_eq!((error.line, error.pattern.as_str()), (2, pattern));
    }
}

#[test]
fn a_folder_is_read_only_where_something_can_come_back() {
    let ignore = |text| DockerIgnore::parse(text).unwrap();
    assert!(ignore("a").prunes("a"));
    assert!(ignore("a\n!b").prunes("a"));
    assert!(!ignore("a\n!a/b/c").prunes("a"));
    assert!(!ignore("a\n!a/b/c").prunes("a/b"));
    assert!(!ignore("a\n!**/c").prunes("a"));
    assert!(!ignore("b").prunes("a"));
}

#[test]
fn many_stars_cost_little() {
    assert!(!ignored(&"*a".repeat(200), &"a".repeat(150)));
}

/// What Docker's own client left out: see the README there.
#[test]
fn what_docker_leaves_out() {
    #[derive(serde::Deserialize)]
    struct Table {
        paths: Vec<String>,
        cases: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        ignore: String,
        left_out: Option<Vec<String>>,
    }
    let text = include_str!("../../../tests/inputs/dockerignore/docker.json");
    let table: Table = serde_json::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for Case { ignore, left_out } in &table.cases {
        let found = DockerIgnore::parse(ignore).ok().map(|parsed| {
            // As the walk does it: nothing below a folder that is not read.
            let is_out = |path: &&String| {
                let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
                folders.into_iter().any(|folder| parsed.prunes(folder)) || parsed.ignores(path)
            };
            table.paths.iter().filter(is_out).cloned().collect::<Vec<_>>()
        });
        if found != *left_out {
            wrong.push(format!("{ignore:?}: found {found:?}, expected {left_out:?}"));
        }
    }
    assert!(table.cases.len() > 300);
    assert_eq!(wrong, [""; 0], "{} of {}", wrong.len(), table.cases.len());
}

#[test]
fn a_literal_pattern_matches_its_path_and_no_other() {
    let table: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/inputs/dockerignore/docker.json"))
            .unwrap();
    let paths = table["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
    for path in paths.chain(["a*", "x[1]/y?", "a\\b", "blank "]) {
        let ignore = DockerIgnore::parse(&DockerIgnore::literal(path)).unwrap();
        assert!(ignore.ignores(path), "{path}");
        assert!(!ignore.ignores("other") && (path == "ab" || !ignore.ignores("ab")), "{path}");
    }
}
