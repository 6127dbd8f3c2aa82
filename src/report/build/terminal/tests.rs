//! Every report in both forms, wide and narrow, with and without Unicode.

use super::*;
use crate::report::TerminalStyle;
use crate::report::build::testing::{every, hostile, many, report};

const WIDE: TerminalStyle = TerminalStyle { width: 100, color: false, unicode: true };
const NARROW: TerminalStyle = TerminalStyle { width: 48, color: false, unicode: false };

#[test]
fn after_a_build() {
    for name in ["regressed", "ok", "thin", "failed", "first"] {
        insta::assert_snapshot!(format!("short_{name}"), short(&report(name), WIDE));
    }
}

#[test]
fn the_whole_report() {
    for name in ["regressed", "ok", "thin", "failed", "first"] {
        insta::assert_snapshot!(format!("long_{name}"), long(&report(name), WIDE));
    }
}

#[test]
fn narrow_and_without_unicode() {
    let text = short(&report("regressed"), NARROW) + &long(&report("regressed"), NARROW);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn hostile_texts_stay_texts() {
    insta::assert_snapshot!(short(&hostile(), WIDE));
    let coloured = TerminalStyle { color: true, ..WIDE };
    for text in [short(&hostile(), coloured), long(&hostile(), coloured)] {
        let plain = console::strip_ansi_codes(&text);
        assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
        // Of escapes only those of colours are left.
        assert!(!text.contains("\u{1b}[2J") && !text.contains("\u{1b}]"), "{text:?}");
    }
}

#[test]
fn no_width_breaks_it_and_the_short_form_is_short() {
    every(|name, report| {
        for width in [0, 20, 40, 64, 80, 100, 300] {
            for unicode in [false, true] {
                let look = TerminalStyle { width, color: false, unicode };
                for text in [short(report, look), long(report, look)] {
                    for line in text.lines() {
                        let columns = console::measure_text_width(line);
                        assert!(columns <= width.clamp(40, 110), "{name} at {width}: {line}");
                    }
                }
            }
        }
        let lines = short(report, WIDE).lines().count();
        assert!(name == "hostile" || (1..=12).contains(&lines), "{name}: {lines} lines");
    });
}

#[test]
fn of_very_many_steps_the_usual_ones_are_counted() {
    let text = long(&many(100), WIDE);
    assert!(text.contains("and 60 more steps with usual times"), "{text}");
}
