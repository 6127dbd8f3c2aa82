//! Compose, version 2: the plugin of Docker's client, or the program `docker-compose`.

use std::path::Path;
use std::process::{Command, Stdio};

use thiserror::Error;

/// How Compose is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    words: Vec<String>,
}

/// No Compose that reads what mad writes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoCompose {
    /// None at all.
    #[error("found neither `docker compose` nor `docker-compose`, expected Compose 2 or later")]
    Absent,
    /// The old one, in Python.
    #[error("found `docker-compose` {version}, expected Compose 2 or later")]
    Old {
        /// As it says.
        version: String,
    },
}

impl NoCompose {
    /// What helps.
    pub fn hint(&self) -> Option<String> {
        Some("install it: `apt-get install docker-compose-plugin` from Docker's packages, `docker-compose` of Debian 13, or `docker-compose-v2` of Ubuntu".to_owned())
    }
}

const CANDIDATES: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];

impl Program {
    /// Asks each that there may be for its version.
    pub fn find() -> Result<Self, NoCompose> {
        let mut old = None;
        for words in CANDIDATES {
            let Some(version) = version(words) else { continue };
            if is_new(&version) {
                return Ok(Self { words: words.iter().map(|word| (*word).to_owned()).collect() });
            }
            old = Some(version);
        }
        Err(old.map_or(NoCompose::Absent, |version| NoCompose::Old { version }))
    }

    /// The words of a call that takes `files` of the rendered `folder`.
    pub fn call(&self, folder: &Path, files: &[&str], arguments: &[String]) -> Vec<String> {
        let mut words = self.words.clone();
        for file in files {
            words.push("-f".to_owned());
            words.push(folder.join(file).display().to_string());
        }
        words.extend_from_slice(arguments);
        words
    }
}

fn version(words: &[&str]) -> Option<String> {
    let asked = Command::new(words[0])
        .args(&words[1..])
        .args(["version", "--short"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    // Docker's client without the plugin takes `compose` for an unknown command, and says so.
    (asked.status.success() && text.contains('.')).then_some(text)
}

fn is_new(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 2)
}

/// As it is typed into a shell.
pub fn command_line(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+@%=:/,-".contains(c);
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_they_are_said() {
        for (version, expected) in [
            ("2.26.1-4", true),
            ("v2.40.0", true),
            ("5.0.1", true),
            ("1.29.2", false),
            ("x", false),
        ] {
            assert_eq!(is_new(version), expected, "{version}");
        }
    }

    #[test]
    fn the_call_can_be_typed() {
        let program = Program { words: vec!["docker".into(), "compose".into()] };
        let words = program.call(Path::new("/a b"), &["compose.yaml"], &["up".into(), "-d".into()]);
        assert_eq!(command_line(&words), "docker compose -f '/a b/compose.yaml' up -d");
        assert_eq!(command_line(&["it's".into(), String::new()]), r"'it'\''s' ''");
    }
}
