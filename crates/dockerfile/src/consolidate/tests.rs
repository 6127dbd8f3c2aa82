//! Small files and what becomes of them.

use super::*;
use crate::File;

fn fixed(text: &str, strategy: Strategy) -> Consolidation {
    let file = File::parse(text.as_bytes()).unwrap();
    let result = consolidate(&file, strategy, Options::default());
    let again = File::parse(result.text.as_bytes()).unwrap();
    let again = consolidate(&again, strategy, Options::default());
    assert_eq!(again.text, result.text, "a result is a fixed point");
    assert!(result.after.user_lines <= result.before.user_lines);
    result
}

/// The new text, then moves and what is left.
fn shown(text: &str, strategy: Strategy) -> String {
    let result = fixed(text, strategy);
    let mut out = result.text;
    for line in result.moves {
        out.push_str(&format!("> {:?} -> {}: {}\n", line.lines, line.to, line.reason));
    }
    for line in result.removed {
        out.push_str(&format!("- {}: {}\n", line.line, line.reason));
    }
    for line in result.remaining {
        out.push_str(&format!("! {}\n", line.text));
    }
    out
}

fn merged(text: &str) -> String {
    let options = Options { merge: true, ..Options::default() };
    let file = File::parse(text.as_bytes()).unwrap();
    let result = consolidate(&file, Strategy::Safe, options);
    let again = File::parse(result.text.as_bytes()).unwrap();
    assert_eq!(consolidate(&again, Strategy::Safe, options).text, result.text);
    result.text
}

/// Rows of steps that become one, and rows that do not, each with its reason.
#[test]
fn steps_in_a_row_become_one() {
    let chains = "FROM a\nRUN mkdir /a\n# why\nRUN touch /b \\\n  && touch /c\n\n# heading\n\nRUN mkdir /d\nRUN mkdir /e\nUSER dev\nRUN mkdir e\nRUN mkdir f\n";
    let brackets = "FROM a\nRUN cd /x && mkdir a\nRUN mkdir b || true\nRUN mkdir c && cd /y\n";
    let comments = "FROM a\nRUN \\\n    # why a is there\n    touch /a && \\\n    # why b is there\n    touch /b\nRUN touch /c\nRUN \\\n    # and d\n    cd /d && touch x\nRUN touch /e\n";
    let flags = "FROM a\nRUN --mount=type=cache,target=/c \\\n    # why\n    --network=none \\\n    touch a\nRUN --mount=type=cache,target=/c --network=none touch b\nRUN touch c\nCOPY x /x\nRUN touch d\n";
    let slow = "FROM a\nRUN mkdir /a\nRUN npm install x\nRUN mkdir /b\nRUN pip install y\nRUN pip install z\n";
    let apart = "FROM a\nRUN touch a; touch b\nRUN touch c # d\nRUN [\"touch\", \"e\"]\nRUN touch f &\n# hadolint ignore=DL3008\nRUN touch g\nRUN set -e && touch h\nRUN touch i\nRUN touch j\n";
    let errexit = "FROM a\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN touch a && touch b\nRUN touch c\nRUN cd /x && touch d\nRUN touch e\n";
    let all: Vec<String> =
        [chains, brackets, comments, flags, slow, apart, errexit].map(merged).into();
    insta::assert_snapshot!(all.join("\n"));
    let crlf = "FROM a\r\nRUN touch a\r\n# c\r\nRUN touch b\r\n";
    assert_eq!(merged(crlf), "FROM a\r\nRUN touch a \\\r\n    # c\r\n    && touch b\r\n");
}

#[test]
fn apt_blocks_become_one_update_and_one_clean_up() {
    let text = "FROM a\nRUN apt-get update && apt-get install -y --no-install-recommends b a && rm -rf /var/lib/apt/lists/*\n\
                # more\nRUN apt-get update && apt-get install -y \\\n    # why\n    c a \\\n && rm -rf /var/lib/apt/lists/*\n\
                RUN apt-get update && apt-get install -y d && apt-get clean\n\
                USER dev\nRUN x\n";
    insta::assert_snapshot!(merged(text));
}

