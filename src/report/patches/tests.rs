//! A good and a bad verification in every format, and texts that want out of theirs.

use bytes::Bytes;

use super::*;
use crate::patch::probe::ProbeRun;
use crate::patch::{
    Difference, DifferenceKind, ImageTarget, ImageVerification, PatchText, ProbeResult, Scope,
    Series, SeriesFiles, Upstream, Verification, group,
};
use crate::report::sarif::testing::check;
use npm::Version;

const SERIES: &str = "\
schema: mad.series/1
package: demo
patches:
  - {id: one, why: w, upstream: u, remove_when: r, target: a.js, probe: probes/1.mjs,
     variants: [{versions: '*', file: 01-one.patch}]}
  - {id: two, why: w, upstream: u, remove_when: r, target: a.js, probe: probes/2.mjs,
     variants: [{versions: '*', file: 02-two.patch}]}
";

fn files() -> SeriesFiles {
    let series = Series::parse(SERIES).unwrap();
    let texts = [("01-one.patch", "one"), ("02-two.patch", "two")].map(|(name, word)| {
        let text = format!("--- a/a.js\n+++ b/a.js\n@@ -1 +1 @@\n-{word} = 0;\n+{word} = 1;\n");
        (name.to_owned(), PatchText::read(&text, "a.js"))
    });
    let probes = [("probes/1.mjs".to_owned(), vec![b'1']), ("probes/2.mjs".to_owned(), vec![b'2'])];
    SeriesFiles {
        name: "demo".to_owned(),
        series,
        patches: texts.into(),
        probes: probes.into(),
        matrix: None,
    }
}

fn upstream(version: &str, text: Option<&str>) -> Upstream {
    let bytes = text.map(|text| Bytes::from(text.to_owned()));
    Upstream {
        version: Version::parse(version).unwrap(),
        files: [("a.js".to_owned(), bytes)].into(),
    }
}

fn verification(upstreams: Vec<Upstream>, why: &str) -> (SeriesFiles, Verification) {
    let mut files = files();
    let mut verification = group(&files, upstreams).unwrap();
    loop {
        let subjects = verification.subjects(&files).unwrap();
        if subjects.is_empty() {
            break;
        }
        let mut runs = Vec::new();
        for subject in subjects {
            let text = String::from_utf8(subject.files["a.js"].to_vec()).unwrap();
            for patch in subject.patches {
                let fails = text.contains(&format!("{patch} = 0"));
                let result = if fails { ProbeResult::Fails } else { ProbeResult::Passes };
                let why = fails.then(|| why.to_owned());
                runs.push(ProbeRun { subject: subject.name.clone(), patch, result, why });
            }
        }
        verification.take_probes(&runs);
    }
    files.matrix = Some(verification.matrix(&files));
    verification.judge(&files, &Scope::whole());
    (files, verification)
}

fn good() -> Verification {
    let upstreams = vec![
        upstream("0.8.0", None),
        upstream("0.9.0", None),
        upstream("1.0.0", Some("one = 0;\ntwo = 0;\n")),
        upstream("1.1.0", Some("one = 0;\ntwo = 0;\n")),
        upstream("2.0.0", Some("\none = 0;\ntwo = 0;\n")),
    ];
    verification(upstreams, "it is 0").1
}

fn bad() -> Verification {
    let upstreams = vec![
        upstream("1.0.0", Some("one = 0;\ntwo = 0;\n")),
        upstream("2.0.0", Some("one = 0;\none = 0;\ntwo = 0;\n")),
    ];
    let (mut files, mut verification) = verification(upstreams, "it is 0");
    let target = &mut files.matrix.as_mut().unwrap().groups[0];
    target.patches[1].verdict = "exact".to_owned();
    target.patches[1].by = 7;
    verification.judge(&files, &Scope::whole());
    verification
}

/// A finding with this text in every place that others fill.
fn hostile(text: &str) -> Verification {
    let mut verification = good();
    let all = || text.to_owned();
    verification.differences = vec![
        Difference {
            kind: DifferenceKind::Record,
            versions: vec![all()],
            what: all(),
            expected: all(),
            found: all(),
        },
        Difference {
            kind: DifferenceKind::Patch,
            versions: vec!["2.0.0".to_owned()],
            what: "one".to_owned(),
            expected: all(),
            found: all(),
        },
    ];
    verification
}

/// Hashes by their first eight digits.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() == 64 { &run[..8] } else { &run });
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// Every element closed, in order; only the five entities and references; no bare `<` or `"`.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    while let Some(at) = rest.find('<') {
        assert_text(&rest[..at]);
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        let attributes: Vec<&str> = tag[name.len()..].trim_end_matches('/').split('"').collect();
        assert_eq!(attributes.len() % 2, 1, "{tag}");
        for pair in attributes.chunks_exact(2) {
            let named = pair[0].trim().strip_suffix('=').unwrap_or_else(|| panic!("{tag}"));
            assert!(named.chars().all(|c| c.is_ascii_lowercase()), "{tag}");
            assert_text(pair[1]);
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!((open, rest.trim()), (vec![], ""));
}

