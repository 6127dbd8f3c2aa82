//! Hostile values, streams and leftovers, on the engine itself.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::support::{Engine, Image, Project, unique};

const VALUES: [&str; 10] = [
    "$q",
    "${q:-x}",
    "a\"b",
    "it's",
    "back\\slash",
    "`id`",
    "x;id",
    "[z]*?",
    "# no comment",
    "a  b",
];

#[test]
fn values_and_files_arrive_as_themselves() {
    let engine = Engine::take();
    let tag = Image::named("hostile-values");
    let project = Project::with_template(
        &engine,
        "FROM ${BASE} AS final\n\
         {% for name, value in env|items %}\nENV {{ name }}={{ value|quote }}\n{% endfor %}\n\
         {% for file in files %}\nCOPY {{ [file.source, file.dest]|copy }}\n{% endfor %}\n\
         {% filter run %}\n{% for name, value in env|items %}\nprintf '%s\\n' {{ value|shell }} >> /values\n{% endfor %}\n{% endfilter %}\n",
    );
    let names: Vec<&str> = VALUES.into_iter().filter(|name| !name.contains('\\')).collect();
    let folder = project.path().join("w");
    std::fs::create_dir(&folder).unwrap();
    for name in names.iter().chain(&["other", "z", "zz"]) {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let env: serde_json::Map<String, serde_json::Value> =
        VALUES.iter().enumerate().map(|(n, value)| (format!("V{n}"), (*value).into())).collect();
    let files: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(n, name)| serde_json::json!({"source": format!("w/{name}"), "dest": format!("/w/{n}")}))
        .collect();
    let profile = serde_json::json!({"base": engine.base(), "env": env, "files": files});
    project.write("profiles/small.yaml", &profile.to_string());
    project.build(&tag).good();
    let config = engine.docker(&["image", "inspect", "-f", "{{json .Config.Env}}", &tag]);
    let config: Vec<String> = serde_json::from_str(&config).unwrap();
    for (n, value) in VALUES.iter().enumerate() {
        assert!(config.contains(&format!("V{n}={value}")), "{value}: {config:?}");
    }
    let text = engine.run(&tag, &["cat", "/values"]);
    assert_eq!(text.lines().collect::<Vec<_>>(), VALUES);
    for (n, name) in names.iter().enumerate() {
        assert_eq!(engine.run(&tag, &["cat", &format!("/w/{n}")]), *name);
    }
}

#[test]
fn a_build_does_not_end_with_its_terminal_and_does_with_its_output() {
    let engine = Engine::take();
    let tag = Image::named("hostile-streams");
    let project = Project::with_template(
        &engine,
        &format!("FROM ${{BASE}}\nRUN echo {}\n", unique("streams")),
    );
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let closed = || Stdio::from(std::io::pipe().unwrap().1);
    let code = |mode: &str, stdout: Stdio, stderr: Stdio| {
        let build = project.build(&tag).args(["--progress", mode]);
        build.into_command().stdout(stdout).stderr(stderr).status().unwrap().code()
    };
    for mode in ["plain", "tty"] {
        for stderr in [closed(), full()] {
            assert_eq!(code(mode, Stdio::null(), stderr), Some(0), "{mode}");
        }
    }
    for mode in ["json", "quiet"] {
        assert_eq!(code(mode, full(), Stdio::null()), Some(1), "{mode}");
        assert_eq!(code(mode, closed(), Stdio::null()), Some(0), "{mode}");
    }
    assert!(engine.image_id(&tag).is_some());
}

/// `mad build … >&-`
#[test]
fn a_build_without_standard_output_fails_where_that_is_its_result() {
    let engine = Engine::take();
    let tag = Image::named("hostile-no-stdout");
    let project =
        Project::with_template(&engine, &format!("FROM ${{BASE}}\nRUN echo {}\n", unique("no")));
    for (mode, expected) in [("quiet", 1), ("json", 1), ("plain", 0)] {
        let build = project.build(&tag).args(["--progress", mode]).into_command();
        let mut without = test_support::without_stdout(&build);
        // The engine's address and the user's settings.
        without.envs(std::env::vars_os());
        without.env("MAD_HISTORY", project.path().join("history.db"));
        let status = without.stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(expected), "{mode}");
        assert!(engine.image_id(&tag).is_some(), "{mode}");
    }
}

/// Its base has neither what the image starts with nor any package of it.
#[test]
fn an_image_of_a_base_alone_starts() {
    let engine = Engine::take();
    let tag = Image::named("hostile-base-alone");
    let project = Project::empty();
    project.write("profiles/small.yaml", &format!("base: {}\n", engine.base()));
    project.build(&tag).good();
    assert_eq!(engine.run(&tag, &["echo", "started"]).trim(), "started");
    assert!(
        engine
            .try_docker(&["run", "--rm", "--entrypoint", "sh", &tag, "-c", "! command -v tini"])
            .status
            .success()
    );
}

#[test]
fn the_next_build_sweeps_what_a_killed_one_left() {
    let engine = Engine::take();
    let tag = Image::named("hostile-sweep");
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN echo good\n");
    let this = ::engine::Owner::this().text();
    // The same number with another beginning: a process that is gone.
    let (before, since) = this.rsplit_once('.').unwrap();
    let dead = format!("{before}1.{since}");
    let name = |owner: &str| format!("mad/candidate:{}.{owner}", unique("sweep").replace('.', "-"));
    let (left, live) = (name(&dead), name(&this));
    let kept = format!("mad/candidate:{}", unique("kept"));
    for name in [&left, &live, &kept] {
        engine.docker(&["tag", engine.base(), name]);
    }
    project.build(&tag).good();
    assert_eq!(engine.image_id(&left), None);
    for name in [&live, &kept] {
        assert!(engine.image_id(name).is_some(), "{name}");
        engine.docker(&["image", "rm", name]);
    }
}
