//! `mad build`: what its options do to a small image.

use serde_json::Value;

use crate::support::{Engine, Image, Project, unique};

/// Two stages; the second has an argument.
fn two_stages(engine: &Engine) -> Project {
    let salt = unique("two-stages");
    Project::with_template(
        engine,
        &format!(
            "FROM ${{BASE}} AS tools\n\
             RUN echo '{salt}' > /tools\n\
             FROM tools AS final\n\
             ARG GREETING=hello\n\
             RUN echo \"$GREETING\" > /greeting\n\
             RUN echo {{{{ user.uid }}}} > /uid\n"
        ),
    )
}

#[test]
fn build_arguments_have_defaults_and_can_be_set() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("arguments"));
    let greeting = || engine.run(&tag, &["cat", "/greeting"]);
    project.build(&tag).good();
    assert_eq!(greeting(), "hello\n");
    project.build(&tag).args(["--build-arg", "GREETING=good day = you"]).good();
    assert_eq!(greeting(), "good day = you\n");
    // As for Docker: a name alone takes the variable, and an unset one leaves the default.
    project.build(&tag).args(["--build-arg", "GREETING"]).env("GREETING", "from outside").good();
    assert_eq!(greeting(), "from outside\n");
    project.build(&tag).args(["--build-arg", "GREETING"]).without_env("GREETING").good();
    assert_eq!(greeting(), "hello\n");
    project.build(&tag).args(["--build-arg", "=x"]).run().expect_code(2).says(&["NAME=VALUE"]);
}

#[test]
fn target_stops_at_a_stage() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("target"));
    let events = project.build(&tag).args(["--target", "tools"]).events();
    let executed = events.executed();
    assert!(
        matches!(executed.as_slice(), [step] if step.starts_with("tools: RUN")),
        "{executed:?}"
    );
    engine.run(&tag, &["sh", "-c", "test -e /tools && ! test -e /greeting"]);
    // Without a name of its own it keeps the candidate's.
    let events = project.command("build", "small").args(["--target", "tools"]).events();
    let candidate = format!("mad/candidate:{}", events.build_ref());
    assert_eq!(engine.image_id(&candidate), tag.id());
    assert_eq!(events.end()["tags"], serde_json::json!([candidate]));
    engine.docker(&["image", "rm", &candidate]);
    project
        .build(&tag)
        .args(["--target", "tool"])
        .run()
        .expect_code(2)
        .says(&["no stage `tool`", "`tools`, `final`"]);
}

#[test]
fn no_cache_runs_every_step_again() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("no-cache"));
    let first = project.build(&tag).events();
    assert_eq!(first.executed().len(), 3, "{first:?}");
    let second = project.build(&tag).events();
    assert_eq!(second.executed(), [""; 0]);
    assert_eq!(second.image_id(), first.image_id());
    let third = project.build(&tag).args(["--no-cache"]).events();
    assert_eq!(third.executed(), first.executed());
}

#[test]
fn set_changes_the_profile_and_is_checked() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("set"));
    project.build(&tag).args(["--set", "user.uid=1234"]).good();
    assert_eq!(engine.run(&tag, &["cat", "/uid"]), "1234\n");
    project
        .build(&tag)
        .args(["--set", "user.uidd=1"])
        .run()
        .expect_code(2)
        .says(&["user.uidd", "uid"]);
}

#[test]
fn several_tags_name_one_image() {
    let engine = Engine::take();
    let project = two_stages(&engine);
    let (one, two) = (Image::named("tag-one"), Image::named("tag-two"));
    let events = project.build(&one).args(["-t", &two]).events();
    assert_eq!(one.id().as_deref(), Some(events.image_id()));
    assert_eq!(two.id(), one.id());
    assert_eq!(events.end()["tags"], serde_json::json!([&*one, &*two]));
    assert!(!engine.has_candidate(events.build_ref()));
    for bad in
        ["Capital:1", "x@sha256:0000000000000000000000000000000000000000000000000000000000000000"]
    {
        project.build(bad).run().expect_code(2).says(&[bad]);
    }
}

