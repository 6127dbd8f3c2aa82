//! Commands that mad prints, in hints and elsewhere: each one is a command of today's mad.
//!
//! Found in the string literals of `src/` and `crates/`, between backticks, read as tokens so that
//! comments and tests count for nothing. What a format string fills in stands for a value here.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// What a placeholder of a format string may stand for, by its name; `x` for the others.
const VALUES: [(&str, &str); 9] = [
    ("profile", "cpu"),
    ("version", "1.0.0"),
    ("bad", "1.0.0"),
    ("to", "1.0.0"),
    ("first", "cpu"),
    ("series", "toy"),
    ("second", "toy"),
    ("option", ""),
    ("more", ""),
];

#[test]
fn every_command_that_is_printed_can_be_parsed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    let mut wrong = Vec::new();
    for file in files(&root.join("src")).into_iter().chain(files(&root.join("crates"))) {
        let text = fs::read_to_string(&file).unwrap();
        let Ok(tokens) = text.parse::<TokenStream>() else { panic!("{}", file.display()) };
        let mut literals = Vec::new();
        collect(tokens, &mut literals);
        for line in literals.iter().flat_map(|literal| commands(literal)) {
            count += 1;
            if let Err(why) = parse(&line) {
                wrong.push(format!("{}: `{line}`: {why}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 25, "only {count} commands were found");
}

#[test]
fn a_command_is_found_and_judged() {
    let found = commands(
        "accept it: `mad baseline accept last --reason … --until …`; or `mad build -p {profile} --target x && docker run`",
    );
    assert_eq!(
        found,
        ["mad baseline accept last --reason x --until 2027-01-31", "mad build -p cpu --target x"]
    );
    assert!(parse("mad build -p cpu --target x").is_ok());
    assert!(parse("mad history list").is_ok());
    // A command that is only named.
    assert!(parse("mad add").is_ok());
    for wrong in
        ["mad bild", "mad baseline accept -x", "mad build --targt x", "mad add --profile a"]
    {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

/// The commands between backticks, each with values for what is filled in.
fn commands(literal: &str) -> Vec<String> {
    let quoted = literal.split('`').skip(1).step_by(2);
    let commands = quoted.filter(|text| text.starts_with("mad ") && !text.contains('\n'));
    commands.map(|text| filled(text.split(" && ").next().unwrap())).collect()
}

fn filled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let name = name.split(':').next().unwrap();
        let value = VALUES.iter().find(|(known, _)| *known == name).map_or("x", |(_, value)| value);
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    let out = out.replace("--until …", "--until 2027-01-31").replace(":NAME", ":name");
    out.replace('…', "x")
        .replace("PROFILE", "cpu")
        .replace("VERSION", "1.0.0")
        .replace("PACKAGE", "pip:x")
}

fn parse(line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
    let mut command = mad::cli::command();
    let Err(error) = command.clone().try_get_matches_from(&words) else { return Ok(()) };
    if matches!(
        error.kind(),
        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
    ) {
        return Ok(());
    }
    // "see `mad add`": the name alone, of a command that wants more.
    for word in &words[1..] {
        match command.find_subcommand(word) {
            Some(below) => command = below.clone(),
            None => return Err(error.to_string().lines().next().unwrap_or_default().to_owned()),
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if matches!(stem, "tests" | "testing" | "test-support") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// String literals outside attributes and outside what is compiled for tests only.
fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut is_test = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                // `#![…]`
                let bang = matches!(tokens.get(at + 1), Some(TokenTree::Punct(sign)) if sign.as_char() == '!');
                at += usize::from(bang);
                if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                    is_test |= group.stream().to_string().replace(' ', "") == "cfg(test)";
                    at += 1;
                }
            }
            TokenTree::Group(group) => {
                if !is_test {
                    collect(group.stream(), found);
                }
                is_test = false;
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => is_test = false,
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.starts_with('"') || text.starts_with('r') {
                    found.push(text);
                }
            }
            _ => {}
        }
        at += 1;
    }
}