/// What is not sh is not joined by `&&`: no `SHELL` says that it is, and something says that it is not.
#[test]
fn powershell_is_not_sh() {
    for text in [
        "FROM jenkins/jenkins:windowsservercore\nRUN mkdir a\nRUN mkdir b\n",
        "FROM --platform=windows/amd64 x\nRUN mkdir a\nRUN mkdir b\n",
        "FROM x\nRUN Remove-Item -Force a\nRUN mkdir b\n",
        "FROM x\nRUN mkdir a\nRUN mkdir C:/b\nRUN mkdir c\n",
        "FROM x\nRUN mkdir a\nRUN echo $env:TEMP\nRUN mkdir c\n",
        "# escape=`\nFROM x\nRUN mkdir a\nRUN mkdir b\n",
        "FROM x\n# hadolint shell=powershell\nCOPY a b\nRUN mkdir a\nRUN mkdir b\n",
        "FROM windows AS w\nRUN mkdir a\nFROM w\nRUN mkdir b\nRUN mkdir c\n",
        "FROM x\nSHELL [\"pwsh\", \"-Command\"]\nRUN mkdir b\nRUN mkdir c\n",
        "FROM x\nSHELL [\"/bin/bash\", \"-lc\"]\nRUN mkdir b\nRUN mkdir c\n",
        "# syntax=their/frontend\nFROM x\nRUN mkdir b\nRUN mkdir c\n",
    ] {
        assert_eq!(merged(text), text);
    }
    let said = "FROM x\nSHELL [\"/bin/bash\", \"-c\"]\nRUN mkdir b\nRUN mkdir c\n";
    assert_ne!(merged(said), said);
}

/// One argument of a program has an end, and so has what people read.
#[test]
fn long_steps_stay_apart() {
    let steps: String =
        (0..6).map(|i| format!("RUN touch /f{i} {}\n", "x".repeat(6_000))).collect();
    let runs = merged(&format!("FROM a\n{steps}")).matches("RUN ").count();
    assert_eq!(runs, 3);
}

/// Nothing moves for a merge, and without one nothing changes.
#[test]
fn a_merge_moves_nothing() {
    for text in [
        "FROM a\nLABEL m=\"me\"\n# the one step\nRUN apt-get update\nCMD [\"nmap\"]\n",
        "FROM a\nRUN touch a\n\n### Java ###\nLABEL layer=java\nRUN touch b\nENV JAVA=1\n",
        "FROM a\nRUN touch a\nCOPY x y\nRUN touch b\nENTRYPOINT [\"z\"]\nRUN touch c\n",
    ] {
        assert_eq!(merged(text), text);
    }
}

/// What a maintainer would not write is not written: comments of a switch that is gone, two blank lines,
/// a `USER` line away from what it is for, a heading above something else.
#[test]
fn comments_and_blank_lines_are_as_a_person_would_leave_them() {
    let stale = "FROM a\nRUN useradd -m dev\n\n# From here on as dev\nUSER dev\n\n# And back to root for the rest\nUSER root\n\nCOPY f.txt /etc/f.txt\n";
    let at_end = "FROM a\nRUN touch a\n\n# to be sure\n\nUSER root\nUSER root\n\n";
    let marked = "FROM a\nUSER root\n# The configuration is dev's\nUSER dev\nCOPY a b\nUSER root\nRUN touch a\n";
    let pragma = "FROM a\nUSER root\nRUN touch a\n# hadolint ignore=DL3002\nUSER root\n# hadolint ignore=DL3008\nRUN touch b\n";
    let sections = "FROM a\nRUN useradd -m dev\nUSER dev\n\n# --- one ---\n\nRUN touch ~/a\n\n# --- two ---\n\nUSER root\nRUN touch /opt/a\n\n# --- three ---\n\nUSER dev\n# why\nRUN touch ~/b\n";
    let all: Vec<String> = [stale, at_end, marked, pragma]
        .map(|text| fixed(text, Strategy::Safe).text)
        .into_iter()
        .chain([fixed(sections, Strategy::Minimal).text])
        .collect();
    insta::assert_snapshot!(all.join("\n~~~\n"));
}

#[test]
fn redundant_lines_go() {
    let text = "FROM a\nUSER root\nUSER dev\nRUN id\nUSER dev\nRUN id\nUSER root\nUSER dev\n";
    insta::assert_snapshot!(shown(text, Strategy::Safe));
}

#[test]
fn what_is_understood_moves() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\n# mine\nRUN mkdir -p ~/x && touch ~/x/y\nUSER root\nRUN mkdir -p /opt/z\nUSER dev\nRUN touch ~/x/z\n";
    insta::assert_snapshot!(shown(text, Strategy::Minimal));
}

