//! `mad bake` with `docker buildx bake` itself.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Engine, Image, Project, unique};

/// buildx as a program of its own, where scripts/test brought it, else as Docker's plugin.
fn buildx() -> &'static [&'static str] {
    let is_own = Command::new("docker-buildx").arg("version").output();
    match is_own.is_ok_and(|said| said.status.success()) {
        true => &["docker-buildx"],
        false => &["docker", "buildx"],
    }
}

/// `docker buildx bake`, without what newer versions attach to an image.
fn bake(arguments: &[&str]) -> Output {
    let words = buildx();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg("bake");
    command.args(arguments).env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
    command.output().expect("docker runs")
}

#[track_caller]
fn good(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "these tests need buildx, which scripts/test brings:\n{text}{}",
        String::from_utf8_lossy(&output.stdout)
    );
    text.into_owned()
}

/// The steps of buildx's plain progress, and whether each came from the cache.
fn steps(log: &str) -> Vec<(String, bool)> {
    let numbered = log.lines().filter_map(|line| line.strip_prefix('#')?.split_once(' '));
    let is_step = |name: &str| {
        name.starts_with('[') && !name.starts_with("[internal") && !name.contains("] FROM ")
    };
    let mut found: Vec<(&str, &str)> = numbered.clone().filter(|(_, name)| is_step(name)).collect();
    found.dedup();
    let is_cached = |number: &str| numbered.clone().any(|line| line == (number, "CACHED"));
    found.into_iter().map(|(number, name)| (name.to_owned(), is_cached(number))).collect()
}

#[test]
fn the_image_of_mad_build_comes_from_the_cache() {
    let engine = Engine::take();
    let (salt, tag) = (unique("bake"), Image::named("bake"));
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}} AS made\nARG GREETING=none\n\
             {{% for file in files %}}COPY {{{{ file.source }}}} {{{{ file.dest }}}}\n{{% endfor %}}\
             RUN --mount=type=secret,id=token,required=true echo {salt} $GREETING > /made; test -s /run/secrets/token\n\
             FROM ${{BASE}} AS final\nCOPY --from=made /made /files /out/\nRUN echo {salt} >> /out/made\n"
        ),
    );
    project.write(
        "profiles/small.yaml",
        &format!("base: {}\nfiles: [{{source: app, dest: /files}}]\n", engine.base()),
    );
    project.write("app/one", "1");
    project.write("app/below/two", "2");
    project.set_mode("app/one", 0o600);
    project.set_mode("app/below/two", 0o755);
    project.link("app/three", "below/two");
    let secret = project.write("token", "not in the file: kept-out");
    let secret = format!("id=token,src={}", secret.display());
    let greeting = "GREETING=a ${b} %{c} \"d\"";
    let options = ["--build-arg", greeting, "--secret", &secret, "--label", "team=$${x}"];

    project.build(&tag).args(options).good();
    let built = engine.image_id(&tag).expect("an image");
    let history = engine.docker(&["image", "inspect", "--format", "{{json .Config}}", &tag]);
    engine.docker(&["rmi", &tag]);

    for format in ["json", "hcl"] {
        let dir = project.path().join(format);
        let command = project
            .command("bake", "small")
            .args(["-t", &tag, "--format", format, "-o"])
            .args([&dir])
            .args(options);
        let file = project.write(&format!("bake.{format}"), &command.good().stdout);
        assert!(!std::fs::read_to_string(&file).unwrap().contains("kept-out"));
        let log = good(&bake(&["-f", file.to_str().unwrap(), "--progress", "plain"]));
        let steps = steps(&log);
        assert_eq!(steps.len(), 4, "{log}");
        assert!(steps.iter().all(|(_, cached)| *cached), "{steps:?}\n{log}");
        assert_eq!(engine.image_id(&tag).as_deref(), Some(built.as_str()), "{format}");
        assert_eq!(
            engine.docker(&["image", "inspect", "--format", "{{json .Config}}", &tag]),
            history
        );
    }
}

#[test]
fn a_pipe_is_enough() {
    let engine = Engine::take();
    let (salt, tag) = (unique("bake-pipe"), Image::named("bake-pipe"));
    let project =
        Project::with_template(&engine, &format!("FROM ${{BASE}} AS only\nRUN echo {salt}\n"));
    let mad = |arguments: &str| {
        let (program, folder) = (env!("CARGO_BIN_EXE_mad"), project.path().display());
        format!("'{program}' -C '{folder}' {arguments}")
    };
    let state = project.path().join("state");
    let run = |script: &str| {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("XDG_STATE_HOME", &state);
        command.env("MAD_HISTORY", project.path().join("history.db"));
        command.env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1").output().expect("bash runs")
    };
    good(&run(&mad(&format!("build -p small -t {} --progress quiet", &*tag))));
    let built = engine.image_id(&tag).expect("an image");
    engine.docker(&["rmi", &tag]);
    let log = good(&run(&format!(
        "{} bake --progress plain -f <({})",
        buildx().join(" "),
        mad(&format!("bake -p small -t {}", &*tag))
    )));
    assert!(steps(&log).iter().all(|(_, cached)| *cached), "{log}");
    assert_eq!(engine.image_id(&tag), Some(built));
    // The folder is mad's, and one for each profile.
    assert!(find(&state, "Dockerfile"), "{}", state.display());
}

#[test]
fn what_buildx_reads_is_what_was_asked_for() {
    let _engine = Engine::take();
    let project = Project::empty();
    project.write("templates/Dockerfile.j2", "FROM scratch AS first\nFROM scratch AS last\n");
    project.write("profiles/a.yaml", "base: scratch\n");
    project.write("profiles/b.1.yaml", "base: scratch\n");
    project.write("mad.yaml", "tag: team/{profile}:1\n");
    let out = project.path().join("out");
    let mut read = Vec::new();
    for format in ["json", "hcl"] {
        let command = project
            .command("bake", "a")
            .args(["-p", "b.1", "--format", format, "-o"])
            .args([&out])
            .args(["--platform", "linux/amd64,linux/arm64", "--no-cache-filter", "first"])
            .args(["--network", "host", "--pull", "--ca-bundle", "none", "--target", "last"])
            .args(["--label", "a=${b}", "--build-arg", "X=%{y}\n\\", "--cache-to", "type=inline"])
            .args(["-v"]);
        let file = project.write(&format!("bake.{format}"), &command.good().stdout);
        let output = bake(&["-f", file.to_str().unwrap(), "--print"]);
        good(&output);
        read.push(serde_json::from_slice::<Value>(&output.stdout).expect("JSON"));
    }
    assert_eq!(read[0], read[1]);
    let names: Vec<&String> = read[0]["target"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["a", "b-1"]);
    let target = &read[0]["target"]["b-1"];
    assert_eq!(target["context"], out.join("b-1").to_str().unwrap());
    assert_eq!(target["labels"]["a"], "${b}");
    assert_eq!(target["args"]["X"], "%{y}\n\\");
    assert_eq!(target["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(target["no-cache-filter"], serde_json::json!(["first"]));
    // `network`, a key that buildx would refuse if it did not know it, is not among what it prints.
    assert_eq!(target["pull"], true);
    assert_eq!(target["target"], "last");
    // A stage of an image has no name of its own, as with `mad build`.
    assert_eq!(target.get("tags"), None);
}

fn find(folder: &Path, name: &str) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.file_name().is_some_and(|found| found == name),
    })
}
