//! Each cause, named from two records.

use super::super::testing::{build, file, step};
use super::*;

fn found(now: &Record, reference: &Record) -> Vec<Miss> {
    let locate = |key: &str| Some(format!("profiles/cpu.yaml:7:5 ({key})"));
    misses(now, Some(reference), &locate, &|steps| steps.len() as u64)
}

/// Three steps in a row and one beside them, all from the cache but those that are named.
fn plan(day: i64, ran: &[&str]) -> Record {
    let one = |stage, text: &str| step(stage, text, ran.contains(&text).then_some(1000));
    let mut record = build(
        day,
        vec![
            one("python-deps", "COPY r.txt /r.txt"),
            one("python-deps", "RUN uv pip sync /r.txt"),
            one("python-deps", "RUN strip"),
            one("node-deps", "RUN npm ci"),
        ],
    );
    record.steps[0].inputs.files = vec![file("locks/r.txt", "0644", "11112222333344445555")];
    record.steps[0].inputs.images = vec!["debian:trixie".to_owned()];
    record
}

const ALL_OF_PYTHON: [&str; 3] = ["COPY r.txt /r.txt", "RUN uv pip sync /r.txt", "RUN strip"];

#[test]
fn a_changed_file_is_named_old_to_new_with_its_cascade_and_cost() {
    let mut now = plan(2, &ALL_OF_PYTHON);
    now.steps[0].inputs.files = vec![file("locks/r.txt", "0755", "99990000aaaabbbb")];
    let found = found(&now, &plan(1, &[]));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].causes,
        [Cause::File {
            path: "locks/r.txt".into(),
            old: Some("sha256:11112222 0644".into()),
            new: Some("sha256:99990000 0755".into()),
        }]
    );
    assert_eq!(found[0].cascade, [now.steps[1].id.clone(), now.steps[2].id.clone()]);
    assert_eq!((found[0].cost_ms, found[0].wall_cost_ms), (3000, 3));
}

#[test]
fn a_changed_value_is_named_where_it_is_written_and_not_the_description() {
    let mut old = plan(1, &[]);
    let mut now = plan(2, &["RUN uv pip sync /r.txt", "RUN strip"]);
    for (record, text, version, words) in [
        (&mut old, "RUN apt-get install git=1:2.*", "1:2.*", "a"),
        (&mut now, "RUN apt-get install git=1:3.*", "1:3.*", "b"),
    ] {
        record.steps[1].inputs.text = text.into();
        record.plan.values = [
            ("apt.runtime.git".to_owned(), version.to_owned()),
            ("description".to_owned(), words.to_owned()),
        ]
        .into();
    }
    now.steps[1].id = "python-deps:edited".into();
    now.steps[2].inputs.needs = vec!["python-deps:edited".into()];
    let value = Cause::Value {
        key: "apt.runtime.git".into(),
        old: Some("1:2.*".into()),
        new: Some("1:3.*".into()),
        at: Some("profiles/cpu.yaml:7:5 (apt.runtime.git)".into()),
    };
    now.steps[1].inputs.values = Some(["apt.runtime".to_owned()].into());
    assert_eq!(found(&now, &old)[0].causes, std::slice::from_ref(&value));
    // With an edited template it may be the edit; the value only where the template names it.
    now.plan.templates.insert("templates/Dockerfile.j2".into(), "t2".into());
    let instruction = Cause::Instruction {
        old: old.steps[1].inputs.text.clone(),
        new: now.steps[1].inputs.text.clone(),
    };
    now.steps[1].inputs.values = None;
    assert_eq!(found(&now, &old)[0].causes, std::slice::from_ref(&instruction));
    now.steps[1].inputs.values = Some(["user".to_owned()].into());
    assert_eq!(found(&now, &old)[0].causes, std::slice::from_ref(&instruction));
    now.steps[1].inputs.values = Some(["apt.runtime".to_owned()].into());
    assert_eq!(found(&now, &old)[0].causes, [value, instruction.clone()]);
    now.plan.values = old.plan.values.clone();
    assert_eq!(found(&now, &old)[0].causes, [instruction]);
}

