//! Days on which files, the machine or the engine are not what they should be, without an engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fake_engine::{answer, listen};
use crate::support::{command, mad_in};

/// A user that is not root, whom modes hold.
const NOBODY: u32 = 65534;

fn project(profile: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("profiles")).unwrap();
    fs::write(dir.path().join("profiles/i.yaml"), profile).unwrap();
    dir
}

/// Runs mad as somebody whom the modes of files hold: tests may run as root.
fn as_other(mut command: Command) -> Output {
    if !rustix::process::geteuid().is_root() {
        return command.output().unwrap();
    }
    command.uid(NOBODY).gid(NOBODY);
    if let Ok(output) = command.output() {
        return output;
    }
    // The program lies where only root may go, in root's home say.
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let program = folder.path().join("mad");
    fs::copy(command.get_program(), &program).unwrap();
    let mut copied = Command::new(program);
    copied.args(command.get_args()).uid(NOBODY).gid(NOBODY).env_clear();
    copied.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    copied.current_dir(command.get_current_dir().unwrap()).output().unwrap()
}

fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_engine_that_is_too_old_is_named() {
    for (version, shown) in [("19.03.15", "19.03.15"), ("18.09.1-ce", "18.09.1-ce"), ("", "``")] {
        let dir = project("base: debian\n");
        let body =
            format!(r#"{{"Version":"{version}","ApiVersion":"1.40","MinAPIVersion":"1.12"}}"#);
        let socket = listen(dir.path(), move |connection, _| answer(connection, "200 OK", &body));
        let mut build = command(dir.path(), &["build", "-p", "i"]);
        build.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        let output = build.env("MAD_HISTORY", dir.path().join("h.db")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains(shown) && said.contains("expected 20.10 or newer"), "{said}");
    }
}

#[test]
fn yaml_of_any_kind_is_refused_with_its_place_or_taken() {
    let deep = |open: &str, close: &str| {
        let count = (1 << 20) / (open.len() + close.len()) - 20;
        format!("base: debian\nlabels: {}x{}\n", open.repeat(count), close.repeat(count))
    };
    let steps: String = (0..1400).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let bomb: String = (1..40).map(|n| format!("x{n}: &x{n} [*x{0}, *x{0}]\n", n - 1)).collect();
    for (name, text) in [
        ("tabs", "base: debian\nuser:\n\tname: dev\n".to_owned()),
        ("a megabyte of [", deep("[", "]")),
        ("a megabyte of {", deep("{a: ", "}")),
        ("a megabyte of indentation", format!("base: debian\nlabels:\n{steps}")),
        ("a megabyte of -", format!("base: debian\npatches:\n {}\n", "- ".repeat(500_000))),
        ("a megabyte of [ that is not closed", format!("base: {}", "[".repeat(1 << 20))),
        ("a bomb of aliases", format!("x0: &x0 [a]\n{bomb}base: debian\n")),
        ("an alias of itself", "base: &b [*b]\n".to_owned()),
        ("a merge key", "env: &e {A: b}\nlabels: {<<: *e}\nbase: debian\n".to_owned()),
        ("two documents", "base: debian\n---\nbase: ubuntu\n".to_owned()),
        ("a NUL", "base: debian\0\n".to_owned()),
    ] {
        let dir = project(&text);
        let run = mad_in(dir.path(), &["render", "-p", "i", "--frontend", "1.2"]);
        assert_eq!(run.code, 2, "{name}: {}", run.stderr);
        assert!(run.stderr.contains("profiles/i.yaml"), "{name}: {}", run.stderr);
        assert!(run.stderr.len() < 10_000, "{name}: {} bytes are said", run.stderr.len());
    }
    // An anchor that is used once or twice is plain YAML.
    let dir = project("base: debian:trixie\ndescription: &d why\nlabels: {a: *d, b: *d}\n");
    let run = mad_in(dir.path(), &["render", "-p", "i", "--frontend", "1.2"]);
    assert!(run.code == 0 && run.stdout.contains("b=\"why\""), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_is_named_before_anything_is_sent() {
    for (path, text) in [
        ("app/closed/x", "files: [{source: app, dest: /srv/app}]\n"),
        ("app/x", "files: [{source: app/x, dest: /srv/x}]\n"),
        ("profiles/parent.yaml", "extends: parent\n"),
        ("templates/stages/final.j2", ""),
    ] {
        let dir = project(&format!("base: debian:trixie\n{text}"));
        open_to_all(dir.path());
        let at = dir.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, "base: debian\n").unwrap();
        fs::set_permissions(&at, fs::Permissions::from_mode(0o000)).unwrap();
        let output = as_other(command(dir.path(), &["render", "-p", "i", "--frontend", "1.2"]));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{path}: {said}");
        assert!(said.contains(path) && said.contains("ermission denied"), "{path}: {said}");
        assert!(output.stdout.is_empty());
    }
}

/// Nothing reads a home: neither one that is not there nor one that is closed changes a result.
#[test]
fn no_home_is_needed_to_render() {
    let dir = project("base: debian:trixie\n");
    let render = |home: Option<&str>| {
        let mut render = command(dir.path(), &["render", "-p", "i", "--frontend", "1.2"]);
        home.map(|home| render.env("HOME", home));
        let output = render.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{home:?}: {output:?}");
        output.stdout
    };
    let without = render(None);
    for home in ["", "/nonexistent/home", "/proc", "relative"] {
        assert_eq!(render(Some(home)), without, "{home}");
    }
}

/// A hundred thousand files take no more memory than the small entry that each has.
#[test]
fn a_hundred_thousand_files_take_little_memory() {
    let dir = project("base: debian:trixie\nfiles: [{source: app, dest: /srv/app}]\n");
    let peak = |files: usize| -> i64 {
        let app = dir.path().join("app");
        let _ = fs::remove_dir_all(&app);
        for folder in 0..files.div_ceil(1000) {
            fs::create_dir_all(app.join(format!("folder-{folder}"))).unwrap();
        }
        for file in 0..files {
            fs::write(app.join(format!("folder-{}/file-{file}", file / 1000)), []).unwrap();
        }
        let mut render = command(dir.path(), &["render", "-p", "i", "--frontend", "1.2"]);
        let mut child = render.stdout(Stdio::null()).spawn().unwrap();
        let peak = peak_kib(&mut child);
        assert!(child.wait().unwrap().success());
        peak
    };
    let (few, many) = (peak(1), peak(100_000));
    let each = (many - few) * 1024 / 100_000;
    println!("{few} KiB, {many} KiB: {each} bytes a file");
    assert!(each < 600, "{each} bytes of memory for each file");
}

/// The most memory that a process had, asked of the kernel until it has ended.
fn peak_kib(child: &mut std::process::Child) -> i64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // A process that has ended and was not waited for has no memory, and its line is gone.
    while let Some(kib) = fs::read_to_string(&status).ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse::<i64>().ok()
    }) {
        peak = peak.max(kib);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(peak > 0, "the process ended before it was looked at");
    peak
}
