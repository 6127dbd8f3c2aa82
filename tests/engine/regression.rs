//! Why a build was slower: real builds, their history, and what mad says about the next one.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Done, Engine, Image, Mad, Project, TEST_LABEL, unique};

/// Two stages beside each other; `python-deps` takes about a second and reads a file.
const TEMPLATE: &str = "\
FROM ${BASE} AS base
RUN echo base
FROM base AS node-deps
RUN sleep 0.2
FROM base AS python-deps
COPY project/requirements.txt /requirements.txt
RUN sleep 1 && cp /requirements.txt /installed
FROM base AS final
ARG FLAVOUR=plain
COPY --from=node-deps /etc/hostname /node
COPY --from=python-deps /installed /installed
RUN echo $FLAVOUR > /flavour
";

struct History {
    project: Project,
    tag: Image,
    salt: std::cell::Cell<usize>,
}

impl History {
    /// A project with `builds` good builds, each of which ran `python-deps`.
    fn of(engine: &Engine, what: &str, builds: usize) -> Self {
        let project = Project::with_template(engine, TEMPLATE);
        project.write(
            "profiles/small.yaml",
            &format!(
                "base: {}\nlabels: {{test: {}}}\nfiles:\n  - {{source: requirements.txt, dest: /unused}}\n",
                engine.base(),
                unique(what)
            ),
        );
        let history = Self { project, tag: Image::named(what), salt: 0.into() };
        for _ in 0..builds {
            history.change_requirement();
            history.build().good();
        }
        history
    }

    fn change_requirement(&self) {
        self.salt.set(self.salt.get() + 1);
        self.project.write("requirements.txt", &format!("{} {}\n", &*self.tag, self.salt.get()));
    }

    fn edit(&self, from: &str, to: &str) {
        assert!(TEMPLATE.contains(from));
        self.project.template(&TEMPLATE.replace(from, to));
    }

    fn mad(&self, arguments: &[&str]) -> Mad {
        let folder = self.project.path().to_str().expect("a UTF-8 path");
        let history = self.project.path().join("history.db");
        Mad::new(["-C", folder]).args(arguments).env("MAD_HISTORY", history)
    }

    fn build(&self) -> Mad {
        self.mad(&["build", "-p", "small", "-t", &self.tag, "--progress", "plain"])
    }

    fn report(&self) -> Value {
        let done = self.mad(&["report", "last", "--format", "json"]).good();
        serde_json::from_str(&done.stdout).expect("the report is JSON")
    }

    /// The causes of the first miss, as `kind`s, and the whole miss.
    fn first_miss(&self) -> (Vec<String>, Value) {
        let miss = self.report()["judgement"]["misses"][0].clone();
        let causes = miss["causes"].as_array().unwrap_or_else(|| panic!("no miss: {miss}"));
        (causes.iter().map(|cause| cause["kind"].as_str().unwrap().to_owned()).collect(), miss)
    }
}

fn verdict(report: &Value) -> &str {
    report["judgement"]["verdict"].as_str().expect("a verdict")
}

#[test]
fn a_slipped_in_sleep_is_a_regression_of_its_step_and_without_it_all_is_well() {
    let engine = Engine::take();
    let history = History::of(&engine, "sleep", 6);
    history.change_requirement();
    history.edit("RUN sleep 1 &&", "RUN sleep 20 && sleep 1 &&");
    let done = history.build().run().expect_code(3);
    done.says(&["regressed", "python-deps", "templates/Dockerfile.j2:8", "hint: "]);
    let report = history.report();
    assert_eq!(verdict(&report), "regressed");
    let steps = report["judgement"]["steps"].as_array().unwrap();
    let slow: Vec<&Value> = steps.iter().filter(|step| step["verdict"] == "regressed").collect();
    assert_eq!(slow.len(), 1, "{steps:#?}");
    assert_eq!(slow[0]["stage"], "python-deps");
    assert_eq!(slow[0]["origin"]["file"], "templates/Dockerfile.j2");
    assert_eq!(slow[0]["origin"]["line"], 8);
    assert_eq!(slow[0]["n"], 6);
    let added = slow[0]["actual_ms"].as_u64().unwrap() - slow[0]["median_ms"].as_u64().unwrap();
    assert!((19_000..23_000).contains(&added), "{added} ms");

    history.change_requirement();
    history.edit("RUN sleep 1 &&", "RUN sleep 1 &&");
    history.build().good();
    assert_eq!(verdict(&history.report()), "ok");
}

#[test]
fn too_few_builds_are_no_verdict() {
    let engine = Engine::take();
    let history = History::of(&engine, "few", 2);
    history.change_requirement();
    history.build().args(["--require-verdict"]).run().expect_code(4).says(&["no verdict"]);
    assert_eq!(verdict(&history.report()), "inconclusive");
    assert!(history.tag.id().is_some());
}