fn assert_text(text: &str) {
    assert!(!text.contains(['<', '>']) && !text.chars().any(|c| c.is_control() && c != '\n'));
    for after in text.split('&').skip(1) {
        let entity = after.split(';').next().unwrap();
        assert!(["lt", "gt", "amp", "quot", "#10"].contains(&entity), "&{after}");
    }
}

#[test]
fn the_good_one() {
    let good = good();
    assert!(good.is_good(), "{:?}", good.differences);
    insta::assert_snapshot!("good_terminal", terminal(&good));
    insta::assert_snapshot!("good_json", short(&json(&good)));
    insta::assert_snapshot!("good_markdown", markdown(&good));
    insta::assert_snapshot!("good_junit", junit(&good));
    insta::assert_snapshot!("good_github", github(&good));
    assert_well_formed(&junit(&good));
}

#[test]
fn the_bad_one() {
    let bad = bad();
    insta::assert_snapshot!("bad_terminal", short(&terminal(&bad)));
    insta::assert_snapshot!("bad_json", short(&json(&bad)));
    insta::assert_snapshot!("bad_markdown", short(&markdown(&bad)));
    insta::assert_snapshot!("bad_junit", short(&junit(&bad)));
    insta::assert_snapshot!("bad_github", short(&github(&bad)));
    insta::assert_snapshot!("bad_sarif", short(&sarif(&bad)));
    assert_well_formed(&junit(&bad));
}

const HOSTILE: &str = "a | b <img src=x> & \"q\" 'r' ]]> --> \\| [l](http://x) `c`\n::error::mine\r\n## mine\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{fffe}end";

#[test]
fn what_a_terminal_obeys_reaches_no_output() {
    let hostile = hostile(HOSTILE);
    let all = [
        terminal(&hostile),
        json(&hostile),
        markdown(&hostile),
        junit(&hostile),
        github(&hostile),
        sarif(&hostile),
    ];
    for text in all {
        let obeyed = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        assert_eq!(text.chars().find(obeyed), None, "{text}");
    }
}

#[test]
fn no_text_breaks_out_of_its_format() {
    let hostile = hostile(HOSTILE);
    let plain = self::hostile("plain");
    let parsed: serde_json::Value = serde_json::from_str(&json(&hostile)).unwrap();
    assert_eq!(parsed["differences"][0]["found"], HOSTILE, "JSON keeps all of it");
    assert_well_formed(&junit(&hostile));
    for format in [terminal, markdown, junit, github, sarif] {
        let (text, plain) = (format(&hostile), format(&plain));
        assert_eq!(text.lines().count(), plain.lines().count(), "{text}");
    }
    let annotations = github(&hostile);
    assert!(annotations.lines().all(|line| line.starts_with("::error file=patches/demo/")));
    let summary = markdown(&hostile);
    assert!(!summary.contains("<img") && !summary.contains(" [l]") && !summary.contains(" `c`"));
}

#[test]
fn every_verification_holds_to_the_schema_of_sarif() {
    let (good, bad, hostile) = (good(), bad(), hostile(HOSTILE));
    check([("good", sarif(&good)), ("bad", sarif(&bad)), ("hostile", sarif(&hostile))]);
    let log: serde_json::Value = serde_json::from_str(&sarif(&bad)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), bad.differences.len());
    let file = "/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(results[0].pointer(file).unwrap(), "patches/demo/01-one.patch");
    let prints: std::collections::BTreeSet<String> =
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
    assert_eq!(prints.len(), results.len(), "no two findings are one alert");
}

#[test]
fn every_finding_is_a_failed_case() {
    let mut lost = good();
    lost.differences = vec![Difference {
        kind: DifferenceKind::Record,
        versions: vec!["9.9.9".to_owned()],
        what: "one".to_owned(),
        expected: "a".to_owned(),
        found: "b".to_owned(),
    }];
    let xml = junit(&lost);
    assert!(xml.contains("tests=\"5\" failures=\"1\""), "{xml}");
}

#[test]
fn an_image() {
    let mut image = ImageVerification {
        schema: "mad.image-verification/1",
        image: "mad/cpu:latest".to_owned(),
        package: "demo".to_owned(),
        version: "1.0.0".to_owned(),
        targets: vec![ImageTarget { path: "a.js".to_owned(), found: Some("0".repeat(64)) }],
        probes: Vec::new(),
        differences: Vec::new(),
    };
    let run = |patch: &str, result| ProbeRun {
        subject: "s".to_owned(),
        patch: patch.to_owned(),
        result,
        why: Some(HOSTILE.to_owned()),
    };
    let runs = vec![run("one", ProbeResult::Passes), run("two", ProbeResult::Fails)];
    image.version = "1.0.0\u{1b}[2J".to_owned();
    image.judge(&files(), runs);
    insta::assert_snapshot!("image_terminal", short(&image_terminal(&image)));
    assert!(!image_terminal(&image).contains('\u{1b}') && !json(&image).contains('\u{9b}'));
}
