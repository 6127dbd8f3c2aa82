use std::time::Duration;

use super::*;
use crate::image::noise::Noise;
use crate::proof::{Proof, Prover, StepTime, testing::FakeBench};
use crate::report::TerminalStyle;

/// A proof of the second text against the first, with times.
fn prove(before: &str, after: &str) -> Proof {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bench = FakeBench::default();
    let mut proof = runtime.block_on(async {
        let mut prover = Prover::start(&bench, before, Noise::Known, true).await.unwrap();
        prover.prove(after).await.unwrap()
    });
    let step = |line, seconds| StepTime {
        line,
        label: format!("RUN step {line}"),
        cached: false,
        duration: Duration::from_secs(seconds),
    };
    proof.before.wall = Duration::from_secs(92);
    proof.before.steps = vec![step(2, 1), step(3, 60)];
    proof.before.no_cache = true;
    proof.after.wall = Duration::from_secs(61);
    proof.after.no_cache = true;
    proof
}

fn fix(proving: Option<Proving>) -> Fix {
    Fix {
        schema: FIX_SCHEMA,
        dockerfile: "dev/Dockerfile\x1b[2J".to_owned(),
        strategy: "minimal",
        before: Counts { switches: 22, user_lines: 23, runs: 30 },
        after: Counts { switches: 4, user_lines: 4, runs: 28 },
        moves: vec![Move {
            line: 9,
            to: 4,
            label: "RUN apt-get install -y jq".to_owned(),
            reason: "it reads nothing that the steps of `dev` write".to_owned(),
        }],
        merged: vec![Merged { lines: vec![3, 5, 8], to: 3 }],
        removed: vec![Note { line: 7, text: "USER root: nothing runs under it".to_owned() }],
        left: vec![Note {
            line: 40,
            text: "line 40 stays behind line 31: it reads /home/dev/.cargo/bin/greet".to_owned(),
        }],
        not_tried: None,
        diff: "--- Dockerfile\n+++ Dockerfile (fixed)\n@@ -1,2 +1,1 @@\n FROM x\n-USER root\n"
            .to_owned(),
        unproven: proving.is_none(),
        proving,
        written: None,
    }
}

fn proven() -> Proving {
    let before =
        "FROM x\nRUN random key\nRUN write etc/passwd a\nRUN random var/log/x\nRUN temporary tmp\n";
    let after =
        "FROM x\nRUN random key\nRUN random var/log/x\nRUN write etc/passwd a\nRUN temporary tmp\n";
    let proof = prove(before, after);
    let attempts = vec![
        Attempt {
            what: "every move".to_owned(),
            switches: 2,
            outcome: Outcome::Different {
                differences: 1,
                steps: vec![StepRef { line: 9, label: "RUN x".to_owned() }],
            },
        },
        Attempt {
            what: "every move but those of lines 9".to_owned(),
            switches: 4,
            outcome: Outcome::Proven,
        },
    ];
    let copied_from = vec!["builder".to_owned()];
    Proving { attempts, builds: 4, proof: Some(proof), holds: true, copied_from }
}

fn different() -> Proving {
    let before = "FROM x\nRUN write a 1\nRUN copy a b\nRUN write a 22\nRUN write c 1\n";
    let after = "FROM x\nRUN write a 1\nRUN write a 22\nRUN copy a b\n";
    let attempts = vec![Attempt {
        what: "every move".to_owned(),
        switches: 1,
        outcome: Outcome::Unbuildable {
            step: Some(StepRef { line: 3, label: "RUN make".to_owned() }),
            message: "exit code: 2\nmore".to_owned(),
        },
    }];
    let proof = Some(prove(before, after));
    Proving { attempts, builds: 3, proof, holds: false, copied_from: Vec::new() }
}

use crate::proof::{Attempt, Outcome, StepRef};

const LOOK: TerminalStyle = TerminalStyle { width: 100, color: false, unicode: true };

#[test]
fn a_terminal_shows_the_diff_and_what_explains_it() {
    insta::assert_snapshot!("terminal", terminal(&fix(None), LOOK));
    insta::assert_snapshot!("terminal_proven", terminal(&fix(Some(proven())), LOOK));
    insta::assert_snapshot!("terminal_different", terminal(&fix(Some(different())), LOOK));
    let same = Fix {
        diff: String::new(),
        moves: vec![],
        merged: vec![],
        removed: vec![],
        left: vec![],
        unproven: false,
        ..fix(None)
    };
    let text = terminal(&same, LOOK);
    assert_eq!(text, "dev/Dockerfile: 22 user switches, nothing to change (minimal)\n");
    let text = "stage `a` has 1001 instructions".to_owned();
    let limited = Fix { not_tried: Some(Note { line: 3, text }), ..same };
    let told = "Not tried\n  line 3: stage `a` has 1001 instructions\n";
    let text = terminal(&limited, LOOK);
    assert_eq!(
        text,
        format!("dev/Dockerfile: 22 user switches, nothing changed (minimal)\n\n{told}")
    );
    assert!(markdown(&limited).contains("**Not tried**\n\n- line 3: stage"));
}

#[test]
fn a_stage_that_is_only_copied_from_is_not_said_to_be_compared() {
    let told = |stages: &[&str]| {
        let copied_from = stages.iter().map(|stage| (*stage).to_owned()).collect();
        let fix = fix(Some(Proving { copied_from, ..proven() }));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        (words(&terminal(&fix, LOOK)), words(&markdown(&fix).replace('\\', "")))
    };
    let one = "stage `builder` was compared by what is copied from it (or made with it through a \
               mount), not as an image of its own: `--target builder` compares one";
    let (screen, page) = told(&["builder"]);
    assert!(screen.contains(one) && page.contains(one), "{screen}\n{page}");
    let more = "stages `builder`, `0` were compared by what is copied from them (or made with them \
                through a mount), not as images of their own: `--target builder` compares one";
    let (screen, page) = told(&["builder", "0"]);
    assert!(screen.contains(more) && page.contains(more), "{screen}\n{page}");
    let (screen, page) = told(&[]);
    assert!(!screen.contains("of its own") && !page.contains("of its own"));
}

#[test]
fn a_summary_is_markdown() {
    insta::assert_snapshot!("markdown", markdown(&fix(Some(proven()))));
}

#[test]
fn json_is_versioned_and_has_everything() {
    let value: serde_json::Value = serde_json::from_str(&json(&fix(Some(different())))).unwrap();
    assert_eq!(value["schema"], "mad.users-fix/1");
    let proof = &value["proving"]["proof"];
    assert_eq!(proof["verdict"], "different");
    let paths: Vec<&str> = proof["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|difference| difference["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["/b", "/c"]);
    assert_eq!(proof["differences"][0]["wrote_before"]["line"], 3);
    assert_eq!(proof["differences"][1]["aspects"][0]["what"], "only-before");
    assert_eq!(proof["before"]["wall_ms"], 92_000);
    assert_eq!(value["proving"]["attempts"][0]["outcome"]["is"], "unbuildable");
}

#[test]
fn nothing_in_a_file_drives_the_terminal() {
    let mut fix = fix(Some(different()));
    fix.moves[0].label = "RUN \x1b[31m\u{202e}x\r\n".to_owned();
    fix.diff.push_str("+# \x1b]0;x\x07\n");
    for text in [terminal(&fix, LOOK), markdown(&fix), json(&fix)] {
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(bad, None, "{text:?}");
    }
}
