//! What a step is made from: all that decides whether its earlier result can be used again.
//!
//! BuildKit keys a step by its instruction, the environment it runs in, the content it mounts or
//! copies (path, mode and bytes; times and owners do not count) and the steps before it. The same
//! parts are written down here, so that a miss can be explained by comparing two of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a step is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StepInputs {
    /// The instruction as the engine reads it: flags, arguments, then its heredocs, a line each.
    pub text: String,
    /// The state that it runs in, in order: `ENV A=b`, `USER 1000:1000`, `WORKDIR /x`, `SHELL …`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<String>,
    /// The build arguments that it sees, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    // Shared: there may be a hundred thousand of them, in as many builds as are compared.
    /// The files of the context that it copies or mounts, sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "shared")]
    #[schemars(with = "Vec<InputFile>")]
    pub files: Vec<Arc<InputFile>>,
    /// Ids of the steps whose results it takes, sorted: the one before it, those of `--from=`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The images that it starts from or copies from, by the name that the Dockerfile gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// The values of the profile that its template names: `user.uid`, or `mounts` for all of them.
    /// `None` where that was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeSet<String>>,
}

/// A file of the context.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct InputFile {
    /// Path in the context, for example `locks/cpu.txt`.
    pub path: String,
    /// `0644`, `0755` or `link`.
    pub mode: String,
    /// SHA-256 of the content (of the target, for a link), in hexadecimal.
    pub sha256: String,
}

/// A list of shared files reads and writes as a list of files.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::InputFile;

    pub fn serialize<S: Serializer>(files: &[Arc<InputFile>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(files.iter().map(Arc::as_ref))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Arc<InputFile>>, D::Error> {
        Ok(Vec::<InputFile>::deserialize(from)?.into_iter().map(Arc::new).collect())
    }
}

/// The files of the context that mad writes itself, and the values of the profile that are all their
/// content. A project's own files are elsewhere, below `project/`.
const WRITTEN: [(&str, &[&str]); 3] = [
    ("files/runtime.json", &["mcp", "services"]),
    ("files/supervisord.conf", &["services"]),
    ("locks/package.json", &["node.npm", "node.overrides", "node.packages"]),
];

/// The values of the profile that a file of the context is written from; none for the files that are
/// copied as they are.
pub fn written_from(path: &str) -> &'static [&'static str] {
    WRITTEN.iter().find(|(written, _)| *written == path).map_or(&[], |(_, values)| values)
}

/// A line of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The template's path in the project, for example `templates/stages/base.j2`.
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