#[test]
fn without_a_tag_the_image_is_named_after_the_profile_or_the_settings() {
    let engine = Engine::take();
    let project = two_stages(&engine);
    let profile = unique("named");
    project.write(&format!("profiles/{profile}.yaml"), "extends: small\n");
    let events = project.command("build", &profile).events();
    let name = format!("mad/{profile}:latest");
    let found = engine.image_id(&name);
    engine.try_docker(&["image", "rm", &name]);
    assert_eq!(found.as_deref(), Some(events.image_id()));

    let tag = Image::named("settings");
    project.write("mad.yaml", &format!("tag: {}\n", &*tag));
    let events = project.command("build", &profile).events();
    assert_eq!(tag.id().as_deref(), Some(events.image_id()));
    assert_eq!(engine.image_id(&name), None);
}

#[test]
fn the_metadata_file_holds_what_was_built() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("metadata"));
    let file = project.path().join("metadata.json");
    let events = project.build(&tag).args(["--metadata-file"]).args([&file]).events();
    let metadata: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(metadata["containerimage.digest"], events.image_id());
    assert_eq!(metadata["image.name"], *tag);
    assert_eq!(metadata["mad.schema"], "mad.build-metadata/1");
    assert_eq!(metadata["mad.profile"], "small");
    assert_eq!(metadata["mad.build_ref"], events.build_ref());
    let started = events.of_type("build-started").next().unwrap();
    assert_eq!(metadata["mad.plan"], started["plan_hash"]);
    let size = engine.docker(&["image", "inspect", "--format", "{{.Size}}", &tag]);
    assert_eq!(metadata["mad.size_bytes"].to_string(), size.trim());
}

#[test]
fn quiet_prints_the_image_id_and_nothing_else() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("quiet"));
    let done = project.build(&tag).args(["--progress", "quiet"]).good();
    assert_eq!(done.stdout, format!("{}\n", tag.id().unwrap()));
    assert_eq!(done.stderr, "");
    let done = project.build(&tag).args(["--quiet"]).good();
    assert_eq!((done.stdout, done.stderr.as_str()), (format!("{}\n", tag.id().unwrap()), ""));
}

#[test]
fn json_tells_the_whole_build() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("json"));
    let done = project.build(&tag).args(["--progress", "json"]).good();
    assert_eq!(done.stderr, "");
    let events = done.events();
    let started = events.of_type("build-started").next().unwrap();
    assert_eq!((&started["profile"], &started["steps"]), (&"small".into(), &3.into()));
    for kind in ["step-started", "step-finished"] {
        assert_eq!(events.of_type(kind).count(), 3, "{kind}: {events:?}");
    }
    let end = events.end();
    assert_eq!((&end["outcome"], &end["failure"]), (&"built".into(), &Value::Null));
    assert_eq!(end["totals"]["executed"], 3);
    assert!(
        end["steps"][0]["duration_ms"].as_u64().unwrap() <= end["engine_wall_ms"].as_u64().unwrap()
    );
}

#[test]
fn plain_is_text_without_control_bytes() {
    let engine = Engine::take();
    let tag = Image::named("plain");
    // A step that wants to drive the terminal.
    let salt = unique("plain");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nRUN printf '\\033[31mred\\033[0m\\rover\\033[2J\\a\\n' # {salt}\n"
        ),
    );
    for mode in ["plain", "auto"] {
        let done = project.build(&tag).args(["--no-cache", "--progress", mode]).good();
        assert_eq!(done.stdout, "");
        assert!(done.stderr.contains("over"), "{}", done.stderr);
        assert!(done.stderr.contains(&tag.id().unwrap()[..19]), "{}", done.stderr);
        let control = done.stderr.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{mode}: {:?}", done.stderr);
    }
}

#[test]
fn dry_run_builds_nothing() {
    let engine = Engine::take();
    let (project, tag) = (two_stages(&engine), Image::named("dry"));
    let done = project.build(&tag).args(["--dry-run"]).good();
    assert!(done.stdout.contains("templates/Dockerfile.j2:3"), "{}", done.stdout);
    assert!(done.stdout.contains("nothing was built"), "{}", done.stdout);
    assert_eq!(tag.id(), None);
}
