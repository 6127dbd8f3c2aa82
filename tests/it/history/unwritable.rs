//! A history that cannot be written: told, and whole afterwards.

use super::*;

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let place = Scratch::new();
    place.import();
    let folder = place.file().parent().unwrap().to_owned();
    let mut command = place.command(&["history", "import", input("v1.jsonl").to_str().unwrap()]);
    // Root may write anywhere: then somebody else tries.
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        let copy = place.folder.path().join("mad");
        std::fs::copy(MAD, &copy).unwrap();
        let jsonl = place.project().join("in.jsonl");
        std::fs::copy(input("v1.jsonl"), &jsonl).unwrap();
        for readable in [place.folder.path(), &place.project(), &place.folder.path().join("state")]
        {
            std::fs::set_permissions(readable, PermissionsExt::from_mode(0o755)).unwrap();
        }
        command = Command::new(copy);
        command
            .args(["history", "import", "in.jsonl"])
            .current_dir(place.project())
            .env_clear()
            .env("XDG_STATE_HOME", place.folder.path().join("state"))
            .uid(65534);
    }
    for (mode, expected) in [(0o555, "cannot open the history"), (0o000, "cannot open the history")]
    {
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(mode)).unwrap();
        let output = command.output().unwrap();
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
        let (_, stderr) = said(1, &output);
        assert!(stderr.contains(expected), "{stderr}");
        assert!(stderr.contains("hint: name a file that can be written"), "{stderr}");
    }
}

#[test]
fn a_file_that_cannot_grow_is_told_and_stays_valid() {
    let place = Scratch::new();
    place.import();
    // Past the limit writing fails as it does on a full disk, once the signal is ignored.
    let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" history import many.jsonl";
    let mut text = String::new();
    for n in 0..400 {
        let mut record = record(n);
        record.steps[1].inputs.text = format!("RUN {n} {}", record.steps[1].inputs.text.repeat(40));
        let line = serde_json::json!({
            "schema": "mad.history/1", "record": record, "judgement": null,
        });
        text.push_str(&format!("{line}\n"));
    }
    std::fs::write(place.project().join("many.jsonl"), text).unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", script, MAD]).current_dir(place.project()).env_clear();
    command.env("XDG_STATE_HOME", place.folder.path().join("state"));
    let (_, stderr) = said(1, &command.output().unwrap());
    assert!(stderr.starts_with("error: ") && !stderr.contains("panicked"), "{stderr}");
    assert_valid(&place.file());
    assert_eq!(place.mad(0, &["history", "list"]).0.lines().count(), 5);
}