#[test]
fn what_is_read_stays() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\nRUN echo a > ~/x\nUSER root\nRUN cp ~dev/x /etc/x\nUSER dev\nRUN touch ~/y\n";
    insta::assert_snapshot!(shown(text, Strategy::Minimal));
}

#[test]
fn unknown_steps_move_when_a_proof_follows() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\nWORKDIR /home/dev\nRUN npm install\nUSER root\nWORKDIR /\nRUN apt-get update && apt-get install -y x\nUSER dev\nWORKDIR /home/dev\nRUN npm test\n";
    insta::assert_snapshot!(shown(text, Strategy::Minimal));
}

/// Every trap: what the strategies make of it. The engine tests build them. (No
/// `insta::glob!`: it follows the link in the context that leads nowhere.)
#[test]
fn traps() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/inputs/traps");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_suffix(".Dockerfile") else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let safe = shown(&text, Strategy::Safe);
        let minimal = shown(&text, Strategy::Minimal);
        let merged = merged(&text);
        let merged = if merged == fixed(&text, Strategy::Safe).text { "" } else { &merged };
        insta::with_settings!({ snapshot_suffix => name, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("trap", format!("safe\n{safe}\nminimal\n{minimal}\nmerged\n{merged}"));
        });
        count += 1;
    }
    assert!(count >= 50, "{count} traps");
}

/// Every Dockerfile of the tests: what comes out is a fixed point, has no more switches, and leaves each
/// stage's configuration as it was.
#[test]
fn all_inputs_are_fixed_once() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/inputs");
    let mut count = 0;
    for folder in ["dockerfiles", "traps"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let path = if path.is_dir() { path.join("Dockerfile") } else { path };
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let Ok(file) = File::parse(&bytes) else { continue };
            count += 1;
            for strategy in [Strategy::Safe, Strategy::Minimal] {
                for merge in [false, true] {
                    let options = Options { merge, ..Options::default() };
                    let result = consolidate(&file, strategy, options);
                    let fixed = File::parse(result.text.as_bytes()).unwrap();
                    let again = consolidate(&fixed, strategy, options);
                    let what = format!("{} {strategy:?} {merge}", path.display());
                    assert_eq!(again.text, result.text, "{what}");
                    assert!(again.is_unchanged(), "{what}");
                    assert!(result.after.user_lines <= result.before.user_lines, "{what}");
                    assert!(result.after.switches <= result.before.switches, "{what}");
                    assert_eq!(result.is_unchanged(), result.text == file.text(), "{what}");
                    for stage in 0..file.stages().len() {
                        let told = |file: &File| {
                            let state = file.state_after(stage);
                            let env: Vec<String> =
                                state.env().map(|pair| format!("{pair:?}")).collect();
                            (state.user().to_string(), state.workdir().clone(), env)
                        };
                        assert_eq!(told(&file), told(&fixed), "{what}");
                    }
                }
            }
        }
    }
    assert!(count >= 90, "{count} files");
}

/// Files of the tests with pieces cut out and put elsewhere: nothing may panic, whatever comes out.
#[test]
fn mutilated_files_are_survived() {
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/inputs/dockerfiles");
    let texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let cuts = prop::collection::vec((any::<usize>(), 0..40_usize, any::<usize>()), 1..6);
    let mut runner = TestRunner::new(test_support::properties(300));
    let survived = runner.run(&(prop::sample::select(texts), cuts), |(text, cuts)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (from, length, to) in cuts {
            let from = from % (chars.len() + 1);
            let piece: Vec<char> = chars.drain(from..(from + length).min(chars.len())).collect();
            let to = to % (chars.len() + 1);
            chars.splice(to..to, piece);
        }
        let text: String = chars.into_iter().collect();
        let Ok(file) = File::parse(text.as_bytes()) else { return Ok(()) };
        for strategy in [super::Strategy::Safe, super::Strategy::Minimal] {
            let options = Options { merge: true, ..Options::default() };
            let fixed = consolidate(&file, strategy, options);
            let again = File::parse(fixed.text.as_bytes()).expect("what is written can be read");
            prop_assert_eq!(&consolidate(&again, strategy, options).text, &fixed.text);
        }
        Ok(())
    });
    survived.unwrap_or_else(|fault| panic!("{fault}"));
}

