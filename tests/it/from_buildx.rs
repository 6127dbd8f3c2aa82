//! docs/from-buildx.md against the options of buildx and those of `mad build`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::mad_in;

/// Option, `works` or `not there`, and the third column.
fn table() -> BTreeMap<String, (String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-buildx.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `--"));
    rows.map(|row| {
        let columns: Vec<&str> = row.trim_end_matches(" |").splitn(3, " | ").collect();
        let [option, how, words] = columns[..] else { panic!("{row}") };
        (format!("--{}", option.trim_end_matches('`')), (how.to_owned(), words.to_owned()))
    })
    .collect()
}

#[test]
fn every_option_of_buildx_is_in_the_table() {
    let old = include_str!("../inputs/buildx/flags-0.13.1.txt");
    let new = include_str!("../inputs/buildx/flags-0.29.1.txt");
    let known: BTreeSet<&str> = old.lines().chain(new.lines()).collect();
    let rows = table();
    let told: BTreeSet<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(told, known);
}

#[test]
fn what_works_is_parsed_and_what_does_not_is_explained() {
    let command = mad::cli::command();
    let dir = tempfile::tempdir().unwrap();
    for (option, (how, words)) in table() {
        match how.as_str() {
            "works" => {
                let example = words.trim_matches('`').split_whitespace();
                let line = ["mad", "build", "-p", "cpu"].into_iter().chain(example);
                let parsed = command.clone().try_get_matches_from(line);
                assert!(words.starts_with(&format!("`{option}")), "{option}: {words}");
                assert!(parsed.is_ok(), "{words}: {}", parsed.unwrap_err());
            }
            "not there" => {
                let run = mad_in(dir.path(), &["build", &option, "x"]);
                assert_eq!(run.code, 2, "{option}: {}", run.stderr);
                let hint = format!("hint: `{option}` of `docker buildx build`: {words}");
                assert!(run.stderr.contains(&hint), "{option}: {}", run.stderr);
            }
            other => panic!("{option}: {other}"),
        }
    }
    let run = mad_in(dir.path(), &["build", "-f", "Dockerfile"]);
    assert!(run.stderr.contains("hint: `--file` of"), "{}", run.stderr);
}
