use crate::timing::history::testing::{empty, failed, file, id, judgement, record};
use crate::timing::history::{AddOutcome, History, HistoryError, JudgedRecord, Promotion};
use crate::timing::judge::Verdict;
use crate::timing::record::{Record, TimeSpan};

fn rows(history: &History, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    history.read(|c| Ok(c.query_row(&sql, [], |row| row.get(0))?)).unwrap()
}

#[test]
fn what_goes_in_comes_out() {
    let (_folder, history) = empty();
    for (n, record) in [record(1), failed(2)].into_iter().enumerate() {
        let judgement = (n == 0).then(|| judgement(Verdict::Regressed));
        assert_eq!(history.add(&record, judgement.as_ref()).unwrap(), AddOutcome::New);
        let found = history.find("another project", &record.id).unwrap();
        assert_eq!(found, JudgedRecord { record, judgement });
    }
}

#[test]
fn the_first_record_of_an_id_stays() {
    let (_folder, history) = empty();
    let first = record(1);
    history.add(&first, None).unwrap();
    let second = Record { wall_ms: 1, ..record(1) };
    assert_eq!(history.add(&second, Some(&judgement(Verdict::Ok))).unwrap(), AddOutcome::Known);
    assert_eq!(
        history.add(&second, Some(&judgement(Verdict::Regressed))).unwrap(),
        AddOutcome::Known
    );
    let found = history.find("", &id(1)).unwrap();
    assert_eq!(found, JudgedRecord { record: first, judgement: Some(judgement(Verdict::Ok)) });
    history.set_judgement(&id(1), &judgement(Verdict::Improved)).unwrap();
    assert_eq!(history.find("", &id(1)).unwrap().judgement.unwrap().verdict, Verdict::Improved);
    let error = history.set_judgement(&id(7), &judgement(Verdict::Ok)).unwrap_err();
    assert!(matches!(error, HistoryError::NoSuchBuild { .. }), "{error}");
}

#[test]
fn a_thousand_files_are_stored_once_however_often_one_of_them_changes() {
    let (_folder, history) = empty();
    for n in 0..20 {
        let mut record = record(n);
        record.steps[1].inputs.files = (0..1000)
            .map(|i| file(&format!("src/{i:04}.rs"), if i == 500 { n } else { 0 }))
            .collect();
        history.add(&record, None).unwrap();
    }
    assert_eq!(rows(&history, "files"), 1019);
    // Two steps are made from the same in all builds, one from something else in each.
    assert_eq!(rows(&history, "inputs"), 22);
    assert_eq!((rows(&history, "instructions"), rows(&history, "planned_steps")), (3, 3));
    assert_eq!((rows(&history, "places"), rows(&history, "plans")), (1, 1));
    let longest: i64 = history
        .read(|c| Ok(c.query_row("SELECT max(length(files)) FROM inputs", [], |r| r.get(0))?))
        .unwrap();
    assert!(longest < 50, "{longest} bytes for a list of 1000 files");
    let again = history.find("", &id(7)).unwrap().record;
    assert_eq!(again.steps[1].inputs.files.len(), 1000);
    assert_eq!(again.steps[1].inputs.files[500], file("src/0500.rs", 7));
}

#[test]
fn records_that_could_not_be_read_back_are_refused() {
    let (_folder, history) = empty();
    let changed = |change: &dyn Fn(&mut Record)| {
        let mut record = record(1);
        change(&mut record);
        let error = history.add(&record, None).unwrap_err();
        assert!(matches!(error, HistoryError::BadRecord { .. }), "{error:?}");
        error.to_string()
    };
    let reasons = [
        changed(&|record| record.schema = "mad.record/9".to_owned()),
        changed(&|record| record.id = "last".to_owned()),
        changed(&|record| record.id = "A".repeat(32)),
        changed(&|record| record.series.target = Some(String::new())),
        changed(&|record| record.started = jiff::Timestamp::MIN),
        changed(&|record| record.wall_ms = u64::MAX),
        changed(&|record| record.steps[1].spans[1].start_ms = 10),
        changed(&|record| record.works[0].spans = vec![TimeSpan { start_ms: 2, end_ms: 1 }]),
    ];
    let reasons: Vec<&str> = reasons.iter().map(|why| why.split_once(": ").unwrap().1).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    found `mad.record/9`, expected `mad.record/1`
    its id is not of 32 hexadecimal digits
    its id is not of 32 hexadecimal digits
    its target has no name
    it began in -009999-01-02T01:59:59Z
    its 18446744073709551615 ms are more than ten years
    expected spans in order and without overlap, found `120-4000 10-84000`
    expected spans in order and without overlap, found `2-1`
    ");
    assert_eq!(rows(&history, "builds"), 0);
}

#[test]
fn promotions_are_kept_once_and_told_newest_first() {
    let (_folder, history) = empty();
    let promotion = |image: &str, at: &str| Promotion {
        at: at.parse().unwrap(),
        tag: "mad/cpu:latest".to_owned(),
        image: image.to_owned(),
        before: None,
        build: Some(id(1)),
        engine_id: Some("e".to_owned()),
        reason: "built".to_owned(),
    };
    let (first, second) = (
        promotion("sha256:1", "2026-03-01T10:00:00Z"),
        promotion("sha256:2", "2026-03-02T10:00:00Z"),
    );
    for one in [&second, &first, &second] {
        history.promoted(one).unwrap();
    }
    assert_eq!(history.promotions("mad/cpu:latest").unwrap(), [second, first]);
    assert_eq!(history.promotions("mad/cuda:latest").unwrap(), []);
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let (_folder, history) = empty();
    history.add(&record(1), None).unwrap();
    // SQLite's own limit fails as a disk without space does: SQLITE_FULL.
    history.outside(|c| Ok(c.execute_batch("PRAGMA max_page_count = 1")?)).unwrap();
    let mut large = record(2);
    large.steps[1].inputs.text = "x".repeat(1 << 20);
    let error = history.add(&large, None).unwrap_err();
    assert!(matches!(error, HistoryError::Full { .. }), "{error}");
    assert!(error.hint().unwrap().starts_with("`df -h "));
    assert_eq!(rows(&history, "builds"), 1);
    assert_eq!(history.find("", &id(1)).unwrap().record, record(1));
}
