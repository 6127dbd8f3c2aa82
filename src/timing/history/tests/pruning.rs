use crate::timing::history::testing::{empty, failed, file, id, judgement, place, record};
use crate::timing::history::{Filter, History, Promotion, Prune, Pruned};
use crate::timing::judge::{BaselineRole, Judgement, Verdict};
use crate::timing::record::Ending;

fn promotion(n: u64, image: &str) -> Promotion {
    Promotion {
        at: record(n).started,
        tag: "mad/cpu:latest".to_owned(),
        image: image.to_owned(),
        before: None,
        build: Some(id(n)),
        engine_id: None,
        reason: "built".to_owned(),
    }
}

/// Twenty builds, each from 200 files of its own; the first five failed.
fn twenty() -> (tempfile::TempDir, History) {
    let (folder, history) = empty();
    for n in 0..20 {
        let mut record = if n < 5 { failed(n) } else { record(n) };
        record.steps[1].inputs.files = (0..200).map(|i| file(&format!("src/{i}"), n)).collect();
        history.add(&record, None).unwrap();
    }
    (folder, history)
}

fn count(history: &History, sql: &str) -> i64 {
    history.read(|c| Ok(c.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

#[test]
fn the_newest_of_every_place_stay_failures_counted_apart() {
    let (_folder, history) = twenty();
    let mut other = record(30);
    other.series.target = Some("base".to_owned());
    history.add(&other, None).unwrap();
    let prune = Prune { keep: Some(3), ..Prune::default() };
    let would = history.would_prune(&prune).unwrap();
    assert_eq!((would.builds.len(), would.promotions, would.freed_bytes), (14, 0, 0));
    assert_eq!(would.copy, None);
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 21);
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    history.outside(|c| Ok(c.query_row(checkpoint, [], |_| Ok(()))?)).unwrap();
    let size = history.path().metadata().unwrap().len();
    let pruned = history.prune(&prune, true).unwrap();
    assert_eq!(pruned.builds, would.builds);
    assert!(pruned.freed_bytes > 100_000, "{pruned:?}");
    assert!(history.path().metadata().unwrap().len() < size);
    let left = history.list(&Filter::default()).unwrap();
    let left: Vec<(String, Ending)> = left.into_iter().map(|s| (s.id, s.ending)).collect();
    let built = [30, 19, 18, 17].map(|n| (id(n), Ending::Built));
    let failed = [4, 3, 2].map(|n| (id(n), Ending::Failed));
    assert_eq!(left, [&built[..], &failed[..]].concat());
    // What is left is whole, and what went has left nothing.
    assert_eq!(history.find("", &id(18)).unwrap().record.steps[1].inputs.files.len(), 200);
    assert_eq!(count(&history, "SELECT count(*) FROM files"), 6 * 200 + 3);
    assert_eq!(count(&history, "SELECT count(*) FROM steps"), 7 * 3);
    assert_eq!(count(&history, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    history
        .outside(|c| {
            assert_eq!(c.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0))?, "ok");
            Ok(())
        })
        .unwrap();
    assert_eq!(history.prune(&prune, true).unwrap(), Pruned::default());
    // The copy has all of it, for this user alone, until the next prune that takes something out.
    use std::os::unix::fs::PermissionsExt;
    let copy = pruned.copy.unwrap();
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(History::open(&copy).unwrap().list(&Filter::default()).unwrap().len(), 21);
    let again = history.prune(&Prune { keep: Some(2), ..Prune::default() }, true).unwrap();
    assert_eq!((again.builds.len(), again.copy.as_ref()), (2, Some(&copy)));
    assert_eq!(History::open(&copy).unwrap().list(&Filter::default()).unwrap().len(), 7);
}

#[test]
fn slow_builds_push_out_no_good_ones_and_held_ones_stay() {
    let (_folder, history) = empty();
    for (n, standing) in (0..).zip([
        BaselineRole::Good,
        BaselineRole::Accepted,
        BaselineRole::Good,
        BaselineRole::Held,
        BaselineRole::Regressed,
        BaselineRole::Suspect,
        BaselineRole::Accident,
        BaselineRole::Held,
    ]) {
        let mut judgement = judgement(Verdict::Regressed);
        judgement.standing = Some(standing);
        history.add(&record(n), Some(&judgement)).unwrap();
    }
    history.prune(&Prune { keep: Some(2), ..Prune::default() }, false).unwrap();
    let left = |history: &History| -> Vec<String> {
        history.list(&Filter::default()).unwrap().into_iter().map(|one| one.id).collect()
    };
    assert_eq!(left(&history), [7, 6, 3, 2, 1].map(id));
    // However old.
    history.prune(&Prune { before: Some(record(90).started), ..Prune::default() }, false).unwrap();
    assert_eq!(left(&history), [7, 3].map(id));
    assert_eq!(history.not_passed(&record(50)).unwrap().len(), 2);
    // By its name it goes, and once accepted it is like any other.
    history.remove(&[id(3)]).unwrap();
    history.accept(&id(7)).unwrap();
    history.prune(&Prune { before: Some(record(90).started), ..Prune::default() }, false).unwrap();
    assert_eq!(left(&history), [""; 0]);
}

#[test]
fn an_image_counts_for_what_its_last_build_does() {
    let (_folder, history) = empty();
    let image = record(0).image.unwrap().id;
    assert_eq!(history.standing(&image).unwrap(), None);
    for (n, standing) in (0..).zip([
        BaselineRole::Good,
        BaselineRole::Held,
        BaselineRole::Accident,
        BaselineRole::Regressed,
    ]) {
        let mut judgement = judgement(Verdict::Ok);
        judgement.standing = Some(standing);
        let mut record = record(n);
        record.image.as_mut().unwrap().id.clone_from(&image);
        history.add(&record, Some(&judgement)).unwrap();
        assert_eq!(history.standing(&image).unwrap(), Some(standing));
    }
    history.accept(&id(3)).unwrap();
    assert_eq!(history.standing(&image).unwrap(), Some(BaselineRole::Accepted));
    assert_eq!(history.standing("sha256:other").unwrap(), None);
}

/// The clock was ahead when the image was found good; what came later has an earlier time.
#[test]
fn an_image_counts_for_the_worse_of_two_that_may_be_its_last() {
    for (first, second, expected) in [
        (BaselineRole::Good, BaselineRole::Held, BaselineRole::Held),
        (BaselineRole::Held, BaselineRole::Good, BaselineRole::Held),
        (BaselineRole::Accident, BaselineRole::Good, BaselineRole::Accident),
    ] {
        let (_folder, history) = empty();
        let image = record(0).image.unwrap().id;
        for (n, standing) in [(9, first), (1, second)] {
            let judgement = Judgement { standing: Some(standing), ..judgement(Verdict::Ok) };
            let mut record = record(n);
            record.image.as_mut().unwrap().id.clone_from(&image);
            history.add(&record, Some(&judgement)).unwrap();
        }
        assert_eq!(history.standing(&image).unwrap(), Some(expected));
    }
}

#[test]
fn what_nobody_names_does_not_go() {
    let (_folder, history) = twenty();
    assert_eq!(history.prune(&Prune::default(), false).unwrap(), Pruned::default());
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 20);
}

#[test]
fn single_builds_go_by_their_names() {
    let (_folder, history) = twenty();
    history.promoted(&promotion(7, "a")).unwrap();
    for (n, image) in [(8, "b"), (9, "c")] {
        history.promoted(&promotion(n, image)).unwrap();
    }
    let ids = [id(7), id(9)];
    let would = history.would_remove(&ids).unwrap();
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 20);
    let removed = history.remove(&ids).unwrap();
    assert_eq!(removed.builds, would.builds);
    let gone: Vec<&str> = removed.builds.iter().map(|gone| gone.id.as_str()).collect();
    assert_eq!(gone, [&ids[1], &ids[0]]);
    // The last two images of the tag stay known, whatever build they are from.
    assert_eq!((removed.promotions, history.promotions("mad/cpu:latest").unwrap().len()), (1, 2));
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 18);
    // One that is not there, and none goes.
    assert!(history.remove(&[id(8), id(7)]).is_err());
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 18);
}

