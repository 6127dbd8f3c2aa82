//! What can be wrong with a profile, and the words for it.

use thiserror::Error;

use super::check::Rule;
use super::condition::ConditionError;
use super::image_ref::{ImageRef, ImageRefError};
use super::key::KeyError;
use crate::project::yaml::{self, Explain, Position, quoted, shown};
use crate::project::{AssetError, FilesError};

/// A fault in a profile, a settings file or a `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// What any YAML file can get wrong.
    #[error(transparent)]
    Yaml(#[from] yaml::Fault),
    /// A profile that extends itself.
    #[error("`extends` is circular: {}", arrows(.chain))]
    Cycle {
        /// From the first profile of the circle to itself.
        chain: Vec<String>,
    },
    /// A name in `extends` that no file has.
    #[error("no profile `{}`, extended by {}", shown(.name), arrows(.chain))]
    NoProfile {
        /// As written.
        name: String,
        /// From the profile asked for to the one that names it.
        chain: Vec<String>,
        /// What was probably meant.
        suggestion: Option<String>,
        /// The profiles that exist.
        known: Vec<String>,
    },
    /// More files than any profile is made of, or more text in them.
    #[error("found more than {files} files or {} MiB of text in one profile, expected fewer", .bytes >> 20)]
    TooManyLayers {
        /// The most files.
        files: usize,
        /// The most bytes.
        bytes: usize,
    },
    /// A name in `extends` that leads to a file that cannot be read.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// Two entries for one thing in one list of one file.
    #[error("`{}` was given before, at {}:{}", shown(.what), .first.line, .first.column)]
    Repeated {
        /// The package, destination or target.
        what: String,
        /// Where it was given first.
        first: Position,
    },
    /// No image reference.
    #[error("found `{}`, expected an image reference: {reason}", shown(.found))]
    Image {
        /// As written.
        found: String,
        /// What is wrong with it.
        reason: ImageRefError,
    },
    /// A value that breaks a rule.
    #[error("found `{}`, expected {}", shown(.found), .rule.expected())]
    Refused {
        /// As written.
        found: String,
        /// The rule.
        rule: Rule,
    },
    /// A `source` that cannot be copied.
    #[error(transparent)]
    Source(#[from] FilesError),
    /// A patch series without a folder.
    #[error("no patches in `patches/{}`", shown(.name))]
    NoPatches {
        /// As written.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// The series that exist.
        known: Vec<String>,
    },
    /// The condition of an alert that cannot be evaluated.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// A mount of a path outside the project that nobody allowed.
    #[error("`{}` is outside the project, and `mount_sources` of mad.yaml {}", shown(.found), named(.allowed))]
    MountSource {
        /// As written.
        found: String,
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// What the program in the image would refuse of its configuration.
    #[error("`{}`: {problem}", shown(.key))]
    Runtime {
        /// The key, dotted.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An MCP server of npm in an image without npm's packages.
    #[error("the server `{}` is in /opt/mad/node, and `node.packages` names no package", shown(.server))]
    NoNode {
        /// Its name.
        server: String,
    },
    /// A `--set` whose key is no path.
    #[error("{reason}")]
    SetKey {
        /// What is wrong with it.
        reason: KeyError,
    },
    /// A `--set` of what decides which files are read.
    #[error("found `extends`, which only a file can set: it decides which files are read")]
    SetExtends,
    /// A `--set` without `=`.
    #[error("found no `=` after `{key}`, expected `KEY=VALUE`")]
    SetWithoutValue {
        /// As typed.
        key: String,
    },
    /// A `--set` whose value YAML reads as a comment.
    #[error("found the comment `{value}`, expected a value")]
    SetComment {
        /// As typed.
        value: String,
    },
    /// A `--set` with nothing after `=`.
    #[error("found nothing after `{key}=`, expected a value")]
    SetEmpty {
        /// As typed.
        key: String,
    },
}

fn named(allowed: &[String]) -> String {
    match allowed {
        [] => "names nothing".to_owned(),
        allowed => format!("names {}", quoted(allowed)),
    }
}

fn arrows(chain: &[String]) -> String {
    chain.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ")
}

/// "did you mean", or else what there is.
pub(super) fn meant(suggestion: Option<&String>, kind: &str, known: &[String]) -> Option<String> {
    match suggestion {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() => None,
        None => Some(format!("the {kind} are {}", quoted(known))),
    }
}

impl Explain for Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Yaml(fault) => fault.hint(),
            Self::NoNode { server } => Some(format!(
                "drop it with `mcp.servers.{server}: null`, or the gateway with `mcp: null`"
            )),
            Self::TooManyLayers { .. } | Self::Runtime { .. } => None,
            Self::MountSource { found, .. } => Some(format!(
                "allow it on this machine: `mount_sources: [{}]` in mad.local.yaml",
                shown(found)
            )),
            Self::Cycle { .. } => Some("remove one `extends` of the cycle".to_owned()),
            Self::NoProfile { suggestion, known, .. } => {
                meant(suggestion.as_ref(), "profiles", known)
            }
            Self::Asset(error) => error.hint(),
            Self::Repeated { .. } => Some("keep one of the two".to_owned()),
            Self::Image { found, reason } => {
                let better = match reason {
                    ImageRefError::Capitals { name } => {
                        found.replacen(name.as_str(), &name.to_lowercase(), 1)
                    }
                    ImageRefError::Scheme { .. } => {
                        found.split_once("://").map_or("", |(_, rest)| rest).to_owned()
                    }
                    _ => String::new(),
                };
                Some(match better.parse::<ImageRef>() {
                    Ok(image) => format!("did you mean `{image}`?"),
                    Err(_) => "for example `debian:trixie-slim` or `registry.example.org:5000/team/base:1`".to_owned(),
                })
            }
            Self::Refused { found, rule } => rule.hint(found),
            Self::Source(error) => error.hint(),
            Self::NoPatches { suggestion, known, .. } => {
                meant(suggestion.as_ref(), "series", known)
            }
            Self::Condition(error) => error.hint(),
            Self::SetKey { reason: KeyError::Empty } => {
                Some("write `--set KEY=VALUE`, with dots between keys".to_owned())
            }
            Self::SetKey { .. } => {
                Some("put a key with dots in quotes: `--set 'labels.\"a.b\"=c'`".to_owned())
            }
            Self::SetExtends => {
                Some("name the profile with `-p`, or write one with `extends: [A, B]`".to_owned())
            }
            Self::SetWithoutValue { key } => Some(format!("write `--set {key}=VALUE`")),
            Self::SetComment { value } => Some(format!("write it in quotes: '\"{value}\"'")),
            Self::SetEmpty { key } => Some(format!(
                "`--set {key}=null` drops what was inherited, `--set '{key}=\"\"'` sets empty text"
            )),
        }
    }
}
