//! Guards: what the documents say is what the program does.

use std::path::Path;

use crate::support::mad_in;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `docs/commands.md` is generated: `MAD_UPDATE_DOCS=1 cargo test --test it` writes it anew.
#[test]
fn commands_are_documented_as_they_are() {
    let mut text = String::from(
        "# Commands\n\nGenerated from `mad help`; `MAD_UPDATE_DOCS=1 cargo test --test it` writes it anew.\n",
    );
    let mut command = mad::cli::command();
    // So that the options of every command are among those of each.
    command.build();
    document(&command, "mad", &mut text);
    if std::env::var_os("MAD_UPDATE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
        std::fs::write(path, &text).unwrap();
    }
    assert!(read("docs/commands.md") == text, "docs/commands.md is out of date");
}

fn document(command: &clap::Command, path: &str, text: &mut String) {
    let help = command.clone().bin_name(path).term_width(100).render_long_help();
    text.push_str(&format!("\n## `{path}`\n\n```text\n{}\n```\n", help.to_string().trim()));
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        document(sub, &format!("{path} {}", sub.get_name()), text);
    }
}

#[test]
fn every_flag_says_what_it_does() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{}: {}", command.get_name(), argument.get_id());
        }
        assert!(command.get_about().is_some(), "{}", command.get_name());
        command.get_subcommands().for_each(check);
    }
    check(&mad::cli::command());
}

#[test]
fn exit_codes_are_in_readme_and_in_help() {
    let readme = read("README.md");
    let help = mad_in(Path::new("/"), &["help"]).stdout;
    for (code, meaning) in mad::cli::EXIT_CODES {
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "README: {code}");
        assert!(help.contains(meaning), "help: {code}");
    }
}

#[test]
fn readme_names_only_commands_and_flags_that_exist() {
    let command = mad::cli::command();
    for line in read("README.md").lines().map(str::trim).filter(|line| line.starts_with("mad ")) {
        let line = line.split(" #").next().unwrap();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let parsed = command.clone().try_get_matches_from(words);
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn every_embedded_profile_renders() {
    let dir = tempfile::tempdir().unwrap();
    for profile in ["cpu", "cuda"] {
        for frontend in ["1.2", "1.4"] {
            let run = mad_in(dir.path(), &["render", "-p", profile, "--frontend", frontend]);
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
    }
}

#[test]
fn the_schema_is_one_that_every_profile_fits() {
    let dir = tempfile::tempdir().unwrap();
    let run = mad_in(dir.path(), &["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for profile in ["common", "cpu", "cuda"] {
        let text = read(&format!("profiles/{profile}.yaml"));
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{profile}: {errors:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"usr": {}})));
    assert!(!validator.is_valid(&serde_json::json!({"user": {"uid": 0}})));
}

#[test]
fn every_page_is_linked_from_readme_and_every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = read("README.md");
    for folder in ["docs", "docs/ci"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap().map(Result::unwrap) {
            let page = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            let is_linked = entry.path().is_dir() || readme.contains(&format!("]({page})"));
            assert!(is_linked, "README.md does not link {page}");
        }
    }
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = read(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            assert!(root.join(link).exists(), "{page} links {link}");
        }
    }
}

/// A recipe that names a file that has moved helps nobody.
#[test]
fn paths_in_contributing_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = read("CONTRIBUTING.md");
    let quoted = text.split('`').skip(1).step_by(2);
    let mut count = 0;
    for path in quoted.filter_map(|quoted| quoted.split_whitespace().next()) {
        let first = path.split('/').next().unwrap();
        // What a build makes may lie elsewhere.
        let is_path =
            path.contains('/') && !matches!(first, "" | "target") && root.join(first).is_dir();
        // `NAME` and `*` stand for something.
        if is_path && !path.contains("NAME") && !path.contains('*') {
            assert!(root.join(path).exists(), "CONTRIBUTING.md names {path}");
            count += 1;
        }
    }
    assert!(count > 20, "{count} paths");
}

#[test]
fn readme_states_the_rust_that_is_checked() {
    let manifest = read("Cargo.toml");
    let stated = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let stated = stated.unwrap().trim_matches('"');
    assert!(read("README.md").contains(&format!("Rust {stated} or newer")), "{stated}");
}
