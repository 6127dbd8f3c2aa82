//! A rendered environment, brought up and taken down: by mad, and by Compose alone.

use std::os::unix::fs::MetadataExt;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Engine, Mad, Project, docker_command, unique};

/// An image that stays up, with the folders of a profile's user.
const TEMPLATE: &str = "FROM ${BASE} AS final\nARG DEV_UID=1000\nARG DEV_GID=1000\n\
    RUN install -d -m 2775 -o ${DEV_UID} -g ${DEV_GID} /workspace /data\n\
    USER ${DEV_UID}:${DEV_GID}\nENTRYPOINT []\nCMD [\"sleep\", \"infinity\"]\n";

const MOUNTS: &str = "mounts:\n\
    - {target: /workspace, source: ./work}\n\
    - {target: /data}\n\
    - {target: /scratch, kind: runtime, size: 1MiB, mode: \"0700\"}\n\
    - {target: /etc/app.toml, kind: config, source: ./app.toml}\n\
    resources: {pids: 64, memory: 256MiB, cpus: \"0.5\", shm: 1MiB}\n";

/// Compose itself: the plugin, or the program.
fn compose(arguments: &[&str]) -> Output {
    let plugin = docker_command(&["compose", "version", "--short"]).output().unwrap();
    let mut command = match plugin.status.success() && plugin.stdout.contains(&b'.') {
        true => docker_command(&["compose"]),
        false => Command::new("docker-compose"),
    };
    let output = command.args(arguments).output();
    output.unwrap_or_else(|error| {
        panic!("these tests need Compose 2, which scripts/test brings: {error}")
    })
}

fn out(mad: Mad) -> Output {
    mad.into_command().output().expect("mad runs")
}

#[track_caller]
fn done(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

struct World<'a> {
    engine: &'a Engine,
    project: Project,
    tag: String,
}

impl<'a> World<'a> {
    fn new(engine: &'a Engine) -> Self {
        let tag = format!("{}:latest", unique("mad-test-compose"));
        let project = Project::with_template(engine, TEMPLATE);
        let profile = format!("base: {}\n{}", engine.base(), MOUNTS);
        project.write("profiles/small.yaml", &profile);
        project.write("mad.yaml", &format!("tag: {tag}\n"));
        project.write("app.toml", "x = 1\n");
        done(&out(project.command("build", "small")));
        Self { engine, project, tag }
    }

    fn mad(&self, command: &str) -> Mad {
        let state = self.project.path().join("state");
        self.project.command(command, "small").env("XDG_STATE_HOME", state.to_str().unwrap())
    }

    fn shell(&self, script: &str) -> Output {
        out(self.mad("shell").args(["--", "sh", "-c", script]))
    }

    /// What the test has looked at is the person's whose files are mounted.
    fn person(&self) -> u32 {
        let own = self.project.path().metadata().unwrap().uid();
        if own == 0 { 1000 } else { own }
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        let _ = out(self.mad("down").args(["--volumes", "--timeout", "0"]));
        let images = format!("{}:*", self.tag.trim_end_matches(":latest"));
        let found =
            self.engine.docker(&["images", "-q", "--filter", &format!("reference={images}")]);
        for image in found.split_whitespace() {
            let _ = self.engine.try_docker(&["rmi", "--force", image]);
        }
    }
}

#[test]
fn up_shell_logs_down_keep_what_is_persistent() {
    let engine = Engine::take();
    let world = World::new(&engine);
    let up = out(world.mad("up").args(["--wait"]));
    done(&up);
    let said = String::from_utf8_lossy(&up.stderr).into_owned();
    let call = said.lines().find_map(|line| line.strip_prefix("$ ")).expect("the call is said");
    assert!(call.contains("compose") && call.contains(" up ") && call.contains("--wait"), "{said}");

    done(&world.shell("echo mine > /workspace/a && echo kept > /data/b && echo lost > /scratch/c"));
    let written = world.project.path().join("work/a").metadata().unwrap();
    assert_eq!(written.uid(), world.person());
    assert!(!world.shell("echo x >> /etc/app.toml").status.success());
    assert_eq!(done(&world.shell("stat -c %a /scratch")), "700\n");
    done(&out(world.mad("logs")));

    done(&out(world.mad("down").args(["--timeout", "0"])));
    done(&out(world.mad("up").args(["--wait"])));
    assert_eq!(done(&world.shell("cat /workspace/a /data/b; ls /scratch")), "mine\nkept\n");
}

#[test]
fn compose_alone_runs_the_rendered_folder() {
    let engine = Engine::take();
    let world = World::new(&engine);
    let folder = world.project.path().join("out");
    let rendered = world.mad("render").args(["-o", folder.to_str().unwrap()]);
    done(&out(rendered));
    std::fs::write(folder.join("app.toml"), "x = 1\n").unwrap();
    let (file, name) = (folder.join("compose.yaml"), unique("mad-test-alone"));
    let with = |arguments: &[&str]| {
        compose(&[&["-f", file.to_str().unwrap(), "--project-name", &name], arguments].concat())
    };
    // Compose's own reading: unknown keys are errors.
    let config: Value =
        serde_json::from_str(&done(&with(&["config", "--format", "json"]))).unwrap();
    let service = &config["services"]["agents"];
    assert_eq!(service["user"], "1000:1000");
    assert_eq!(service["image"], world.tag.as_str());
    assert_eq!(service["read_only"], Value::Null);
    let up = with(&["up", "--detach", "--no-build"]);
    let written = with(&[
        "exec",
        "-T",
        "agents",
        "sh",
        "-c",
        "echo x > /scratch/y && echo x > /data/y && id -u",
    ]);
    let down = with(&["down", "--volumes", "--timeout", "0"]);
    done(&up);
    assert_eq!(done(&written), "1000\n");
    done(&down);
}

/// No folder comes to be that belongs to root.
#[test]
fn a_source_that_is_not_there_is_refused() {
    let engine = Engine::take();
    let world = World::new(&engine);
    std::fs::remove_file(world.project.path().join("app.toml")).unwrap();
    let up = out(world.mad("up").args(["--wait"]));
    let said = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(1), "{said}");
    assert!(said.contains("app.toml"), "{said}");
    assert!(!world.project.path().join("app.toml").exists());
}
