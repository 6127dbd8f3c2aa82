//! Small files and what becomes of them.

use super::*;
use crate::File;

fn fixed(text: &str, strategy: Strategy) -> Consolidation {
    let file = File::parse(text.as_bytes()).unwrap();
    let result = consolidate(&file, strategy, Options::default());
    let again = File::parse(result.text.as_bytes()).unwrap();
    let again = consolidate(&again, strategy, Options::default());
    assert_eq!(again.text, result.text, "a result is a fixed point");
    assert!(result.after.users <= result.before.users);
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
    for line in result.left {
        out.push_str(&format!("! {}\n", line.text));
    }
    out
}

fn merged(text: &str) -> String {
    let options = Options { merge: true, keep: &[] };
    let file = File::parse(text.as_bytes()).unwrap();
    let result = consolidate(&file, Strategy::Balanced, options);
    let again = File::parse(result.text.as_bytes()).unwrap();
    assert_eq!(consolidate(&again, Strategy::Balanced, options).text, result.text);
    result.text
}

#[test]
fn steps_in_a_row_become_one() {
    let chains =
        "FROM a\nRUN a\n# why\nRUN b \\\n  && c\n\n# heading\n\nRUN d\nUSER dev\nRUN e\nRUN f\n";
    let others = "FROM a\nRUN cd /x && a\nRUN b; c\nRUN set -e; d\nRUN e &\nRUN f # g\nRUN h\nRUN [\"i\"]\nRUN j\n";
    let flags = "FROM a\nRUN --mount=type=cache,target=/c a\nRUN --mount=type=cache,target=/c b\nRUN c\nCOPY x /x\nRUN d\n";
    let shells = "FROM a\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a; b\nRUN c\n";
    let hashed = "FROM a\nRUN pip install -U pip\nRUN pip list\n";
    let all: Vec<String> = [chains, others, flags, shells, hashed].map(merged).into();
    insta::assert_snapshot!(all.join("\n"));
    let windows = "# escape=`\r\nFROM a\r\nRUN a\r\n# c\r\nRUN b\r\n";
    assert_eq!(merged(windows), "# escape=`\r\nFROM a\r\nRUN a `\r\n    # c\r\n    && b\r\n");
}

#[test]
fn apt_blocks_become_one() {
    let text = "FROM a\nRUN apt-get update && apt-get install -y --no-install-recommends b a && rm -rf /var/lib/apt/lists/*\n\
                # more\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n  c a && apt-get clean && rm -rf /var/lib/apt/lists/*\n\
                USER dev\nRUN x\n";
    insta::assert_snapshot!(merged(text));
}

#[test]
fn redundant_lines_go() {
    let text = "FROM a\nUSER root\nUSER dev\nRUN id\nUSER dev\nRUN id\nUSER root\nUSER dev\n";
    insta::assert_snapshot!(shown(text, Strategy::Safe));
}

#[test]
fn what_is_understood_moves() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\n# mine\nRUN mkdir -p ~/x && touch ~/x/y\nUSER root\nRUN mkdir -p /opt/z\nUSER dev\nRUN touch ~/x/z\n";
    insta::assert_snapshot!(shown(text, Strategy::Balanced));
}

#[test]
fn what_is_read_stays() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\nRUN echo a > ~/x\nUSER root\nRUN cp ~dev/x /etc/x\nUSER dev\nRUN touch ~/y\n";
    insta::assert_snapshot!(shown(text, Strategy::Balanced));
}

#[test]
fn unknown_steps_move_when_a_proof_follows() {
    let text = "FROM a\nRUN useradd -m dev\nUSER dev\nWORKDIR /home/dev\nRUN npm install\nUSER root\nWORKDIR /\nRUN apt-get update && apt-get install -y x\nUSER dev\nWORKDIR /home/dev\nRUN npm test\n";
    insta::assert_snapshot!(shown(text, Strategy::Minimal));
    insta::assert_snapshot!(shown(text, Strategy::Balanced));
}

/// Every trap: what the two strategies that move make of it. The engine tests build them. (No
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
        let balanced = shown(&text, Strategy::Balanced);
        let minimal = shown(&text, Strategy::Minimal);
        insta::with_settings!({ snapshot_suffix => name, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("trap", format!("balanced\n{balanced}\nminimal\n{minimal}"));
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
            for strategy in [Strategy::Safe, Strategy::Balanced, Strategy::Minimal] {
                for merge in [false, true] {
                    let options = Options { merge, keep: &[] };
                    let result = consolidate(&file, strategy, options);
                    let fixed = File::parse(result.text.as_bytes()).unwrap();
                    let again = consolidate(&fixed, strategy, options);
                    let what = format!("{} {strategy:?} {merge}", path.display());
                    assert_eq!(again.text, result.text, "{what}");
                    assert!(again.is_unchanged(), "{what}");
                    assert!(result.after.users <= result.before.users, "{what}");
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
    use proptest::test_runner::{Config, TestRunner};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/inputs/dockerfiles");
    let texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let cuts = prop::collection::vec((any::<usize>(), 0..40_usize, any::<usize>()), 1..6);
    let mut runner =
        TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
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
        for strategy in [super::Strategy::Balanced, super::Strategy::Minimal] {
            let options = Options { merge: true, keep: &[] };
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
    for strategy in [Strategy::Safe, Strategy::Balanced, Strategy::Minimal] {
        let started = std::time::Instant::now();
        let result = consolidate(&file, strategy, Options::default());
        println!(
            "{strategy:?}: {:?} -> {:?} in {:?}",
            result.before,
            result.after,
            started.elapsed()
        );
        assert!(result.after.users <= result.before.users);
    }
}
