use crate::timing::history::list::CHOSEN;
use crate::timing::history::past::{COMPARABLE, LATEST_BUILT};
use crate::timing::history::testing::{empty, failed, id, judgement, place, record};
use crate::timing::history::{Filter, History, HistoryError, Summary};
use crate::timing::judge::Verdict;
use crate::timing::record::{CacheMode, Ending, Record, SeriesKey};

fn numbers(records: &[Record]) -> Vec<u64> {
    let number = |record: &Record| (0..100).find(|n| id(*n) == record.id).unwrap();
    records.iter().map(number).collect()
}

/// Builds 0 to 9; 3 failed, 5 ignored the cache, 6 is another project's.
fn ten() -> (tempfile::TempDir, History) {
    let (folder, history) = empty();
    // They do not come in the order in which they began.
    for n in [4, 1, 9, 0, 7, 3, 2, 8, 6, 5] {
        let mut record = if n == 3 { failed(n) } else { record(n) };
        match n {
            5 => record.series.cache = CacheMode::Ignore,
            6 => record.series.project = "/home/dev/other".to_owned(),
            8 => record.environment.engine_id = Some("f".repeat(64)),
            _ => {}
        }
        history.add(&record, (n == 9).then(|| judgement(Verdict::Regressed)).as_ref()).unwrap();
    }
    (folder, history)
}

#[test]
fn builds_are_found_by_their_name_or_their_age() {
    let (_folder, history) = ten();
    let find = |reference: &str| history.find(&place().project, reference);
    for (reference, n) in
        [("last", 9), ("last~0", 9), ("last~1", 8), ("last~3", 5), (&id(6), 6), (&id(4)[..12], 4)]
    {
        assert_eq!(numbers(&[find(reference).unwrap().record]), [n], "{reference}");
    }
    for reference in ["last~9", "0000aaaa", &format!("{}0", id(4))] {
        let error = find(reference).unwrap_err();
        assert!(matches!(error, HistoryError::NoSuchBuild { .. }), "{reference}: {error}");
    }
    for reference in ["", "abc", "last~", "last~x", "last1", "ABCDEF", "a%a%", "wxyz"] {
        let error = find(reference).unwrap_err();
        assert!(matches!(error, HistoryError::BadReference { .. }), "{reference}: {error}");
    }
    let twin = Record { id: format!("{}ffff", &id(4)[..28]), ..record(4) };
    history.add(&twin, None).unwrap();
    let HistoryError::Ambiguous { candidates, .. } = find(&id(4)[..12]).unwrap_err() else {
        panic!("two builds begin so");
    };
    assert_eq!(candidates.len(), 2);
    assert_eq!(find(&id(4)).unwrap().record.id, id(4));
}

#[test]
fn comparable_builds_are_good_ones_of_the_same_place() {
    let (_folder, history) = ten();
    let comparable = |place: &SeriesKey, before: Option<u64>, limit| {
        let before = before.map(id);
        numbers(&history.comparable(place, before.as_deref(), limit).unwrap())
    };
    assert_eq!(comparable(&place(), None, 30), [9, 8, 7, 4, 2, 1, 0]);
    assert_eq!(comparable(&place(), None, 2), [9, 8]);
    assert_eq!(comparable(&place(), Some(7), 3), [4, 2, 1]);
    assert_eq!(comparable(&place(), Some(3), 30), [2, 1, 0]);
    assert!(comparable(&place(), Some(0), 30).is_empty());
    // A build that is not kept yet.
    assert_eq!(comparable(&place(), Some(50), 1), [9]);
    for other in [
        SeriesKey { target: Some("final".to_owned()), ..place() },
        SeriesKey { machine: "linux/amd64 4x 8 GiB".to_owned(), ..place() },
        SeriesKey { builder: "docker 26.1.5 overlay2 1.7".to_owned(), ..place() },
        SeriesKey { profile: "cuda".to_owned(), ..place() },
    ] {
        assert!(comparable(&other, None, 30).is_empty());
    }
    assert_eq!(comparable(&SeriesKey { cache: CacheMode::Ignore, ..place() }, None, 30), [5]);
}

#[test]
fn places_are_counted_by_their_good_builds() {
    let (_folder, history) = ten();
    let ignoring = SeriesKey { cache: CacheMode::Ignore, ..place() };
    assert_eq!(history.places(&place().project, "cpu").unwrap(), [(place(), 7), (ignoring, 1)]);
    assert_eq!(history.places(&place().project, "cuda").unwrap(), []);
}

#[test]
fn the_latest_good_build_is_one_of_any_cache_mode() {
    let (_folder, history) = ten();
    let project = place().project;
    let latest = |target: Option<&str>, engine: Option<&str>, before: Option<u64>| {
        let before = before.map(id);
        let found = history.latest_built(&project, "cpu", target, engine, before.as_deref());
        found.unwrap().map(|record| numbers(&[record])[0])
    };
    assert_eq!(latest(None, None, None), Some(9));
    assert_eq!(latest(None, None, Some(7)), Some(5));
    assert_eq!(latest(None, Some(&"f".repeat(64)), None), Some(8));
    assert_eq!(latest(None, Some("other"), None), None);
    assert_eq!(latest(Some("final"), None, None), None);
    assert_eq!(latest(None, None, Some(0)), None);
}

#[test]
fn a_list_tells_the_newest_first_in_a_few_words() {
    let (_folder, history) = ten();
    let list = |filter: Filter| -> Vec<Summary> { history.list(&filter).unwrap() };
    let mine = || Filter { project: Some(place().project), ..Filter::default() };
    assert_eq!(list(Filter::default()).len(), 10);
    assert_eq!(list(mine()).len(), 9);
    assert_eq!(list(Filter { profile: Some("cuda".to_owned()), ..mine() }), []);
    let failures = list(Filter { ending: Some(Ending::Failed), ..mine() });
    assert_eq!((failures.len(), &failures[0].id), (1, &id(3)));
    let newest = list(Filter { limit: Some(2), ..mine() });
    assert_eq!((newest.len(), &newest[1].id), (2, &id(8)));
    insta::assert_json_snapshot!(newest[0]);
}

#[test]
fn every_question_of_a_build_has_its_index() {
    let (_folder, history) = ten();
    let plan = |sql: &str| -> String {
        history
            .read(|connection| {
                let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let rows = explain
                    .raw_query()
                    .mapped(|row| row.get::<_, String>(3))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(rows.join("\n"))
            })
            .unwrap()
    };
    insta::assert_snapshot!(plan(COMPARABLE), @"SEARCH builds USING COVERING INDEX builds_by_place (place_id=? AND ending=? AND started<?)");
    insta::assert_snapshot!(plan(LATEST_BUILT), @"SEARCH builds USING INDEX builds_by_place (place_id=? AND ending=? AND started<?)");
    insta::assert_snapshot!(plan(CHOSEN), @r"
    SCAN builds USING COVERING INDEX builds_by_started
    LIST SUBQUERY 1
    SCAN places USING COVERING INDEX places_once
    CREATE BLOOM FILTER
    USE TEMP B-TREE FOR LAST TERM OF ORDER BY
    ");
}
