//! What runs again after which edit, on the real cpu image.

use std::path::Path;

use crate::support::{Engine, Image, Project, TEST_LABEL, unique};

const PATCH: &str = "patches/claude-flow/06-no-early-notification.patch";

/// A project whose profile `app` is cpu and a folder of its own.
fn app(engine: &Engine) -> Project {
    let project = Project::empty();
    project.write("mad.yaml", &format!("base: {}\n", engine.base()));
    project.write(
        "profiles/app.yaml",
        &format!(
            "extends: cpu\nlabels:\n  {TEST_LABEL}: \"1\"\nfiles:\n  - source: app\n    dest: /workspace/app\n"
        ),
    );
    project.write("app/main.py", &format!("print('{}')\n", unique("app")));
    project.write("app/README", "the same in every run\n");
    project
}

fn own_patch() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATCH);
    std::fs::read_to_string(path).expect("mad's own patch")
}

#[test]
fn a_second_build_runs_no_step() {
    let engine = Engine::take();
    let first = engine.cpu();
    let second = engine.build_cpu();
    assert_eq!(second.executed(), [""; 0]);
    let totals = &second.end()["totals"];
    let finished = totals["cached"].as_u64().unwrap() + totals["shared"].as_u64().unwrap();
    assert_eq!(totals["steps"], finished, "{totals}");
    assert_eq!(second.image_id(), first.image_id());
    println!("a fully cached build took {} ms", second.end()["wall_ms"]);
}

#[test]
fn docker_build_of_the_rendering_finds_everything_cached() {
    let engine = Engine::take();
    let (cpu, out, tag) = (engine.cpu(), Project::empty(), Image::named("docker-build"));
    let project = Project::empty();
    let render = project.command("render", "cpu").args(["--base", engine.base(), "-o"]);
    render.args([out.path()]).good();
    let log = engine.docker_build(out.path(), &tag);

    // `#11 [node-deps 4/5] RUN …`, and later `#11 CACHED`.
    let steps: Vec<(&str, &str)> = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, name)| name.starts_with('[') && !name.starts_with("[internal]"))
        .filter(|(_, name)| !name.contains("] FROM "))
        .collect();
    assert!(steps.len() >= 15, "too few steps in:\n{log}");
    for (number, name) in steps {
        assert!(log.contains(&format!("\n{number} CACHED\n")), "{name} ran again:\n{log}");
    }
    assert_eq!(tag.id().as_deref(), Some(cpu.image_id()));
}

#[test]
fn an_edited_application_file_runs_its_copy_and_what_follows() {
    let engine = Engine::take();
    engine.cpu();
    let (project, tag) = (app(&engine), Image::named("app"));
    let build = || project.command("build", "app").args(["-t", &tag]).events();
    build();
    let before = build();
    assert_eq!(before.executed(), [""; 0]);

    let edited = unique("edited");
    project.write("app/main.py", &format!("print('{edited}')\n"));
    let after = build();
    let all = after.all_steps();
    let copy = all
        .iter()
        .position(|step| step.starts_with("final: COPY") && step.contains("project/app"))
        .unwrap_or_else(|| panic!("no COPY of the application: {all:?}"));
    let mut may_run = all[copy..].iter();
    let executed = after.executed();
    assert_eq!(executed.first(), Some(&all[copy]));
    assert!(executed.iter().all(|step| may_run.any(|allowed| allowed == step)), "{executed:?}");
    assert!(all[copy..].iter().all(|step| step.starts_with("final: ")), "{all:?}");
    assert_eq!(engine.run(&tag, &["python3", "app/main.py"]), format!("{edited}\n"));
    assert_ne!(after.image_id(), before.image_id());
}

#[test]
fn an_edited_patch_runs_no_npm_and_no_python_step() {
    let engine = Engine::take();
    engine.cpu();
    let (project, tag) = (app(&engine), Image::named("patch"));
    let build = || project.command("build", "app").args(["-t", &tag]);
    build().good();
    project.write(PATCH, &format!("Edited in {}.\n\n{}", unique("a test"), own_patch()));
    let events = build().events();
    let executed = events.executed();
    assert!(executed.iter().any(|step| step.starts_with("patched: RUN")), "{executed:?}");
    for step in &executed {
        let (stage, _) = step.split_once(": ").unwrap();
        assert!(["patched", "final"].contains(&stage), "{executed:?}");
    }
}

#[test]
fn a_patch_that_does_something_else_fails_the_build() {
    let engine = Engine::take();
    engine.cpu();
    let (project, tag) = (app(&engine), Image::named("bad-patch"));
    let build = || project.command("build", "app").args(["-t", &tag]);
    build().good();
    let good = tag.id();
    let patch = own_patch();
    // It still applies, and is not the text that matrix.lock proves.
    let added = patch.lines().find(|line| line.starts_with('+') && !line.starts_with("+++"));
    let other = match added {
        Some(line) => patch.replacen(line, &format!("{line} // not reviewed"), 1),
        None => {
            let removed =
                patch.lines().find(|line| line.starts_with('-') && !line.starts_with("---"));
            let line = removed.expect("a patch changes a line");
            patch.replacen(&format!("\n{line}\n"), &format!("\n{line}\n+// not reviewed\n"), 1)
        }
    };
    project.write(PATCH, &other);
    build().run().expect_code(5).says(&["matrix.lock has no proof"]);
    // It does not fit where it says it does.
    let context = patch.lines().find(|line| line.starts_with(' ') && line.trim().len() > 3);
    let context = context.expect("a patch has context");
    project.write(PATCH, &patch.replacen(context, &format!("{context} moved"), 1));
    build().run().expect_code(1).says(&["patched", "FAILED"]);
    assert_eq!(tag.id(), good);
}
