use jiff::SignedDuration;

use crate::timing::history::testing::{empty, id, place, record};

#[test]
fn a_build_that_left_no_record_is_known() {
    let (_folder, history) = empty();
    let project = place().project;
    let run = Some("github 7/1/build");
    assert_eq!(history.unrecorded(&project, None, None).unwrap(), None);
    let at = |n: u64| record(n).started - SignedDuration::from_secs(1);
    history.begins(&project, "cpu", run, at(1)).unwrap();
    let mut built = record(1);
    built.environment.ci_run = run.map(str::to_owned);
    history.add(&built, None).unwrap();
    assert_eq!(history.unrecorded(&project, None, run).unwrap(), None);
    assert_eq!(
        history.last_of_run(&project, None, "github 7/1/build").unwrap().unwrap().record,
        built
    );
    // The next one of the job ends before it is recorded; another job's build does not hide that.
    let attempt = history.begins(&project, "cuda", run, at(5)).unwrap();
    history.ended(attempt, "no such profile").unwrap();
    history.add(&record(6), None).unwrap();
    let found = history.unrecorded(&project, None, run).unwrap().unwrap();
    assert_eq!((found.profile.as_str(), found.why.as_deref()), ("cuda", Some("no such profile")));
    assert_eq!(history.unrecorded(&project, None, Some("github 8/1/build")).unwrap(), None);
    assert_eq!(history.last_of_run(&project, None, "github 8/1/build").unwrap(), None);
    assert_eq!(history.last_of_run("elsewhere", None, "github 7/1/build").unwrap(), None);
    // Within a profile.
    let own = place().profile;
    assert_eq!(history.unrecorded(&project, Some(&own), run).unwrap(), None);
    assert_eq!(history.last_of_run(&project, Some("other"), "github 7/1/build").unwrap(), None);
    let back = |profile: &str, back| {
        let found = history.last_of_profile(&project, profile, back).unwrap();
        found.map(|entry| entry.record.id)
    };
    assert_eq!((back(&own, 0), back(&own, 1), back(&own, 2)), (Some(id(6)), Some(id(1)), None));
    assert_eq!(back("other", 0), None);
    let before = |profile| history.before(&record(6), 1, profile).unwrap();
    assert_eq!(before(Some(&own)).unwrap().record.id, id(1));
    assert_eq!(before(Some("other")), None);
}

#[test]
fn a_project_that_is_named_keeps_its_builds() {
    let (_folder, history) = empty();
    history.add(&record(1), None).unwrap();
    let project = place().project;
    assert_eq!(history.adopt(&project, "agents").unwrap(), 1);
    assert_eq!(history.find("agents", "last").unwrap().record.id, id(1));
    assert_eq!(history.adopt(&project, "agents").unwrap(), 0);
    // One that has builds of its own takes none.
    history.add(&record(2), None).unwrap();
    assert_eq!(history.adopt(&project, "agents").unwrap(), 0);
}
