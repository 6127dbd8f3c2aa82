//! Frames of recorded builds at several sizes.

use super::*;
use crate::timing::testing::Recorded;

fn frame_at(name: &str, updates: usize, size: (u16, u16), glyphs: &Glyphs) -> Vec<Line> {
    let tracker = Recorded::named(name).tracker_at(updates);
    let now = tracker.latest().unwrap_or_default();
    let upload = (updates < 6).then_some(Upload { bytes: 1_200_000, total: 3_400_000 });
    let size = Size { width: size.0, height: size.1 };
    frame(&tracker, &View { now, size, upload, forecast: &Forecast::default(), glyphs })
}

fn text(lines: &[Line]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| line.text().trim_end().to_owned()).collect();
    lines.join("\n")
}

/// How many updates of `cold` until npm and pip run at once.
const BUSY: usize = 16;

#[test]
fn widths() {
    for width in [20, 40, 80, 120] {
        let lines = frame_at("cold", BUSY, (width, 24), &Glyphs::UNICODE);
        insta::assert_snapshot!(format!("busy_{width}_columns"), text(&lines));
    }
}

#[test]
fn heights() {
    for height in [2, 3, 4, 5, 7, 8, 10, 50] {
        let lines = frame_at("cold", BUSY, (60, height), &Glyphs::UNICODE);
        insta::assert_snapshot!(format!("busy_{height}_rows"), text(&lines));
    }
}

#[test]
fn times_that_are_known_are_shown_as_estimates() {
    let recorded = Recorded::named("cold");
    let tracker = recorded.tracker_at(BUSY);
    let usual = recorded.steps.iter().map(|step| (step.id.as_str(), 20, &[][..]));
    let forecast = Forecast::of_seconds(usual.collect());
    let now = tracker.latest().unwrap_or_default();
    let size = Size { width: 60, height: 24 };
    let view = View { now, size, upload: None, forecast: &forecast, glyphs: &Glyphs::UNICODE };
    let text = text(&frame(&tracker, &view));
    assert!(text.contains("2.7s of ~20.0s\n"), "{text}");
    assert!(text.ends_with("3/7 steps · 14.5s · about 18s left (estimate)"), "{text}");
}

#[test]
fn pulling_and_uploading() {
    insta::assert_snapshot!(text(&frame_at("cold", 5, (80, 24), &Glyphs::UNICODE)));
}

#[test]
fn exporting() {
    insta::assert_snapshot!(text(&frame_at("cold", 23, (80, 24), &Glyphs::UNICODE)));
}

#[test]
fn failed() {
    insta::assert_snapshot!(text(&frame_at("failed", 53, (80, 24), &Glyphs::UNICODE)));
}

#[test]
fn ascii() {
    let lines = frame_at("cold", BUSY, (50, 24), &Glyphs::ASCII);
    assert!(text(&lines).is_ascii());
    insta::assert_snapshot!(text(&lines));
}

#[test]
fn nothing_known_yet() {
    insta::assert_snapshot!(text(&frame_at("cold", 0, (80, 24), &Glyphs::UNICODE)));
}

#[test]
fn never_larger_than_the_terminal() {
    for name in ["cold", "warm", "failed", "intervals", "shared"] {
        for updates in 0..=Recorded::named(name).updates.len() {
            for (width, height) in [(1, 1), (5, 2), (20, 3), (20, 5), (33, 7), (80, 24), (200, 60)]
            {
                let lines = frame_at(name, updates, (width, height), &Glyphs::UNICODE);
                assert!(lines.len() < usize::from(height).max(1));
                for line in lines {
                    assert!(line.width() <= usize::from(width), "{}", line.text());
                    assert!(!line.text().chars().any(char::is_control));
                }
            }
        }
    }
}
