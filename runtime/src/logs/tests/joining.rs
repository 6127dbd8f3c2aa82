//! From bytes to records: whatever pieces they come in, nothing is lost and nothing is invented.

use proptest::prelude::*;
use serde_json::Value;

use crate::logs::lines::{LONGEST, Lines};
use crate::logs::stream::Stream;

const NOW: i64 = 1_795_949_561_000_000;

/// The records of these bytes, given in pieces of these sizes.
fn records(bytes: &[u8], pieces: &[usize]) -> Vec<Value> {
    let mut stream = Stream::new("a", "stderr");
    let mut out = Vec::new();
    let mut rest = bytes;
    let mut written = 0;
    let mut sizes = pieces.iter().cycle();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap_or(&rest.len())).clamp(1, rest.len());
        written += stream.read(&rest[..size], NOW, &mut out);
        rest = &rest[size..];
    }
    written += stream.end(NOW, &mut out);
    let text = String::from_utf8(out).expect("kept lines are UTF-8");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(lines.len() as u64, written);
    lines
}

fn messages(text: &str) -> Vec<(String, String)> {
    let of = |record: &Value, key: &str| record[key].as_str().expect("a text").to_owned();
    let all = records(text.as_bytes(), &[]);
    all.iter().map(|record| (of(record, "level"), of(record, "message"))).collect()
}

#[test]
fn json_of_a_program_is_kept_and_not_wrapped() {
    let line = r#"{"ts":"2026-11-29T10:52:40Z","lvl":"WARN","msg":"slow \"call\"","ms":31,"a":{"b":[1, 2]}}"#;
    let all = records(format!("{line}\n").as_bytes(), &[]);
    assert_eq!(
        all,
        [serde_json::json!({
            "time": "2026-11-29T10:52:40.000000Z", "service": "a", "stream": "stderr", "level": "warn",
            "message": "slow \"call\"", "fields": {"ms": 31, "a": {"b": [1, 2]}}
        })]
    );
}

#[test]
fn what_is_no_time_or_level_stays_a_field() {
    let line = r#"{"time":"noon","level":"loud","message":7,"severity":50}"#;
    let all = records(line.as_bytes(), &[]);
    assert_eq!(
        all[0]["fields"],
        serde_json::json!({"time": "noon", "level": "loud", "message": 7})
    );
    assert_eq!((&all[0]["level"], &all[0]["message"]), (&"error".into(), &"".into()));
}

#[test]
fn stack_traces_are_one_record_each() {
    let python = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nValueError: no\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2\nKeyError: 'x'";
    let node = "/app/a.js:10\n    throw new Error('x');\n    ^\n\nError: x\n    at f (/app/a.js:10:9)\n    at node:internal/main:1:2 {\n  code: 'E'\n}";
    let thrown = "TypeError: y is not a function\n    at g (/app/b.js:1:2)";
    let rust = "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds\nstack backtrace:\n   0: std::panicking\n             at /rustc/1\nnote: run with `RUST_BACKTRACE=full`";
    let java = "java.lang.IllegalStateException: closed\n\tat a.B.c(B.java:1)\n\t... 3 more\nCaused by: java.io.IOException: gone\n\tat d.E.f(E.java:2)";
    for trace in [python, node, thrown, rust, java] {
        let found = messages(&format!("before\n{trace}\nafter it\n"));
        let expected = [("info", "before"), ("error", trace), ("info", "after it")];
        let expected = expected.map(|(level, message)| (level.to_owned(), message.to_owned()));
        assert_eq!(found, expected);
    }
    // The message of `logging.exception` is its head.
    let logged = "ERROR:root:it failed\nTraceback (most recent call last):\n  File \"a.py\", line 1\nValueError: no";
    assert_eq!(messages(logged), [("error".to_owned(), logged.to_owned())]);
    // A list that is merely indented is none.
    assert_eq!(messages("tools:\n  a\n  b\n").len(), 3);
}

#[test]
fn a_long_line_is_cut_with_a_note_and_bytes_become_text() {
    let long = vec![b'x'; 1 << 20];
    let all = records(&long, &[4096]);
    assert_eq!(all[0]["message"].as_str().expect("text").len(), LONGEST);
    assert_eq!(all[0]["fields"]["left_out_bytes"], (1 << 20) - LONGEST);
    let all = records(b"a\xff\xfe\0\x1b[31mb\n", &[1]);
    assert_eq!(all[0]["message"], "a\u{fffd}\u{fffd}\0\u{1b}[31mb");
    assert_eq!(all[0]["fields"]["invalid_bytes"], 2);
}

proptest! {
    #[test]
    fn pieces_make_no_difference(bytes in proptest::collection::vec(any::<u8>(), 0..2000), pieces in proptest::collection::vec(1usize..50, 1..20)) {
        prop_assert_eq!(records(&bytes, &pieces), records(&bytes, &[]));
    }

    #[test]
    fn every_line_comes_back(lines in proptest::collection::vec("[ -~]{0,80}", 0..40), pieces in proptest::collection::vec(1usize..200, 1..5)) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut found = Vec::new();
        let mut cutter = Lines::default();
        let mut rest = text.as_bytes();
        let mut sizes = pieces.iter().cycle();
        while !rest.is_empty() {
            let size = (*sizes.next().expect("endless")).min(rest.len());
            cutter.read(&rest[..size], |line| found.push(String::from_utf8(line.text.to_vec()).expect("ASCII")));
            rest = &rest[size..];
        }
        prop_assert_eq!(found, lines);
    }

    #[test]
    fn no_text_is_lost_by_joining(lines in proptest::collection::vec(
        prop_oneof![
            "[a-z ]{1,20}", Just("Traceback (most recent call last):".to_owned()), Just("  File \"a\", line 1".to_owned()),
            Just("ValueError: x".to_owned()), Just("    at f (a.js:1:2)".to_owned()), Just("Caused by: x".to_owned()),
            Just("thread 'a' panicked at b:".to_owned()), Just("note: c".to_owned()), Just("}".to_owned()),
        ], 0..40)) {
        let text = lines.join("\n");
        let all = records(text.as_bytes(), &[]);
        let found: Vec<&str> = all.iter().flat_map(|record| record["message"].as_str().expect("a text").split('\n')).collect();
        let expected: Vec<&str> = lines.iter().map(String::as_str).collect();
        prop_assert_eq!(found, expected);
    }
}
