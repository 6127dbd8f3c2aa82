//! A project of one's own: its packages are resolved in the engine, locked, and built from the lock.

use std::path::Path;

use crate::support::{Engine, Image, Mad, Project, unique};

fn mad(folder: &Path, arguments: &[&str]) -> Mad {
    let folder = folder.to_str().expect("a UTF-8 path");
    Mad::new([&["-C", folder], arguments].concat())
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Nothing but mad and an engine is used.
#[test]
fn three_commands_from_an_empty_folder_to_an_image() {
    let engine = Engine::take();
    let (project, tag) = (Project::empty(), Image::named("own"));
    let at = project.path();
    project.write("mad.local.yaml", &format!("base: {}\n", engine.base()));
    mad(at, &["init"]).good();
    let added = mad(at, &["add", "pip:tomli-w==1.1.0", "npm:left-pad@1.2.0", "apt:file"]).good();
    assert!(added.stdout.contains("pip  tomli-w   none -> 1.1.0"), "{}", added.stdout);
    assert!(added.stdout.contains("npm  left-pad  none -> 1.2.0"), "{}", added.stdout);
    let profile = read(at, "profiles/dev.yaml");
    for line in ["    - tomli-w==1.1.0\n", "    left-pad: 1.2.0\n", "    - file=1:5.*\n"] {
        assert!(profile.contains(line), "{profile}");
    }
    assert!(profile.starts_with("# The image for agents"), "comments stay");
    // Up to the Python packages: what the rest of the image costs is measured elsewhere.
    let build = ["build", "--locked", "--target", "python-deps", "-t", &tag];
    mad(at, &build).good();
    let version = "import tomli_w, importlib.metadata as m; print(m.version('tomli-w'))";
    assert_eq!(engine.run(&tag, &["/opt/mad/venv/bin/python", "-c", version]), "1.1.0\n");
    mad(at, &["build", "--locked", "--target", "base", "-t", &tag]).good();
    assert!(engine.run(&tag, &["file", "--version"]).starts_with("file-5"));

    // The archive moved on since then, as far as mad.lock knows.
    let lock = read(at, "mad.lock");
    let line =
        lock.lines().find(|line| line.trim_start().starts_with("file: 1:5")).expect("`file`");
    project.write("mad.lock", &lock.replace(line, "      file: 1:5.0-1"));
    mad(at, &build)
        .run()
        .expect_code(6)
        .says(&["the distribution's package `file` is 1:5.", "and was locked as 1:5.0-1"]);
    mad(at, &["lock"]).good();
    assert_eq!(read(at, "mad.lock"), lock);

    // What a registry does not have changes nothing, and is told in the words of its tool.
    let before = (profile, read(at, "mad.lock"));
    let none = mad(at, &["add", "npm:left-pad@99.0.0"]).run().expect_code(1);
    none.says(&["No matching version found for left-pad@99.0.0"]);
    mad(at, &["add", "apt:no-such-package-of-debian"])
        .run()
        .expect_code(1)
        .says(&["found no version"]);
    assert_eq!((read(at, "profiles/dev.yaml"), read(at, "mad.lock")), before);

    // A folder elsewhere is the same project: nothing has drifted, and the plan is the same.
    let copy = tempfile::tempdir().expect("a folder");
    let from = at.join(".");
    let copied = std::process::Command::new("cp").arg("-r").arg(from).arg(copy.path()).status();
    assert!(copied.expect("cp runs").success());
    let plan = |folder: &Path| {
        let said = mad(folder, &["build", "--locked", "--dry-run"]).good().stdout;
        let line = said.lines().find(|line| line.starts_with("plan ")).expect("a plan").to_owned();
        line.split_whitespace().nth(1).expect("its hash").to_owned()
    };
    assert_eq!(plan(copy.path()), plan(at));

    // Newer, and gone again.
    let newer = mad(at, &["lock", "--upgrade", "tomli-w"]).good();
    assert!(newer.stdout.starts_with("pip  tomli-w  1.1.0 -> "), "{}", newer.stdout);
    assert!(!read(at, "profiles/dev.yaml").contains("tomli-w==1.1.0"));
    let gone = mad(at, &["remove", "pip:tomli_w", "npm:left-pad"]).good();
    assert!(gone.stdout.contains("-> none"), "{}", gone.stdout);
    let profile = read(at, "profiles/dev.yaml");
    assert!(!profile.contains("tomli") && !profile.contains("left-pad"), "{profile}");
    mad(at, &["lock", "--check"]).good();
    project.write("profiles/dev.yaml", &profile.replace("file=1:5.*", "file=1:4.*"));
    mad(at, &build)
        .run()
        .expect_code(6)
        .says(&["`apt.runtime.file` is `1:4.*`, and was locked as `1:5.*`", "`mad lock -p dev`"]);
}

#[test]
fn another_image_behind_the_name_of_the_base_is_drift() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, "FROM ${BASE} AS final\nRUN true\n");
    let (base, tag) = (Image::named("own-base"), Image::named("own-small"));
    engine.docker(&["tag", engine.base(), &base]);
    project.write("profiles/small.yaml", &format!("base: {}\n", &*base));
    mad(project.path(), &["lock"]).good();
    project.build(&tag).args(["--locked"]).good();
    // Another image gets the name.
    let container = unique("own-base");
    engine.docker(&["create", "--name", &container, engine.base(), "true"]);
    engine.docker(&["commit", "--change", "ENV OTHER=1", &container, &base]);
    engine.docker(&["rm", &container]);
    let words = ["the base image `", "and was locked as"];
    mad(project.path(), &["lock", "--check"]).run().expect_code(6).says(&words);
    project.build(&tag).args(["--locked"]).run().expect_code(6).says(&words);
    project.build(&tag).good();
}

