//! What a plan takes from whoever builds it: the names of its arguments, the secrets that it mounts.

use super::Plan;
use dockerfile::{Instruction, arg_words};

/// A secret that a step mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretMount {
    /// Its id.
    pub id: String,
    /// Whether the step says that it cannot do without.
    pub required: bool,
}

impl Plan {
    /// The names of all `ARG`s.
    pub fn arguments(&self) -> Vec<String> {
        let escape = self.file.escape();
        let arguments = self.instructions().filter(|instruction| instruction.keyword == "ARG");
        let declared = arguments.flat_map(|argument| arg_words(&argument.exact, escape));
        declared.map(|(name, _)| name).collect()
    }

    /// The secrets that steps mount.
    pub fn secret_mounts(&self) -> Vec<SecretMount> {
        let mounts = self.instructions().flat_map(|instruction| instruction.flag("mount"));
        mounts.filter_map(secret).collect()
    }

    /// Whether a step mounts this ssh agent; one without an id is `default`.
    pub fn mounts_ssh(&self, id: &str) -> bool {
        let mut mounts = self.instructions().flat_map(|instruction| instruction.flag("mount"));
        mounts.any(|mount| {
            let fields = || mount.trim_matches('"').split(',');
            let named = fields().find_map(|field| field.strip_prefix("id=")).unwrap_or("default");
            fields().any(|field| field == "type=ssh") && named == id
        })
    }

    fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.file.blocks().iter().map(|block| &block.instruction)
    }
}

/// `type=secret,id=ID,target=PATH,required`, as BuildKit reads it: without an id the target's last
/// name is it.
fn secret(mount: &str) -> Option<SecretMount> {
    let fields = || {
        let fields = mount.trim_matches('"').split(',');
        fields.map(|field| field.split_once('=').unwrap_or((field, "true")))
    };
    let value = |names: &[&str]| {
        let found = fields().filter(|(name, _)| names.contains(&&*name.to_ascii_lowercase()));
        found.map(|(_, value)| value.to_owned()).next_back()
    };
    if value(&["type"])? != "secret" {
        return None;
    }
    let target = value(&["target", "dst", "destination"]);
    let name = |path: String| path.rsplit('/').next().map(str::to_owned);
    let id = value(&["id"]).or_else(|| target.and_then(name))?;
    let required = value(&["required"]).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Some(SecretMount { id, required })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_mounts_are_read_as_buildkit_reads_them() {
        let found = |mount: &str| secret(mount).map(|secret| (secret.id, secret.required));
        let id = |id: &str, required| Some((id.to_owned(), required));
        assert_eq!(found("type=secret,id=npm"), id("npm", false));
        assert_eq!(found("id=npm,required,type=secret"), id("npm", true));
        assert_eq!(found("type=secret,id=a,required=true"), id("a", true));
        assert_eq!(found("type=secret,id=a,required=false"), id("a", false));
        assert_eq!(found("type=secret,target=/root/.npmrc"), id(".npmrc", false));
        assert_eq!(found("type=secret,id=a,env=TOKEN"), id("a", false));
        assert_eq!(found("type=cache,id=a,target=/x"), None);
        assert_eq!(found("target=/x"), None);
    }
}
