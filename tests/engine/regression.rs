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
    assert_eq!(miss["causes"][0]["old"], "plain");
    assert_eq!(miss["causes"][0]["new"], "sweet");

    // An edited template line.
    history.edit("RUN echo base", "RUN echo bases");
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
