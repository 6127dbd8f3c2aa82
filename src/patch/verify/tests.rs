//! A small series on a small server: every verdict and every difference from the matrix is named.
//!
//! The probe of a patch is a look at the text: it passes where the word is there that the patch
//! brings. So the verification is tested whole, without Node.js.

mod advice;
mod record;
mod verdicts;

use std::collections::BTreeMap;

use bytes::Bytes;
use npm::Version;
use patch_engine::{Verdict, lint};

use super::super::probe::ProbeRun;
use super::super::{
    Matrix, MatrixError, Patch, PatchText, ProbeResult, ProvenVersions, Series, SeriesFiles,
    Upstream,
};
use super::*;

const SERVER: &str = "\
'use strict';
const name = 'demo';

function one() {
  const a = 1;
  const b = 2;
  const c = 3;
  return a + b + c + 'faulty-one';
}

function two() {
  const a = 4;
  const b = 5;
  const c = 6;
  return a + b + c + 'faulty-two';
}

module.exports = { name, one, two };
";

/// One hunk on the server, its counts reckoned.
fn hunk(line: usize, body: &str) -> String {
    let count = |but: char| body.lines().filter(|l| !l.starts_with(but)).count();
    let (old, new) = (count('+'), count('-'));
    format!("--- a/src/server.js\n+++ b/src/server.js\n@@ -{line},{old} +{line},{new} @@\n{body}")
}

fn first() -> String {
    let body = "   const a = 1;\n   const b = 2;\n   const c = 3;\n-  return a + b + c + 'faulty-one';\n+  return a + b + c + 'mended-one';\n }\n \n function two() {\n";
    hunk(5, body)
}

fn second() -> String {
    let body = "   const a = 4;\n   const b = 5;\n   const c = 6;\n-  return a + b + c + 'faulty-two';\n+  return a + b + c + 'mended-two';\n }\n \n module.exports = { name, one, two };\n";
    hunk(12, body)
}

/// A series of patches: id, versions, text. The probe of `one` looks for `mended-one`.
fn series(patches: &[(&str, &str, String)]) -> SeriesFiles {
    let mut files = SeriesFiles {
        name: "demo".to_owned(),
        series: Series {
            schema: "mad.series/1".to_owned(),
            package: "demo".to_owned(),
            needs: Vec::new(),
            patches: Vec::new(),
        },
        patches: BTreeMap::new(),
        probes: BTreeMap::new(),
        matrix: None,
    };
    for (id, versions, text) in patches {
        let probe = format!("probes/{id}.mjs");
        files.probes.insert(probe.clone(), id.as_bytes().to_vec());
        let file = format!("{id}.{}.patch", files.patches.len());
        let patch = lint(text.as_bytes());
        files.patches.insert(file.clone(), PatchText { text: text.clone(), patch });
        let variant = crate::patch::Variant { versions: versions.parse().unwrap(), file };
        if let Some(known) = files.series.patches.iter_mut().find(|patch| patch.id == *id) {
            known.variants.push(variant);
            continue;
        }
        files.series.patches.push(Patch {
            id: (*id).to_owned(),
            why: "it is faulty".to_owned(),
            upstream: "none".to_owned(),
            remove_when: "mended".to_owned(),
            target: "src/server.js".to_owned(),
            probe,
            optional: false,
            variants: vec![variant],
        });
    }
    files
}

fn both() -> SeriesFiles {
    series(&[("one", "*", first()), ("two", "*", second())])
}

fn upstream(version: &str, text: &str) -> Upstream {
    Upstream {
        version: Version::parse(version).unwrap(),
        files: [("src/server.js".to_owned(), Some(Bytes::from(text.to_owned())))].into(),
    }
}

fn missing(version: &str) -> Upstream {
    let mut upstream = upstream(version, "");
    upstream.files.insert("src/server.js".to_owned(), None);
    upstream
}

type Says<'a> = &'a dyn Fn(&str, &str) -> ProbeResult;

/// What the probes say of the texts.
fn honest(id: &str, text: &str) -> ProbeResult {
    let mended = text.contains(&format!("mended-{id}"));
    if mended { ProbeResult::Passes } else { ProbeResult::Fails }
}

fn probe(verification: &mut Verification, files: &SeriesFiles) {
    probe_by(verification, files, &honest);
}

/// Answers until nothing is asked.
fn probe_by(verification: &mut Verification, files: &SeriesFiles, says: Says<'_>) {
    loop {
        let subjects = verification.subjects(files).unwrap();
        if subjects.is_empty() {
            return;
        }
        let mut runs = Vec::new();
        for subject in subjects {
            let text = String::from_utf8(subject.files["src/server.js"].to_vec()).unwrap();
            for patch in subject.patches {
                let result = says(&patch, &text);
                let why = (result != ProbeResult::Passes).then(|| format!("saw {patch}"));
                runs.push(ProbeRun { subject: subject.name.clone(), patch, result, why });
            }
        }
        verification.take_probes(&runs);
    }
}

fn scope(whole: bool) -> Scope {
    Scope { whole, ..Scope::default() }
}

/// Derived and probed, and judged by the matrix of the series.
fn verified(files: &SeriesFiles, upstreams: &[Upstream], whole: bool) -> Verification {
    let mut verification = group(files, upstreams.to_vec()).unwrap();
    probe(&mut verification, files);
    verification.judge(files, &scope(whole));
    verification
}

/// The same series with what was found recorded.
fn recorded(files: &SeriesFiles, upstreams: &[Upstream]) -> SeriesFiles {
    let found = verified(files, upstreams, true).matrix(files);
    SeriesFiles { matrix: Some(found), ..files.clone() }
}

/// Verdict words by patch, and the findings that are about patches and not about the record.
fn holds(files: &SeriesFiles, upstreams: &[Upstream]) -> (Vec<String>, Vec<Difference>) {
    let verification = verified(&recorded(files, upstreams), upstreams, true);
    let last = verification.groups.last().unwrap();
    let patches = last.targets.iter().flat_map(|target| &target.patches);
    let words = patches.map(|patch| patch.verdict.word().to_owned()).collect();
    (words, verification.differences)
}

#[track_caller]
fn assert_one(differences: &[Difference], what: &str, found: &str) {
    assert_eq!(differences.len(), 1, "{differences:#?}");
    assert_eq!(differences[0].what, what);
    assert!(differences[0].found.contains(found), "{differences:#?}");
}
