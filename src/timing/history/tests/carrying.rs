use crate::timing::history::testing::{empty, failed, id, judgement, place, record};
use crate::timing::history::{Exported, Filter, History, HistoryError, Imported, Promotion};
use crate::timing::judge::Verdict;

fn exported(history: &History, project: Option<&str>) -> (Exported, String) {
    let mut out = Vec::new();
    let filter = Filter { project: project.map(str::to_owned), ..Filter::default() };
    let counts = history.export(&filter, &mut out).unwrap();
    (counts, String::from_utf8(out).unwrap())
}

fn promotion(n: u64, tag: &str) -> Promotion {
    Promotion {
        at: record(n).started,
        tag: tag.to_owned(),
        image: format!("sha256:{n:064x}"),
        before: Some(format!("sha256:{:064x}", 0)),
        build: Some(id(n)),
        engine_id: None,
        reason: "built".to_owned(),
    }
}

fn some() -> (tempfile::TempDir, History) {
    let (folder, history) = empty();
    history.add(&record(2), Some(&judgement(Verdict::Regressed))).unwrap();
    history.add(&failed(1), None).unwrap();
    let mut other = record(3);
    other.series.project = "/elsewhere".to_owned();
    history.add(&other, None).unwrap();
    history.promoted(&promotion(2, "mad/cpu:latest")).unwrap();
    history.promoted(&Promotion { build: None, ..promotion(7, "mad/cpu:latest") }).unwrap();
    history.promoted(&promotion(3, "theirs:latest")).unwrap();
    (folder, history)
}

#[test]
fn an_export_becomes_the_same_history_elsewhere() {
    let (_folder, history) = some();
    let (counts, text) = exported(&history, None);
    assert_eq!(counts, Exported { builds: 3, promotions: 3 });
    assert!(text.starts_with(r#"{"schema":"mad.history/1","record":{"schema":"mad.record/1","#));
    assert!(text.lines().next().unwrap().ends_with(r#","judgement":null}"#));
    let (_folder, elsewhere) = empty();
    let imported = elsewhere.import(text.as_bytes(), None).unwrap();
    assert_eq!(imported, Imported { builds: 3, known: 0, promotions: 3 });
    assert_eq!(exported(&elsewhere, None).1, text);
    let again = elsewhere.import(text.as_bytes(), None).unwrap();
    assert_eq!(again, Imported { builds: 0, known: 3, promotions: 0 });
    assert_eq!(exported(&elsewhere, None).1, text);
}

#[test]
fn a_project_exports_its_own_and_an_import_may_rename_it() {
    let (_folder, history) = some();
    let (counts, text) = exported(&history, Some(&place().project));
    assert_eq!(counts, Exported { builds: 2, promotions: 2 });
    let (_folder, elsewhere) = empty();
    elsewhere.import(text.as_bytes(), Some("/ci/checkout")).unwrap();
    let found = elsewhere.find("/ci/checkout", "last").unwrap();
    assert_eq!(found.record.series.project, "/ci/checkout");
    assert_eq!(found.judgement, Some(judgement(Verdict::Regressed)));
    assert_eq!(elsewhere.promotions("mad/cpu:latest").unwrap().len(), 2);
}

#[test]
fn bad_lines_are_named_and_nothing_is_imported() {
    let (_folder, history) = some();
    let (_, good) = exported(&history, None);
    let good = good.lines().next().unwrap();
    let too_large = good.replace(r#""wall_ms":84201"#, r#""wall_ms":18446744073709551615"#);
    let text = format!(
        "{good}\n\n{{\"schema\":\"mad.history/2\",\"everything\":1}}\nnot json\n{{}}\n{too_large}\n{{\"schema\":\"mad.history/1\"}}\n{}\n{good}",
        good.replace("84201", "\"long\"")
    );
    let (_folder, elsewhere) = empty();
    let error = elsewhere.import(text.as_bytes(), None).unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @r#"
    nothing was imported: line 3: found `mad.history/2`, expected `mad.history/1`
    line 4: column 2: expected ident
    line 5: has no schema, expected `mad.history/1`
    line 6: column 173: the number 18446744073709551615 is too large
    line 7: expected either a record or a promotion
    line 8: column 159: invalid type: string "long", expected u64
    hint: expected one entry a line, as `mad history export` writes them
    "#);
    assert_eq!(elsewhere.list(&Filter::default()).unwrap(), []);
    let error = elsewhere.import("x\n".repeat(30).as_bytes(), None).unwrap_err();
    let HistoryError::BadLines { lines, more } = error else { panic!("{error}") };
    assert_eq!((lines.len(), more), (10, 20));
    // A record that cannot be kept has a line too.
    let too_long = good.replace(r#""wall_ms":84201"#, r#""wall_ms":400000000000"#);
    let error = elsewhere.import(too_long.as_bytes(), None).unwrap_err();
    assert!(error.to_string().contains("line 1: the record of build"), "{error}");
}