#[test]
fn of_a_file_that_mad_writes_from_the_profile_the_value_is_named() {
    let mut old = plan(1, &[]);
    let mut now = plan(2, &ALL_OF_PYTHON);
    let values = |limit: &str| {
        [("mcp.limits.clients", limit), ("description", limit)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    };
    old.steps[0].inputs.files = vec![file("files/runtime.json", "0644", "11112222aaaabbbb")];
    now.steps[0].inputs.files = vec![file("files/runtime.json", "0644", "99990000aaaabbbb")];
    old.plan.values = values("512");
    now.plan.values = values("64");
    let value = Cause::Value {
        key: "mcp.limits.clients".into(),
        old: Some("512".into()),
        new: Some("64".into()),
        at: Some("profiles/cpu.yaml:7:5 (mcp.limits.clients)".into()),
    };
    assert_eq!(found(&now, &old)[0].causes, [value]);
    // The same values, written otherwise by another mad; and a project's file of such a name.
    now.plan.values = old.plan.values.clone();
    assert!(matches!(&found(&now, &old)[0].causes[..], [Cause::File { .. }]));
    now.plan.values = values("64");
    for record in [&mut old, &mut now] {
        std::sync::Arc::make_mut(&mut record.steps[0].inputs.files[0]).path =
            "project/files/runtime.json".into();
    }
    assert!(matches!(&found(&now, &old)[0].causes[..], [Cause::File { .. }]));
}

#[test]
fn a_value_that_shares_its_digits_with_an_instruction_is_no_cause() {
    let mut old = plan(1, &[]);
    let mut now = plan(2, &["RUN uv pip sync /r.txt", "RUN strip"]);
    for (record, text, team, template) in
        [(&mut old, "RUN sleep 1", "1", "t1"), (&mut now, "RUN sleep 5", "5", "t2")]
    {
        record.steps[1].inputs.text = text.into();
        record.plan.values = [("labels.team".to_owned(), team.to_owned())].into();
        record.plan.templates =
            [("templates/Dockerfile.j2".to_owned(), template.to_owned())].into();
    }
    now.steps[1].id = "python-deps:edited".into();
    now.steps[2].inputs.needs = vec!["python-deps:edited".into()];
    for values in [None, Some(BTreeSet::new()), Some(["env".to_owned()].into())] {
        now.steps[1].inputs.values = values;
        let causes = &found(&now, &old)[0].causes;
        assert!(matches!(causes[..], [Cause::Instruction { .. }]), "{causes:?}");
    }
}

#[test]
fn a_record_that_does_not_tell_what_its_step_used_names_no_value() {
    let mut old = plan(1, &[]);
    let mut now = plan(2, &["RUN uv pip sync /r.txt", "RUN strip"]);
    // The uid is shown by the text, before and after; the label by none.
    for (record, text, uid, label) in
        [(&mut old, "RUN sleep 1", "1", "q"), (&mut now, "RUN sleep 5", "5", "z")]
    {
        record.steps[1].inputs.text = text.into();
        record.plan.values = [("user.uid", uid), ("labels.x", label)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    }
    now.steps[1].id = "python-deps:edited".into();
    now.steps[2].inputs.needs = vec!["python-deps:edited".into()];
    let instruction = Cause::Instruction { old: "RUN sleep 1".into(), new: "RUN sleep 5".into() };
    let causes = |now: &Record, old: &Record| found(now, old)[0].causes.clone();
    assert_eq!(causes(&now, &old), std::slice::from_ref(&instruction));
    // Nor one that only its predecessor tells of.
    old.steps[1].inputs.values = Some(["user.uid".to_owned(), "labels".to_owned()].into());
    assert_eq!(causes(&now, &old), std::slice::from_ref(&instruction));
    // The record tells, and its predecessor does not: the value that it used, and no other.
    old.steps[1].inputs.values = None;
    now.steps[1].inputs.values = Some(["user.uid".to_owned()].into());
    let [Cause::Value { key, .. }] = &causes(&now, &old)[..] else { panic!("one value") };
    assert_eq!(key, "user.uid");
    // It used some, and none of those changed.
    now.steps[1].inputs.values = Some(["env".to_owned()].into());
    assert_eq!(causes(&now, &old), [instruction]);
}

#[test]
fn arguments_state_and_images_are_named() {
    let mut now = plan(2, &ALL_OF_PYTHON);
    now.steps[0].inputs.args = [("HTTP_PROXY".to_owned(), "p".to_owned())].into();
    now.steps[0].inputs.state = vec!["USER 1000:1000".into(), "ENV A=2".into()];
    now.plan.images.insert("debian:trixie".into(), "sha256:bbbb".into());
    let mut old = plan(1, &[]);
    old.steps[0].inputs.state = vec!["ENV A=1".into(), "USER 1000:1000".into()];
    assert_eq!(
        found(&now, &old)[0].causes,
        [
            Cause::Argument { name: "HTTP_PROXY".into(), old: None, new: Some("p".into()) },
            Cause::Base {
                old: "debian:trixie sha256:aaaa".into(),
                new: "debian:trixie sha256:bbbb".into(),
            },
            Cause::State { old: Some("ENV A=1".into()), new: Some("ENV A=2".into()) },
        ]
    );
    // What the engine does not tell is not claimed.
    let mut now = plan(2, &ALL_OF_PYTHON);
    now.plan.images.insert("debian:trixie".into(), String::new());
    assert!(matches!(found(&now, &plan(1, &[]))[0].causes[..], [Cause::Evicted { .. }]));
}

#[test]
fn nothing_changed_and_it_ran_all_the_same() {
    let now = plan(2, &ALL_OF_PYTHON);
    let mut old = plan(1, &[]);
    assert_eq!(found(&now, &old)[0].causes, [Cause::Evicted { last_seen: old.started }]);
    old.steps[0].state = WorkState::Waiting;
    assert_eq!(found(&now, &old)[0].causes, [Cause::NeverBuiltHere], "not needed there");
    let mut old = plan(1, &[]);
    old.environment.engine_id = Some("another".into());
    assert_eq!(found(&now, &old)[0].causes, [Cause::NeverBuiltHere]);
    let alone = misses(&now, None, &|_| None, &|_| 0);
    assert_eq!(alone[0].causes, [Cause::NeverBuiltHere]);
    let mut now = plan(2, &ALL_OF_PYTHON);
    now.series.cache = CacheMode::Ignore;
    assert_eq!(found(&now, &old)[0].causes, [Cause::NoCache]);
}

#[test]
fn a_new_step_and_one_that_moved() {
    let sleep = step("python-deps", "RUN sleep 20", Some(20_000));
    let mut steps = plan(2, &["RUN strip"]).steps;
    steps.insert(2, sleep);
    let now = build(2, steps);
    let new = found(&now, &plan(1, &[]));
    assert_eq!(new[0].causes, [Cause::New]);
    assert_eq!(new[0].cascade, [now.steps[3].id.clone()]);
    // And taken away again: `strip` follows another step than before.
    let away = found(&plan(3, &["RUN strip"]), &now);
    assert_eq!(away[0].causes, [Cause::Order]);
}

#[test]
fn each_stage_has_its_own_first_dirty_step() {
    let now = plan(2, &["RUN strip", "RUN npm ci"]);
    let found = found(&now, &plan(1, &[]));
    let labels: Vec<&str> = found.iter().map(|miss| miss.label.as_str()).collect();
    assert_eq!(labels, ["RUN strip", "RUN npm ci"]);
    assert!(found.iter().all(|miss| miss.cascade.is_empty()));
}

#[test]
fn a_warm_build_has_no_miss() {
    assert_eq!(found(&plan(2, &[]), &plan(1, &ALL_OF_PYTHON)), []);
}

#[test]
fn a_step_that_changed_below_another_one_is_a_miss_of_its_own() {
    let mut now = plan(2, &ALL_OF_PYTHON);
    now.steps[0].inputs.files = vec![file("locks/r.txt", "0644", "99990000aaaabbbb")];
    now.steps[1].inputs.text = "RUN sleep 20 && uv pip sync /r.txt".into();
    let found = found(&now, &plan(1, &[]));
    let steps: Vec<&str> = found.iter().map(|miss| miss.step.as_str()).collect();
    assert_eq!(steps, [&now.steps[0].id, &now.steps[1].id]);
    assert!(matches!(found[1].causes[..], [Cause::Instruction { .. }]));
    assert_eq!(found[0].cascade, [""; 0]);
    assert_eq!(found[1].cascade, [now.steps[2].id.clone()]);
}

#[test]
fn an_edit_that_the_cache_knew_explains_what_ran_below_it() {
    let mut now = plan(2, &["RUN uv pip sync /r.txt", "RUN strip"]);
    now.steps[0].inputs.files = vec![file("locks/r.txt", "0644", "99990000aaaabbbb")];
    let found = found(&now, &plan(1, &[]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].step, now.steps[1].id);
    assert!(matches!(&found[0].causes[..], [Cause::File { path, .. }] if path == "locks/r.txt"));
}