#[test]
fn old_ones_go_unless_they_are_among_those_to_keep() {
    let (_folder, history) = twenty();
    let before = Some(record(18).started);
    let other = Prune { project: Some("/other".to_owned()), before, ..Prune::default() };
    assert_eq!(history.prune(&other, false).unwrap().builds.len(), 0);
    let project = Some(place().project);
    let prune = Prune { project: project.clone(), before, keep: Some(4) };
    assert_eq!(history.prune(&prune, false).unwrap().builds.len(), 12);
    let all_old = Prune { project, before, keep: None };
    assert_eq!(history.prune(&all_old, false).unwrap().builds.len(), 6);
    assert_eq!(history.list(&Filter::default()).unwrap().len(), 2);
}

#[test]
fn what_a_rollback_needs_is_never_pruned() {
    let (_folder, history) = twenty();
    for (n, image) in [(5, "a"), (6, "b"), (7, "c"), (8, "b"), (9, "d"), (10, "d")] {
        history.promoted(&promotion(n, image)).unwrap();
    }
    // Another engine has a tag of the same name.
    history.promoted(&Promotion { engine_id: Some("e".to_owned()), ..promotion(5, "x") }).unwrap();
    let all = Prune { keep: Some(0), ..Prune::default() };
    let pruned = history.prune(&all, false).unwrap();
    assert_eq!((pruned.builds.len(), pruned.promotions), (20, 4));
    let left = history.promotions("mad/cpu:latest").unwrap();
    let left: Vec<(&str, Option<&str>)> =
        left.iter().map(|p| (p.image.as_str(), p.build.as_deref())).collect();
    let builds = [id(10), id(8), id(5)];
    assert_eq!(
        left,
        [("d", Some(&*builds[0])), ("b", Some(&*builds[1])), ("x", Some(&*builds[2]))]
    );
}
