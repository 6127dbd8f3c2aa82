//! Segments: packed and found again, within the budget, and mended after a sudden end.

use std::fs;
use std::path::Path;

use crate::logs::index::Index;
use crate::logs::level::Level;
use crate::logs::pack::{Encoder, pack};
use crate::logs::query::{Query, scan, snapshot};
use crate::logs::store::{INDEX, PACKED, RAW, Store, path, segments};
use crate::logs::writer::own_line;

fn lines(from: u64, count: u64) -> Vec<u8> {
    let one = |number: u64| {
        let level = if number % 100 == 7 { Level::Error } else { Level::Info };
        own_line(level, &format!("line number {number} of many"), &format!("\"n\":{number}"))
    };
    (from..from + count).flat_map(one).collect()
}

fn found(directory: &Path, query: &str) -> Vec<String> {
    let query = Query::parse(query, 0).expect("a query");
    let mut found = Vec::new();
    let scanned = scan(directory, &snapshot(directory).expect("a directory"), &query, 3, |line| {
        found.push(String::from_utf8(line.to_vec()).expect("UTF-8"));
        true
    })
    .expect("scanned");
    assert_eq!(scanned.unreadable, 0);
    found
}

/// A closed segment with these lines.
fn closed(store: &Store, bytes: &[u8]) -> u64 {
    let number = store.begin();
    assert!(store.grow(number, bytes.len() as u64));
    fs::write(path(&store.directory, number, RAW), bytes).expect("written");
    store.close(number);
    number
}

#[test]
fn packed_lines_are_found_again_in_their_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), 1 << 30).expect("opened");
    let all = lines(0, 30_000);
    let number = closed(&store, &all);
    pack(&store, number).expect("packed");
    closed(&store, &lines(30_000, 10));
    assert!(!path(folder.path(), number, RAW).exists());
    let text = String::from_utf8(all).expect("UTF-8");
    let in_order = found(folder.path(), "");
    assert_eq!(in_order.len(), 30_010);
    assert_eq!(in_order[..30_000].concat(), text);
    assert_eq!(found(folder.path(), "level>=error").len(), 301);
    assert_eq!(found(folder.path(), "level=error \"number 1207 of\"").len(), 1);
    assert_eq!(found(folder.path(), "n=30009").len(), 1);
    assert_eq!(found(folder.path(), "service=worker").len(), 0);
    // An index that is gone or damaged is made again.
    let index = path(folder.path(), number, INDEX);
    let bytes = fs::read(&index).expect("an index");
    assert_eq!(
        Index::from_bytes(&bytes).expect("whole").frames.iter().map(|f| f.lines).sum::<u32>(),
        30_000
    );
    fs::remove_file(&index).expect("removed");
    assert_eq!(found(folder.path(), "level=error").len(), 301);
    fs::write(&index, &bytes[..bytes.len() - 9]).expect("written");
    assert_eq!(found(folder.path(), "level=error").len(), 301);
    // Another implementation reads the file as a whole.
    let packed = fs::read(path(folder.path(), number, PACKED)).expect("packed");
    assert!(packed.len() * 10 < text.len(), "{} of {}", packed.len(), text.len());
}

#[test]
fn the_budget_is_kept_at_every_step_and_the_oldest_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let budget = 400_000;
    let store = Store::open(folder.path(), budget).expect("opened");
    let used = || -> u64 {
        let all = fs::read_dir(folder.path()).expect("a folder");
        all.map(|entry| entry.expect("an entry").metadata().expect("its length").len()).sum()
    };
    for round in 0..20 {
        let number = closed(&store, &lines(round * 500, 500));
        assert!(used() <= budget, "{} after writing", used());
        if round % 3 == 0 {
            pack(&store, number).expect("packed");
            assert!(used() <= budget, "{} after packing", used());
        }
        assert_eq!(store.used(), used());
    }
    let left = found(folder.path(), "");
    assert!(left.len() >= 1000 && left.last().expect("the newest").contains("number 9999 of"));
    assert_eq!(found(folder.path(), "\"number 3 of\"").len(), 0);
}

#[test]
fn what_a_sudden_end_leaves_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |number, extension| path(folder.path(), number, extension);
    let whole = lines(0, 100);
    // A line that was cut short; zeroes of a machine that went; a segment that was packed but for the raw
    // file's end; one whose packing was cut short; one with nothing in it.
    fs::write(at(1, RAW), [&whole[..], &lines(100, 1)[..40]].concat()).expect("written");
    fs::write(at(2, RAW), [&whole[..], &[0; 4096]].concat()).expect("written");
    fs::write(at(3, RAW), &whole).expect("written");
    let mut index = Index::default();
    let packed = Encoder::new().frame(&whole).to_vec();
    index.add(&whole, packed.len());
    fs::write(at(3, PACKED), packed).expect("written");
    fs::write(at(3, INDEX), index.to_bytes()).expect("written");
    fs::write(at(4, RAW), &whole).expect("written");
    fs::write(at(4, PACKED).with_extension("zst.tmp"), b"half").expect("written");
    fs::write(at(4, INDEX), b"half").expect("written");
    fs::write(at(5, RAW), b"").expect("written");
    let store = Store::open(folder.path(), 1 << 30).expect("opened");
    assert_eq!(
        segments(folder.path()).expect("listed"),
        [(1, false), (2, false), (3, true), (4, false)]
    );
    assert_eq!(found(folder.path(), "").len(), 400);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 5);
    for number in [1, 2, 4] {
        pack(&store, number).expect("packed");
    }
    assert_eq!(found(folder.path(), "").len(), 400);
    assert_eq!(store.begin(), 5);
}