/// A file as long as none is, of all kinds of lines.
fn long(lines: usize) -> String {
    let mut text = "FROM a\nRUN useradd -m dev\n".to_owned();
    for at in 0..lines {
        text.push_str(&match at % 12 {
            0 => "USER dev\n".to_owned(),
            1 => format!("RUN mkdir -p ~/d{at} && echo {at} > ~/d{at}/x\n"),
            2 => format!("RUN cat ~/d{}/x > ~/y{at}\n", at - 1),
            3 => "USER root\n".to_owned(),
            4 => format!("RUN mkdir -p /opt/s{at} && chown -R dev /opt/s{at}\n"),
            5 => format!("COPY f{at}.sh /usr/local/bin/\n"),
            6 => format!("ENV V{at}=1\n"),
            7 => "USER dev\n".to_owned(),
            8 => format!("RUN touch /opt/s{}/x\n", at - 4),
            9 if at % 240 == 9 => "RUN npm install\n".to_owned(),
            9 => format!("RUN printf '%s' {at} >> ~/.profile\n"),
            10 => "USER root\n".to_owned(),
            _ => format!("RUN ln -s /opt/s{} /srv/l{at}\n", at - 7),
        });
    }
    text
}

/// Measured with `cargo test --release long_files -- --nocapture`: 2,000 lines take less than a second.
#[test]
fn long_files_are_no_burden() {
    // Without optimisation it takes half a minute.
    let text = long(if cfg!(debug_assertions) { 300 } else { 2_000 });
    let file = File::parse(text.as_bytes()).unwrap();
    for strategy in [Strategy::Safe, Strategy::Minimal] {
        let started = std::time::Instant::now();
        let result = consolidate(&file, strategy, Options::default());
        println!(
            "{strategy:?}: {:?} -> {:?} in {:?}",
            result.before,
            result.after,
            started.elapsed()
        );
        assert!(result.after.user_lines <= result.before.user_lines);
    }
}

#[test]
fn the_limit_is_the_last_length_that_is_tried() {
    let of = |instructions: usize| {
        let text = format!("FROM x AS long\n{}", "ENV A=b\n".repeat(instructions - 1));
        let file = File::parse(text.as_bytes()).unwrap();
        consolidate(&file, Strategy::Minimal, Options::default()).not_tried
    };
    assert_eq!(of(LONGEST_STAGE), None);
    assert!(of(LONGEST_STAGE + 1).is_some_and(|told| told.text.contains("stage `long` has 1001")));
}

#[test]
fn a_stage_of_thousands_of_switches_stays_in_its_order() {
    let pair = |at: usize| format!("USER {}\nRUN echo {at} > /tmp/f{at}\n", ["a", "b"][at % 2]);
    let text = format!("FROM x\n{}", (0..4000).map(pair).collect::<String>());
    let file = File::parse(text.as_bytes()).unwrap();
    let fixed = consolidate(&file, Strategy::Minimal, Options::default());
    assert!(fixed.is_unchanged() && !fixed.is_minimum);
    assert_eq!(fixed.before.switches, 4000);
    let text_of = |fixed: &crate::consolidate::Consolidation| {
        let told = fixed.not_tried.as_ref().expect("it is told");
        (told.line, told.text.clone())
    };
    let (line, told) = text_of(&fixed);
    assert_eq!(line, 1);
    assert_eq!(
        told,
        "stage `stage-0` has 8001 instructions, and the limit is 1000: no other order was tried in \
         this file; only redundant `USER` lines go"
    );
    // Nor is anything moved or merged in the stages beside it, and what changes nothing goes.
    let options = Options { merge: true, ..Options::default() };
    let short =
        "FROM y\nUSER a\nRUN touch a\nRUN touch b\nUSER b\nRUN touch c\nUSER a\nRUN touch d\n";
    let file = File::parse(format!("{text}{short}USER a\n").as_bytes()).unwrap();
    let fixed = consolidate(&file, Strategy::Minimal, options);
    assert_eq!(fixed.text, format!("{text}{short}"));
    assert!(text_of(&fixed).1.contains("no other order and no merge was tried"));
    let merged = consolidate(&file, Strategy::Safe, options);
    assert!(text_of(&merged).1.contains("1000: no merge was tried"));
    // What `safe` does is done whole.
    assert_eq!(consolidate(&file, Strategy::Safe, Options::default()).not_tried, None);
}
