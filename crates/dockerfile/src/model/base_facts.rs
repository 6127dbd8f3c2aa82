//! What the base images say of themselves, for whoever can ask an engine. A file alone says nothing of
//! it: without facts the base's user, folder, shell and variables are unknown, never guessed.

use std::collections::BTreeMap;

/// The configuration of an image, as far as a Dockerfile that starts from it sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseFacts {
    /// `User`; empty for root.
    pub user: String,
    /// `Env`, in order.
    pub env: Vec<(String, String)>,
    /// `WorkingDir`; empty for `/`.
    pub workdir: String,
    /// `Shell`; `None` for the engine's own.
    pub shell: Option<Vec<String>>,
    /// `OnBuild`: instructions that are executed at `FROM`.
    pub onbuild: Vec<String>,
}

impl BaseFacts {
    /// Whether its user is the superuser, as far as its name says.
    pub fn is_root(&self) -> bool {
        let user = self.user.split(':').next().unwrap_or_default();
        matches!(user, "" | "root" | "0")
    }
}

/// Base images by the name that stands after `FROM`, with the defaults of the `ARG`s above.
pub type Bases = BTreeMap<String, BaseFacts>;
