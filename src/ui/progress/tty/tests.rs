//! What the terminal gets, byte by byte, and what it then shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::super::screen::SHOW_CURSOR;
use super::super::summary::tests::{end, image_built};
use super::super::testing::{Sink, replay, start};
use super::*;
use crate::timing::Outcome;
use crate::timing::testing::Recorded;
use crate::ui::Size;

fn terminal(width: &Arc<AtomicU16>) -> Terminal {
    let width = width.clone();
    let size = move || Size { width: width.load(Ordering::Relaxed), height: 24 };
    Terminal { unicode: true, size: Arc::new(size), ..Terminal::none() }
}

/// A terminal that understands what we send: rows of text, a cursor, wrapping at the edge.
fn shown(bytes: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let (mut row, mut column) = (0, 0);
    let mut rest = bytes;
    while let Some(c) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\x1b[") {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
            match (&sequence[..end], &sequence[end..=end]) {
                (n, "A") => row -= n.parse::<usize>().unwrap(),
                (n, "C") => column += n.parse::<usize>().unwrap(),
                ("", "K") => rows[row] = rows[row].chars().take(column).collect(),
                ("?25l" | "?25", "l" | "h") | ("?2026", "l" | "h") => {}
                other => panic!("unexpected sequence {other:?}"),
            }
            rest = &sequence[end + 1..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                // Printed text ends lines as on a terminal that adds the carriage return.
                column = 0;
                rows.resize(rows.len().max(row + 1), String::new());
            }
            c => {
                assert!(column < width, "wider than the terminal: {:?}", rows[row]);
                let mut cells: Vec<char> = rows[row].chars().collect();
                cells.resize(cells.len().max(column + 1), ' ');
                cells[column] = c;
                rows[row] = cells.into_iter().collect();
                column += 1;
            }
        }
    }
    let rows: Vec<String> = rows.iter().map(|row| row.trim_end().to_owned()).collect();
    let last = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |row| row + 1);
    rows[..last].to_vec()
}

#[test]
fn at_the_end_only_the_table_is_left() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(100)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    replay(&mut tty, &Recorded::named("cold"), &end(image_built()));
    drop(tty);
    let bytes = sink.text();
    assert!(bytes.contains("\x1b[?25l") && bytes.rfind(SHOW_CURSOR) > bytes.rfind("\x1b[?25l"));
    insta::assert_snapshot!(shown(&bytes, 100).join("\n"));
}

#[test]
fn a_frame_takes_the_place_of_the_last() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(80)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    let recorded = Recorded::named("cold");
    tty.started(&start());
    for count in 0..=16 {
        tty.drawn = None;
        tty.changed(&recorded.tracker_at(count), &[]);
    }
    let rows = shown(&sink.text(), 80);
    assert_eq!(rows.len(), 11, "{rows:#?}");
    assert_eq!(rows[0], "building cpu · docker 20.10.24 · context 3.4 MB");
    assert!(rows[10].starts_with("3/7 steps"), "{rows:#?}");
}

#[test]
fn a_narrower_window_leaves_no_rows_behind() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(80)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    let tracker = Recorded::named("cold").tracker_at(16);
    tty.started(&start());
    tty.changed(&tracker, &[]);
    let before = shown(&sink.take(), 80);
    // What the terminal makes of the old frame, its first line printed above left out.
    let wrapped: usize =
        before[1..].iter().map(|row| row.chars().count().div_ceil(30).max(1)).sum();
    width.store(30, Ordering::Relaxed);
    tty.drawn = None;
    tty.changed(&tracker, &[]);
    let up = format!("\r\x1b[{}A", wrapped - 1);
    assert!(sink.text().contains(&up), "{up:?} not in {:?}", sink.text());
}

#[test]
fn dropped_while_live_the_terminal_is_as_before() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(80)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    tty.started(&start());
    tty.changed(&Recorded::named("cold").tracker_at(16), &[]);
    drop(tty);
    assert!(sink.text().ends_with(SHOW_CURSOR));
    let rows = shown(&sink.text(), 80);
    assert_eq!(rows, ["building cpu · docker 20.10.24 · context 3.4 MB"]);
}

#[test]
fn interrupted_says_so_in_one_line() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(80)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    tty.started(&start());
    let tracker = Recorded::named("cold").tracker_at(16);
    tty.changed(&tracker, &[]);
    tty.finished(&tracker, &end(Outcome::Interrupted));
    let rows = shown(&sink.text(), 80);
    assert_eq!(rows[1..], ["stopped: 3/7 steps · 36.8s"]);
}

#[test]
fn frames_are_drawn_when_due_and_when_changed() {
    let (sink, width) = (Sink::default(), Arc::new(AtomicU16::new(80)));
    let mut tty = Tty::new(sink.out(), &terminal(&width));
    let tracker = Recorded::named("warm").tracker_at(0);
    tty.started(&start());
    tty.tick(&tracker);
    sink.take();
    for _ in 0..100 {
        tty.tick(&tracker);
    }
    tty.drawn = None;
    tty.tick(&tracker);
    assert_eq!(sink.text(), "", "nothing moves, nothing is drawn");
}
