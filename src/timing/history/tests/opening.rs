use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::timing::history::testing::{empty, id, record};
use crate::timing::history::{Filter, History, HistoryError};

fn inputs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/history").join(name)
}

#[track_caller]
fn refused(path: &Path) -> String {
    let error = History::open(path).unwrap_err();
    let hint = error.hint().unwrap_or_default();
    let shown = format!("{error}\nhint: {hint}");
    shown.replace(&path.parent().unwrap().display().to_string(), "STATE")
}

/// A history as version 1 wrote it, and its builds as they are exported.
fn version_1(path: &Path) -> String {
    let sql = std::fs::read_to_string(inputs("v1.sql")).unwrap();
    Connection::open(path).unwrap().execute_batch(&sql).unwrap();
    std::fs::read_to_string(inputs("v1.jsonl")).unwrap()
}

fn exported(history: &History) -> String {
    let mut out = Vec::new();
    history.export(&Filter::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_history_of_an_older_mad_opens_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let expected = version_1(&path);
    let history = History::open(&path).unwrap();
    assert_eq!(exported(&history), expected);
    // It is a history like any other from now on.
    history.add(&record(99), None).unwrap();
    assert_eq!(history.find("", &id(99)).unwrap().record, record(99));
    drop(history);
    assert_eq!(History::open(&path).unwrap().list(&Filter::default()).unwrap().len(), 5);
    // Its tables are those of a history that was never old.
    let (_folder, new) = empty();
    let schema = |connection: &Connection| -> Vec<String> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut select = connection.prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(
        schema(&Connection::open(&path).unwrap()),
        schema(&Connection::open(new.path()).unwrap())
    );
}

#[test]
fn many_may_open_a_new_file_or_an_old_one_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (name, is_old) in [("new.db", false), ("old.db", true)] {
        let path = folder.path().join(name);
        let known = if is_old { version_1(&path).lines().count() } else { 0 };
        std::thread::scope(|scope| {
            for n in 0..20 {
                let path = &path;
                scope.spawn(move || {
                    History::open(path).unwrap().add(&record(100 + n), None).unwrap()
                });
            }
        });
        let history = History::open(&path).unwrap();
        assert_eq!(history.list(&Filter::default()).unwrap().len(), 20 + known, "{name}");
    }
}

#[test]
fn folder_and_files_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, history) = empty();
    history.add(&record(1), None).unwrap();
    let modes = |path: &Path| -> Vec<u32> {
        let ends = ["", "-wal", "-shm"];
        let file = |end| PathBuf::from(format!("{}{end}", path.display()));
        ends.iter().map(|end| file(end).metadata().unwrap().permissions().mode() & 0o777).collect()
    };
    assert_eq!(modes(history.path()), [0o600; 3]);
    // What an older mad, or a copy, left open to others is closed.
    let path = history.path().to_owned();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let again = History::open(&path).unwrap();
    again.add(&record(2), None).unwrap();
    assert_eq!(modes(&path), [0o600; 3]);
    for made in ["state", "state/mad"] {
        let mode = folder.path().join(made).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{made}");
    }
}

#[test]
fn what_is_no_history_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "not a database, but longer than a header of SQLite needs to be to tell. ".repeat(9),
    )
    .unwrap();
    let before = std::fs::read(&text).unwrap();
    insta::assert_snapshot!(refused(&text), @r"
    the file `STATE/text.db` is not a mad history
    hint: move `STATE/text.db` away, or name another file with MAD_HISTORY=FILE
    ");
    assert_eq!(std::fs::read(&text).unwrap(), before);

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    insta::assert_snapshot!(refused(&foreign), @r"
    the file `STATE/foreign.db` is not a mad history
    hint: move `STATE/foreign.db` away, or name another file with MAD_HISTORY=FILE
    ");

    let newer = folder.path().join("newer.db");
    drop(History::open(&newer).unwrap());
    Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    insta::assert_snapshot!(refused(&newer), @r"
    the history `STATE/newer.db` has version 7; this mad supports up to 4
    hint: use the mad that wrote it, or another file with MAD_HISTORY=FILE
    ");

    let a_folder = folder.path().join("a-folder");
    std::fs::create_dir(&a_folder).unwrap();
    insta::assert_snapshot!(refused(&a_folder), @r"
    found a folder at `STATE/a-folder`, expected a file for the history
    hint: name a file that can be written with MAD_HISTORY=FILE
    ");
    // A device that is read for ever, and a pipe that nobody writes: not even opened.
    insta::assert_snapshot!(refused(Path::new("/dev/null")), @r"
    found a device at `STATE/null`, expected a file for the history
    hint: name a file that can be written with MAD_HISTORY=FILE
    ");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    insta::assert_snapshot!(refused(&link), @r"
    found a pipe at `STATE/link`, expected a file for the history
    hint: name a file that can be written with MAD_HISTORY=FILE
    ");
    insta::assert_snapshot!(refused(&text.join("below/a-file.db")), @r"
    cannot create the folder `STATE` for the history: Not a directory (os error 20)
    hint: name a file that can be written with MAD_HISTORY=FILE
    ");
    insta::assert_snapshot!(refused(Path::new("/proc/mad/history.db")), @r"
    cannot create the folder `STATE` for the history: No such file or directory (os error 2)
    hint: name a file that can be written with MAD_HISTORY=FILE
    ");
}

#[test]
fn damage_is_told() {
    let (folder, history) = empty();
    for n in 0..20 {
        history.add(&record(100 + n), None).unwrap();
    }
    let path = history.path().to_owned();
    drop(history);
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[4096..] {
        *byte = 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    let error = History::open(&path).and_then(|h| h.list(&Filter::default())).unwrap_err();
    assert!(matches!(error, HistoryError::Damaged { .. }), "{error}");
    assert!(error.hint().unwrap().contains(".recover"));
    drop(folder);
}