#[test]
fn every_cause_of_a_miss_is_named() {
    let engine = Engine::take();
    let history = History::of(&engine, "causes", 1);

    // A changed requirement, and the cascade below it.
    history.change_requirement();
    history.build().good();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds, ["file"], "{miss:#}");
    assert_eq!(miss["causes"][0]["path"], "project/requirements.txt");
    assert_ne!(miss["causes"][0]["old"], miss["causes"][0]["new"]);
    assert_eq!(miss["stage"], "python-deps");
    assert!(miss["cascade"].as_array().unwrap().len() >= 2, "{miss:#}");
    assert!(miss["cost_ms"].as_u64().unwrap() >= 1000, "{miss:#}");

    // A changed argument.
    history.build().args(["--build-arg", "FLAVOUR=sweet"]).good();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds[0], "argument", "{miss:#}");
    assert_eq!(miss["causes"][0]["name"], "FLAVOUR");
    // Its values may be secrets: that they differ is told, and not what they are.
    let [old, new] = ["old", "new"].map(|which| miss["causes"][0][which].as_str().unwrap());
    assert!(old.starts_with("hidden:") && new.starts_with("hidden:") && old != new, "{miss:#}");

    // An edited template line.
    history.edit("RUN echo base", &format!("RUN echo {}", unique("base")));
    history.build().good();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds, ["instruction"], "{miss:#}");
    assert_eq!(miss["origin"]["line"], 3);

    // --no-cache.
    history.build().args(["--no-cache"]).good();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds, ["no-cache"], "{miss:#}");

    // Another image under the base's name.
    let base = Image::named("moved-base");
    engine.docker(&["tag", engine.base(), &base]);
    history.build().args(["--base", &base]).good();
    let folder = Project::empty();
    let text =
        format!("FROM {}\nRUN echo {}\nLABEL {TEST_LABEL}=1\n", engine.base(), unique("moved"));
    folder.write("Dockerfile", &text);
    engine.docker_build(folder.path(), &base);
    let moved = base.id().expect("an image").replace("sha256:", "");
    history.build().args(["--base", &base]).good();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds, ["base"], "{miss:#}");
    assert!(miss["causes"][0]["new"].as_str().unwrap().contains(&moved[..12]), "{miss:#}");
    let environment = history.report()["judgement"]["environment"].to_string();
    assert!(environment.contains("base-moved"), "{environment}");
}

#[test]
fn a_held_back_image_leaves_the_tag_and_says_so() {
    let engine = Engine::take();
    let history = History::of(&engine, "rollback", 6);
    let good = history.tag.id().expect("an image");
    history.change_requirement();
    history.edit("RUN sleep 1 &&", "RUN sleep 4 && sleep 1 &&");
    let done = history.build().args(["--on-regression", "rollback"]).run().expect_code(3);
    done.says(&["regressed", "python-deps", &good["sha256:".len()..][..12]]);
    assert_eq!(history.tag.id().as_deref(), Some(good.as_str()));
    let report = history.report();
    assert_eq!(verdict(&report), "regressed");
    assert_eq!(report["record"]["image"]["tags"], Value::Array(Vec::new()));

    // The same again finds all of it in the cache, and nothing has become faster.
    let held = report["record"]["image"]["id"].clone();
    for flags in [&["--on-regression", "rollback"][..], &[]] {
        let again = history.build().args(flags.iter().copied()).run().expect_code(3);
        again.says(&["regressed", "now it came from the cache"]);
        let report = history.report();
        assert_eq!(report["record"]["image"]["id"], held);
        assert_eq!(report["judgement"]["standing"], "held");
        assert_eq!(history.tag.id().as_deref(), Some(good.as_str()));
    }

    // Only told of.
    history.change_requirement();
    history.build().args(["--on-regression", "warn"]).good();
    assert_ne!(history.tag.id().as_deref(), Some(good.as_str()));

    // And back again.
    let done: Done = history.mad(&["rollback", "-p", "small", "-t", &history.tag]).good();
    assert!(done.stdout.contains(&good["sha256:".len()..][..12]), "{}", done.stdout);
    assert_eq!(history.tag.id().as_deref(), Some(good.as_str()));
}

#[test]
fn a_suspect_is_run_again_before_it_is_called_slower() {
    let engine = Engine::take();
    let history = History::of(&engine, "confirm", 6);
    history.change_requirement();
    history.edit("RUN sleep 1 &&", "RUN sleep 4 && sleep 1 &&");
    history.build().args(["--confirm", "2"]).run().expect_code(3).says(&["regressed"]);
    let report = history.report();
    assert_eq!(report["judgement"]["confirmed_by_ms"].as_array().unwrap().len(), 2);

    // An accident: slow the first time, and fast as soon as its cache mount knows the requirement.
    // It would be slow each time, if the mounts were emptied to run it again.
    let mount = format!("id={},target=/c", &*history.tag);
    let accident = format!(
        "RUN --mount=type=cache,{mount} \\
    cmp -s /requirements.txt /c/known || {{ cp /requirements.txt /c/known; sleep 4; }}; \\
    sleep 1 && cp /requirements.txt /installed"
    );
    history.change_requirement();
    history.edit("RUN sleep 1 && cp /requirements.txt /installed", &accident);
    let done = history.build().args(["--confirm", "2", "--on-regression", "rollback"]).good();
    done.says(&["run again: python-deps: RUN cmp"]);
    let report = history.report();
    assert_eq!(report["judgement"]["standing"], "accident", "{}", report["judgement"]["reason"]);
    assert_eq!(history.tag.id().as_deref(), report["record"]["image"]["id"].as_str());
}

