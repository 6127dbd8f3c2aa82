//! `mad report --format junit` holds to the schema by which Jenkins reads such files, by xmllint; also where
//! every text of a build wants out of its format.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mad::report::build::{BuildReport, junit};
use serde_json::Value;

const HOSTILE: &str = "RUN \u{1b}[2J</testcase>]]> \"' &amp; <![CDATA[ \u{202e}\u{0}\u{fffe}";

#[test]
fn every_report_holds_to_jenkins_schema() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/inputs/reports")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let plain: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let mut hostile = plain.clone();
        assert!(replace_texts(&mut hostile) > 10, "{}", path.display());
        for facts in [plain, hostile] {
            let report: BuildReport = serde_json::from_value(facts).unwrap();
            let output = validate(&junit(&report));
            let complaints = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {complaints}", path.display());
            count += 1;
        }
    }
    assert!(count >= 10, "{count} reports");
    assert!(!validate("<testsuites><testcase/></testsuites>").status.success());
}

/// Puts the hostile text where free text is; returns how often.
fn replace_texts(value: &mut Value) -> usize {
    match value {
        Value::Array(entries) => entries.iter_mut().map(replace_texts).sum(),
        Value::Object(fields) => {
            let mut count = 0;
            for (name, value) in fields {
                let is_text =
                    ["stage", "label", "profile", "branch", "reason", "tag", "file", "message"];
                if value.is_string() && is_text.contains(&name.as_str()) {
                    *value = HOSTILE.into();
                    count += 1;
                } else {
                    count += replace_texts(value);
                }
            }
            count
        }
        _ => 0,
    }
}

fn validate(text: &str) -> Output {
    let mut child = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(root().join("tests/inputs/reports/schemas/jenkins-junit.xsd"))
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is needed: scripts/test installs libxml2-utils");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
