//! `-o FILE` onto what is no regular file: it is written to, and stays what it is.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::support::mad_in;

/// What writes a file, and needs no engine and no history.
const WRITERS: [&[&str]; 2] = [
    &["users", "fix", "Dockerfile", "--strategy", "safe", "-o"],
    &["patch", "import", "--series", "toy", "--base", "./1.0.0", "in.patch", "-o"],
];

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), "FROM debian\nUSER a\nUSER b\nRUN id\n").unwrap();
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/patches/toy");
    let mut copy = std::process::Command::new("cp");
    assert!(copy.arg("-r").arg(inputs.join(".")).arg(dir.path()).status().unwrap().success());
    dir
}

#[test]
fn links_are_followed_and_stay() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    for writer in &WRITERS[..1] {
        fs::write(at("target"), "old").unwrap();
        symlink("target", at("near")).unwrap();
        symlink("near", at("far")).unwrap();
        symlink("nothing-yet", at("new")).unwrap();
        for name in ["near", "far", "new"] {
            let run = mad_in(dir.path(), &[*writer, &[name]].concat());
            assert_eq!(run.code, 0, "{}", run.stderr);
            assert!(at(name).is_symlink(), "{name}");
        }
        for name in ["target", "nothing-yet"] {
            assert!(fs::read_to_string(at(name)).unwrap().starts_with("FROM debian"), "{name}");
        }
        // A link to itself is an error, and no file.
        symlink("loop", at("loop")).unwrap();
        let run = mad_in(dir.path(), &[*writer, &["loop"]].concat());
        assert_ne!(run.code, 0);
        assert!(at("loop").is_symlink());
    }
}

#[test]
fn a_linked_file_is_edited_where_it_is() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    fs::rename(at("Dockerfile"), at("real")).unwrap();
    symlink("real", at("Dockerfile")).unwrap();
    let run = mad_in(dir.path(), &["users", "fix", "Dockerfile", "--strategy", "safe", "-w"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(at("Dockerfile").is_symlink());
    assert_eq!(fs::read_to_string(at("real")).unwrap().matches("USER").count(), 1);
}

#[test]
fn pipes_and_devices_are_written_to() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let kind = |name: &str| fs::symlink_metadata(at(name)).unwrap().file_type();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let pipe = at("pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        fs::File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
        text
    });
    let run = mad_in(dir.path(), &[WRITERS[0], &["pipe"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(reader.join().unwrap().starts_with("FROM debian"));
    assert!(kind("pipe").is_fifo());
    // Only root can make a device; one of our own, so that a fault costs nobody `/dev/null`.
    let null = makedev(1, 3);
    if mknodat(CWD, at("null"), FileType::CharacterDevice, Mode::from_raw_mode(0o600), null)
        .is_err()
    {
        return;
    }
    for writer in WRITERS {
        mad_in(dir.path(), &[writer, &["null"]].concat());
        assert!(kind("null").is_char_device(), "{writer:?}");
    }
}
