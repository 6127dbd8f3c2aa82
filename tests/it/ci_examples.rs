//! The examples of docs/ci, read as the services read them: that their commands are mad's, and that they work
//! in somebody else's repository. tests/engine/ci.rs runs the commands.

use std::fs;
use std::path::Path;

use serde_yaml::Value;

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The calls of mad in a script of a few plain commands.
fn calls(script: &str) -> Vec<Vec<String>> {
    let parts = script.split(['\n', ';']).map(str::trim);
    let parts = parts.map(|part| part.strip_prefix("then ").unwrap_or(part));
    let words = |part: &str| -> Vec<String> {
        let words = part.split_whitespace().take_while(|word| !word.starts_with('>'));
        words.map(|word| word.trim_matches('"').to_owned()).collect()
    };
    parts.filter(|part| part.starts_with("mad ")).map(words).collect()
}

#[track_caller]
fn assert_parse(scripts: &[String]) {
    let all: Vec<_> = scripts.iter().flat_map(|script| calls(script)).collect();
    assert!(all.len() >= 6, "{all:?}");
    for call in all {
        let parsed = mad::cli::command().try_get_matches_from(&call);
        assert!(parsed.is_ok(), "{}: {}", call.join(" "), parsed.unwrap_err());
    }
}

#[test]
fn the_github_example_is_for_any_repository_and_for_forks() {
    let workflow = example("github-actions.yml");
    let job = &workflow["jobs"]["build"];
    assert!(job["runs-on"].is_string());
    let steps = job["steps"].as_sequence().unwrap();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    for step in steps {
        assert_ne!(step["uses"].is_string(), step["run"].is_string(), "{step:?}");
        // A token that only reads fails what writes: the step must know of forks.
        let writes = ["sticky-pull-request-comment", "upload-sarif"];
        if writes.iter().any(|action| text(step, "uses").contains(action)) {
            assert!(
                text(step, "if").contains("head.repo.full_name == github.repository"),
                "{step:?}"
            );
        }
    }
    let scripts: Vec<String> = steps.iter().map(|step| text(step, "run")).collect();
    assert_parse(&scripts);
    let install = steps.iter().find(|step| step["name"] == "Install").unwrap();
    assert!(text(install, "run").contains("--git \"$MAD_REPOSITORY\" --tag \"$MAD_VERSION\""));
    // The checkout has the history of the base branch, which the baseline is read from.
    let checkout = steps.iter().find(|step| text(step, "uses").starts_with("actions/checkout"));
    assert_eq!(checkout.unwrap()["with"]["fetch-depth"], 0);
}

#[test]
fn the_gitlab_example_has_a_job_that_gitlab_takes() {
    // Keywords of the file's top, which no job may be called.
    // <https://docs.gitlab.com/ci/jobs/#job-names>
    const KEYWORDS: [&str; 14] = [
        "image",
        "services",
        "stages",
        "types",
        "before_script",
        "after_script",
        "variables",
        "cache",
        "include",
        "true",
        "false",
        "nil",
        "pages",
        "default",
    ];
    let file = example("gitlab-ci.yml");
    let jobs = file.as_mapping().unwrap();
    assert!(!jobs.is_empty());
    for (name, job) in jobs {
        let name = name.as_str().unwrap();
        assert!(!KEYWORDS.contains(&name), "a job `{name}`");
        let lines = |part: &str| {
            let lines = job[part].as_sequence().unwrap().iter();
            lines.map(|line| line.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_parse(&[lines("before_script"), lines("script"), lines("after_script")].concat());
        assert_eq!(job["variables"]["GIT_DEPTH"], "0");
    }
}
