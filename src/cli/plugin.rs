//! `docker mad …`: mad as a plugin of Docker's command line, under the name `docker-mad`.
//!
//! Protocol: docker/cli, `cli-plugins/manager/metadata.go`. Docker asks for the plugin's metadata, and
//! calls it with everything that was typed behind `docker`: its own options first, then `mad`.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::json;

use super::error::CommandError;
use super::exit::{self, UsageError};
use crate::ui::{Paint, render_error};

/// The name that Docker looks for.
const PROGRAM: &str = "docker-mad";

/// What a call means.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// No call by Docker.
    Direct(Vec<OsString>),
    /// Docker wants to know what this is.
    Metadata,
    /// Docker's shell completion asks; mad has its own.
    Completion,
    /// `docker [OPTIONS] mad …`: mad's arguments, and Docker's options as the variables that mean the same.
    Plugin {
        /// The program's name first.
        arguments: Vec<OsString>,
        /// Names and values.
        variables: Vec<(&'static str, OsString)>,
    },
}

/// The arguments to go on with, the program's name first; or, where Docker's question is answered by now,
/// the exit code.
pub(super) fn resolve(arguments: Vec<OsString>) -> Result<Vec<OsString>, ExitCode> {
    #[allow(clippy::print_stderr)] // before the options that say how errors look
    let fail = |error: CommandError| {
        eprint!("{}", render_error(error.error(), error.hint(), Paint { color: false }));
        Err(ExitCode::from(error.code()))
    };
    match read(arguments) {
        Ok(Call::Direct(arguments)) => Ok(arguments),
        Ok(Call::Completion) => Err(ExitCode::from(exit::DONE)),
        Ok(Call::Metadata) => {
            let code = super::print(&metadata()).map_or(exit::FAILED, |()| exit::DONE);
            Err(ExitCode::from(code))
        }
        Ok(Call::Plugin { arguments, variables }) if variables.is_empty() => Ok(arguments),
        Ok(Call::Plugin { arguments, variables }) => {
            fail(CommandError::from(restart(&arguments, variables)).context("cannot restart mad"))
        }
        Err(error) => fail(error.into()),
    }
}

/// Reads a command line, the program's name first.
fn read(arguments: Vec<OsString>) -> Result<Call, UsageError> {
    let is_plugin = arguments
        .first()
        .and_then(|program| Path::new(program).file_name())
        .is_some_and(|name| name == PROGRAM);
    if !is_plugin {
        return Ok(Call::Direct(arguments));
    }
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some("docker-cli-plugin-metadata") => return Ok(Call::Metadata),
        Some("__complete" | "__completeNoDesc") => return Ok(Call::Completion),
        _ => {}
    }
    let mut variables = Vec::new();
    let mut rest = arguments.into_iter().skip(1);
    while let Some(word) = rest.next() {
        if word == "mad" {
            let arguments = std::iter::once("mad".into()).chain(rest).collect();
            return Ok(Call::Plugin { arguments, variables });
        }
        let text = word.to_str().unwrap_or_default();
        let (name, inline) = match text.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (text, None),
        };
        let variable = match name {
            "--config" => "DOCKER_CONFIG",
            "-c" | "--context" => "DOCKER_CONTEXT",
            "-H" | "--host" => "DOCKER_HOST",
            "--tls" | "--tlsverify" => {
                if inline.as_deref() != Some(OsStr::new("false")) {
                    variables.push(("DOCKER_TLS_VERIFY", "1".into()));
                }
                continue;
            }
            // What Docker itself prints; mad has options of its own for that.
            "-D" | "--debug" => continue,
            "-l" | "--log-level" => {
                if inline.is_none() {
                    rest.next();
                }
                continue;
            }
            "--tlscacert" | "--tlscert" | "--tlskey" => {
                return Err(UsageError {
                    message: format!("`docker {name}` is nothing that `docker mad` can pass on"),
                    hint: Some("put the files in a folder and set DOCKER_CERT_PATH".to_owned()),
                });
            }
            // Called by hand as `docker-mad build`.
            _ => {
                let arguments = ["mad".into(), word].into_iter().chain(rest).collect();
                return Ok(Call::Plugin { arguments, variables });
            }
        };
        let value = inline.or_else(|| rest.next()).unwrap_or_default();
        variables.push((variable, value));
    }
    Ok(Call::Plugin { arguments: vec!["mad".into()], variables })
}

/// What Docker shows of the plugin.
fn metadata() -> String {
    let metadata = json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "the mad authors",
        "Version": env!("CARGO_PKG_VERSION"),
        "ShortDescription": env!("CARGO_PKG_DESCRIPTION"),
    });
    format!("{metadata}\n")
}

/// Starts the program anew with these variables: a process cannot safely change its own. Returns only
/// where that fails.
fn restart(arguments: &[OsString], variables: Vec<(&'static str, OsString)>) -> std::io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    Command::new(program).arg0("mad").args(&arguments[1..]).envs(variables).exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> Call {
        read(words.iter().map(OsString::from).collect()).unwrap()
    }

    fn plugin(arguments: &[&str], variables: &[(&'static str, &str)]) -> Call {
        Call::Plugin {
            arguments: arguments.iter().map(OsString::from).collect(),
            variables: variables.iter().map(|(name, value)| (*name, value.into())).collect(),
        }
    }

    #[test]
    fn calls_by_docker_are_told_from_others() {
        assert_eq!(
            call(&["/usr/bin/mad", "doctor"]),
            Call::Direct(vec!["/usr/bin/mad".into(), "doctor".into()])
        );
        assert_eq!(call(&["/p/docker-mad", "docker-cli-plugin-metadata"]), Call::Metadata);
        assert_eq!(call(&["docker-mad", "__complete", "mad", "b"]), Call::Completion);
        assert_eq!(call(&["docker-mad", "mad", "doctor"]), plugin(&["mad", "doctor"], &[]));
        assert_eq!(call(&["docker-mad", "doctor"]), plugin(&["mad", "doctor"], &[]));
        assert_eq!(call(&["docker-mad"]), plugin(&["mad"], &[]));
    }

    #[test]
    fn dockers_options_become_its_variables() {
        let typed = [
            "docker-mad",
            "--context",
            "far",
            "-H=tcp://a:1",
            "-D",
            "-l",
            "debug",
            "--tlsverify",
            "mad",
            "build",
            "-H",
        ];
        let variables =
            [("DOCKER_CONTEXT", "far"), ("DOCKER_HOST", "tcp://a:1"), ("DOCKER_TLS_VERIFY", "1")];
        assert_eq!(call(&typed), plugin(&["mad", "build", "-H"], &variables));
        let typed = ["docker-mad", "--tlskey", "k", "mad"].map(OsString::from).to_vec();
        assert!(read(typed).unwrap_err().message.contains("--tlskey"));
    }
}