#[test]
fn killed_at_any_moment_the_history_is_valid_and_the_tag_is_the_old_one_or_the_new_one() {
    let engine = Engine::take();
    let history = History::of(&engine, "killed", 6);
    let good = history.tag.id().expect("an image");
    history.edit("RUN sleep 1 &&", "RUN sleep 3 && sleep 1 &&");
    for moment_ms in [50, 400, 1500, 4000, 4600, 4800, 5000, 5200] {
        history.change_requirement();
        let running = history.build().args(["--on-regression", "rollback"]).start();
        std::thread::sleep(Duration::from_millis(moment_ms));
        running.kill();
        assert_eq!(history.tag.id().as_deref(), Some(good.as_str()), "after {moment_ms} ms");
        let list = history.mad(&["history", "list", "--format", "json"]).good();
        let list: Value = serde_json::from_str(&list.stdout).expect("the history is valid");
        assert!(list["builds"].as_array().unwrap().len() >= 6);
    }
    history.change_requirement();
    history.build().args(["--on-regression", "rollback"]).run().expect_code(3);
    assert_eq!(history.tag.id().as_deref(), Some(good.as_str()));
}

#[test]
fn an_alert_that_is_not_about_time_fires_at_once() {
    let engine = Engine::take();
    let history = History::of(&engine, "alert", 0);
    history.change_requirement();
    let profile = std::fs::read_to_string(history.project.path().join("profiles/small.yaml"));
    let alert =
        "alerts:\n  - {name: Permissions, condition: permission_errors > 0, action: rollback}\n";
    history.project.write("profiles/small.yaml", &(profile.unwrap() + alert));
    let denied = format!("RUN echo '{}: Permission denied'", unique("mkdir"));
    history.edit("RUN echo base", &denied);
    let done = history.build().run().expect_code(3);
    done.says(&["the alert `Permissions` fired: permission_errors > 0"]);
    assert_eq!(history.tag.id(), None);
}

#[test]
fn dry_runs_and_writers_at_once_lose_nothing() {
    let engine = Engine::take();
    let history = History::of(&engine, "crowd", 1);
    let carried = history.project.path().join("carried.jsonl");
    let carried = carried.to_str().unwrap();
    history.mad(&["history", "export", "-o", carried]).good();
    let line = std::fs::read_to_string(carried).unwrap();
    let record = line.lines().find(|line| line.contains("mad.record/1")).expect("a record");
    let value: Value = serde_json::from_str(record).unwrap();
    let id = value["record"]["id"].as_str().expect("an id").to_owned();

    let mut all = Vec::new();
    for n in 0..20 {
        let file = history
            .project
            .write(&format!("{n}.jsonl"), &record.replace(&id, &format!("{n:032x}")));
        let import = history.mad(&["history", "import", file.to_str().unwrap()]);
        let dry_run = history.build().args(["--dry-run"]);
        all.push(std::thread::spawn(move || import.run().expect_code(0)));
        all.push(std::thread::spawn(move || dry_run.run().expect_code(0)));
    }
    for one in all {
        one.join().expect("every process ends well");
    }
    let list = history.mad(&["history", "list", "-n", "100", "--format", "json"]).good();
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(list["builds"].as_array().unwrap().len(), 21);
}

#[test]
fn an_evicted_result_is_named_so() {
    let engine = Engine::take();
    let history = History::of(&engine, "evicted", 0);
    history.change_requirement();
    // The last step that is asked for: what stands above results in the cache is not looked up.
    let slow = format!("RUN echo {} && cp", unique("slow"));
    history.edit("RUN sleep 1 && cp", &slow);
    let build = || history.build().args(["--target", "python-deps"]).good();
    build();
    build();
    let word = slow["RUN echo ".len()..].split(' ').next().unwrap().to_owned();
    // Only this result goes: others on this machine keep theirs.
    let cache = engine.docker(&["system", "df", "-v", "--format", "{{json .BuildCache}}"]);
    let cache: Value = serde_json::from_str(&cache).expect("JSON");
    let has_word = |entry: &&Value| entry["Description"].as_str().unwrap().contains(&word);
    let entry = cache.as_array().unwrap().iter().find(has_word).expect("the result is cached");
    let filter = format!("id={}", entry["ID"].as_str().unwrap());
    engine.docker(&["builder", "prune", "-a", "-f", "--filter", &filter]);
    build();
    let (kinds, miss) = history.first_miss();
    assert_eq!(kinds, ["evicted"], "{miss:#}");
    assert_eq!(miss["stage"], "python-deps");
    let environment = history.report()["judgement"]["environment"].to_string();
    assert!(environment.contains("cache-evicted"), "{environment}");
}