/// `run` of a profile, by the template that mad has for it.
#[test]
fn steps_of_a_profile_run_in_their_order_and_as_whom_they_say() {
    let engine = Engine::take();
    let template = "FROM ${BASE} AS final\nARG DEV_UID=1234\nARG DEV_GID=1234\n\
                    {% set after_files = false %}\n{% include \"parts/run.j2\" %}\n\
                    {% for file in files %}\nCOPY {{ [file.source, file.dest]|copy }}\n{% endfor %}\n\
                    {% set after_files = true %}\n{% include \"parts/run.j2\" %}\n";
    let (project, tag) = (Project::with_template(&engine, template), Image::named("own-run"));
    let profile = format!(
        "base: {}\nfiles: [{{source: x, dest: /srv/x}}]\nrun:\n\
         - 'id -u > /tmp/who; pwd >> /tmp/who'\n\
         - {{command: 'id -u > /root/who; echo \"$HOME\" >> /root/who', user: root}}\n\
         - {{command: \"echo two > /tmp/after\\ncat /srv/x >> /tmp/after\", after: files}}\n\
         - |\n  # A value stays itself.\n  printf '%s' \"it's $((1 + 1)) \\\\ <<EOF #\" > /tmp/quoted\n",
        engine.base()
    );
    project.write("profiles/small.yaml", &profile);
    project.write("x", "first\n");
    project.build(&tag).good();
    let read = |path: &str| engine.run(&tag, &["cat", path]);
    assert_eq!(read("/tmp/who"), "1234\n/home/dev\n");
    assert_eq!(read("/tmp/after"), "two\nfirst\n");
    assert_eq!(read("/tmp/quoted"), "it's 2 \\ <<EOF #");
    let of_root = |path: &str| engine.docker(&["run", "--rm", "-u", "0", &tag, "cat", path]);
    assert_eq!(of_root("/root/who"), "0\n/root\n");
    // Without a network, where the engine has that.
    let alone = "{command: 'ls /sys/class/net > /tmp/net', network: none}";
    project.write("profiles/alone.yaml", &format!("base: {}\nrun: [{alone}]\n", engine.base()));
    let built = project.command("build", "alone").args(["-t", &tag]).run();
    match engine.docker(&["version", "--format", "{{.Server.Version}}"]).starts_with("20.") {
        true => drop(built.expect_code(2).says(&["profiles/alone.yaml:2", "needs Docker 23.0"])),
        false => {
            built.expect_code(0);
            assert_eq!(read("/tmp/net"), "lo\n");
        }
    }
    // The cache has it from no earlier run of this test.
    let second = format!("{}\n", unique("second"));
    project.write("x", &second);
    let events = project.build(&tag).events();
    let ran = events.steps("done");
    assert_eq!(read("/tmp/after"), format!("two\n{second}"));
    let behind = ["COPY", "WORKDIR", "cat /srv/x"];
    let is_behind = |step: &String| behind.iter().any(|part| step.contains(part));
    assert!(ran.len() >= 2 && ran.iter().all(is_behind), "{ran:?}");
}
