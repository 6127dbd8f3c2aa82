//! The examples of docs/ci do what they say: every command of theirs is run, in a project in git.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_yaml::Value;

use crate::support::{Engine, Project};

/// A repository whose default tag is one of the tests', so that nobody's image loses its name.
fn repository(engine: &Engine) -> Project {
    engine.cpu();
    let project = Project::empty();
    project.write("mad.yaml", &format!("base: {}\ntag: mad-test/cpu:latest\n", engine.base()));
    project.write(".gitignore", ".mad/\nhistory.jsonl\nreport.*\n");
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["add", "-A"],
        &["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "project"],
    ] {
        let git = Command::new("git").args(arguments).current_dir(project.path()).status();
        assert!(git.expect("git runs").success());
    }
    project
}

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    let text = std::fs::read_to_string(&path).expect("the example");
    serde_yaml::from_str(&text).expect("the example is YAML")
}

/// Runs a script as CI does, with mad on the path.
fn shell(project: &Project, script: &str, summary: &Path) -> Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_mad"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", program.parent().expect("a folder").display());
    // The examples name the image that mad builds without settings.
    let script = script.replace("mad/cpu", "mad-test/cpu");
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &script])
        .current_dir(project.path())
        .env("PATH", path)
        .env("GITHUB_STEP_SUMMARY", summary)
        .env("MAD_HISTORY", ".mad/history.db")
        .output()
        .expect("bash runs")
}

fn run_all(project: &Project, scripts: &[String]) -> String {
    let summary = project.path().join("report.summary");
    let mut said = String::new();
    for script in scripts {
        let output = shell(project, script, &summary);
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        assert!(
            output.status.success(),
            "{script}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    said.push_str(&std::fs::read_to_string(summary).unwrap_or_default());
    said
}

#[test]
fn the_commands_of_the_github_example_run() {
    let engine = Engine::take();
    let project = repository(&engine);
    let steps = example("github-actions.yml")["jobs"]["build"]["steps"].clone();
    let scripts: Vec<String> = steps
        .as_sequence()
        .expect("steps")
        .iter()
        .filter(|step| step["name"] != "Install")
        .filter_map(|step| step["run"].as_str().map(str::to_owned))
        .collect();
    assert!(scripts.len() >= 5, "{scripts:?}");
    // Twice: the second run takes over the history of the first.
    run_all(&project, &scripts);
    let said = run_all(&project, &scripts);
    assert!(said.contains("<!-- mad-report:cpu -->"), "{said}");
    for file in ["report.md", "report.html", "report.sarif", "report.xml", "history.jsonl"] {
        let text = std::fs::read_to_string(project.path().join(file)).expect(file);
        assert!(!text.is_empty(), "{file}");
    }
    let history = std::fs::read_to_string(project.path().join("history.jsonl")).unwrap();
    assert!(history.lines().filter(|line| line.contains("mad.record/1")).count() >= 2);
}

#[test]
fn the_commands_of_the_gitlab_example_run() {
    let engine = Engine::take();
    let project = repository(&engine);
    let job = example("gitlab-ci.yml")["build-image"].clone();
    let scripts: Vec<String> = ["before_script", "script", "after_script"]
        .iter()
        .flat_map(|part| job[*part].as_sequence().expect(part))
        .map(|line| line.as_str().expect("a command").to_owned())
        .collect();
    run_all(&project, &scripts);
    for file in ["report.html", "report.xml", "history.jsonl"] {
        assert!(project.path().join(file).exists(), "{file}");
    }
}
