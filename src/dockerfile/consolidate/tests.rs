//! Small files and what becomes of them.

use super::*;
use crate::dockerfile::File;

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
