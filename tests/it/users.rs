//! `mad users audit`: every Dockerfile of `tests/inputs/dockerfiles`, exit codes, hostile input.

use std::path::Path;

use crate::support::{mad_in, mad_with_input};

const GROWN: &str =
    "FROM a\nRUN useradd dev\nUSER dev\nRUN x\nUSER root\nRUN y \\\n && chmod 777 /z\nUSER dev\n";

fn folder(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("Dockerfile"), text).unwrap();
    dir
}

#[test]
fn every_dockerfile_prints_as_it_was() {
    insta::glob!("../inputs/dockerfiles", "*.Dockerfile", |path| {
        let bytes = std::fs::read(path).unwrap();
        let file = dockerfile::File::parse(&bytes).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let edits: Vec<_> = (0..file.blocks().len()).map(dockerfile::Edit::Keep).collect();
        assert_eq!(dockerfile::rebuild(&file, &edits).as_bytes(), bytes, "{path:?}");
        assert_eq!(file.text().as_bytes(), bytes);
    });
}

#[test]
fn every_dockerfile_is_explained() {
    insta::glob!("../inputs/dockerfiles", "*.Dockerfile", |path| {
        let dir = path.parent().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let run = mad_in(dir, &["users", "audit", name]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains(['\x1b', '\x07', '\u{202e}']));
        insta::assert_snapshot!(run.stdout);
    });
}

/// Each finding's line holds what the finding quotes.
#[test]
fn findings_are_on_the_right_lines() {
    insta::glob!("../inputs/dockerfiles", "*.Dockerfile", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let run =
            mad_in(Path::new("/"), &["users", "audit", "--format=json", path.to_str().unwrap()]);
        let audit: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        for finding in audit["findings"].as_array().unwrap() {
            let line = lines[finding["line"].as_u64().unwrap() as usize - 1];
            let word = match finding["rule"].as_str().unwrap() {
                "users/chown-r" => "chown",
                "users/world-writable" => "7",
                "users/linked-homes" => "ln -s",
                "users/redundant" | "users/no-account" | "users/unset-variable" => "ser",
                "users/sudo" => "u",
                "users/copy-owner" => "COPY",
                _ => continue,
            };
            let has = line.to_ascii_lowercase().contains(&word.to_ascii_lowercase());
            let is_open = word == "7" && (line.contains("a+w") || line.contains("666"));
            assert!(has || is_open, "{path:?}: {finding}\n{line}");
        }
    });
}

#[test]
fn the_threshold_is_an_exit_code() {
    let dir = folder(GROWN);
    for (limit, code) in [("3", 0), ("2", 1), ("0", 1)] {
        let run = mad_in(dir.path(), &["users", "audit", "--max-switches", limit]);
        assert_eq!(run.code, code, "{limit}: {}", run.stderr);
    }
    let run = mad_in(dir.path(), &["users", "audit", "--max-switches=2"]);
    assert_eq!(run.stderr, "error: `Dockerfile` has 3 `USER` lines; 2 are allowed\n");
}

#[test]
fn a_file_a_folder_and_standard_input_are_the_same() {
    let dir = folder(GROWN);
    let audit = |arguments: &[&str]| {
        let mut command = vec!["users", "audit", "--format", "github"];
        command.extend(arguments);
        mad_in(dir.path(), &command)
    };
    let plain = audit(&[]);
    assert_eq!(plain.code, 0);
    for typed in ["Dockerfile", ".", "./Dockerfile"] {
        assert_eq!(audit(&[typed]).stdout, plain.stdout, "{typed}");
    }
    let piped = mad_with_input(dir.path(), &["users", "audit", "-", "--format=github"], GROWN);
    assert_eq!(piped.stdout, plain.stdout);
    assert!(
        plain.stdout.contains("::warning file=Dockerfile,line=7,endLine=7,title=World-writable::"),
        "{}",
        plain.stdout
    );
    // As it was typed, from wherever that is.
    let typed = dir.path().join("Dockerfile");
    let run =
        mad_in(Path::new("/"), &["users", "audit", typed.to_str().unwrap(), "--format=github"]);
    assert!(run.stdout.contains(&format!("file={},line=7", typed.display())), "{}", run.stdout);
    let run = mad_in(Path::new("/"), &["users", "audit", "-C", dir.path().to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn what_is_no_dockerfile_is_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let big = "RUN x\n".repeat(10 << 20).into_bytes();
    for (bytes, says) in [
        (&b"\x7fELF\x02\x01\x01\0"[..], "line 1, column 8: expected text, found a NUL byte"),
        (b"FROM a\nRUN x\n\xff\xfe y", "line 3, column 1: unknown instruction"),
        (b"", "the file has no instructions"),
        (b"# nothing\n", "the file has no instructions"),
        (b"FROM a\nUSRE b\n", "hint: did you mean `USER`?"),
        (b"FROM a\n\x1b[2Jx b\n", "unknown instruction"),
        (&big, "the file has more than 1048576 bytes"),
    ] {
        std::fs::write(dir.path().join("x"), bytes).unwrap();
        let run = mad_in(dir.path(), &["users", "audit", "x"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(says) && run.stderr.contains("`x`"), "{}", run.stderr);
        assert!(!run.stderr.contains('\x1b') && run.stdout.is_empty());
    }
    let run = mad_in(dir.path(), &["users", "audit", "gone"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.starts_with("error: cannot read `gone`: "), "{}", run.stderr);
}
