//! What differs between two lock files, package by package.

use std::collections::{BTreeMap, BTreeSet};

use super::Registry;
use super::pins;

/// One package before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it is from.
    pub registry: Registry,
    /// Its name.
    pub name: String,
    /// Its versions before; none where it is new.
    pub old: Vec<String>,
    /// Its versions now; none where it is gone.
    pub new: Vec<String>,
}

/// The packages that two lock files pin at other versions, sorted by name.
pub fn changes(registry: Registry, old: &str, new: &str) -> Vec<Change> {
    let read = |text: &str| match registry {
        Registry::Npm => pins::of_package_lock(text),
        _ => pins::of_requirements(text),
    };
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (read(old), read(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let versions = |of: &BTreeMap<String, Vec<String>>, name: &String| {
        of.get(name).cloned().unwrap_or_default()
    };
    let change = |name: &String| Change {
        registry,
        name: name.clone(),
        old: versions(&old, name),
        new: versions(&new, name),
    };
    names.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_moved_is_told() {
        let told = changes(Registry::Pip, "a==1\nb==1\nc==1\n", "a==1\nb==2\nd==1\n");
        let told: Vec<String> = told
            .iter()
            .map(|change| format!("{} {:?} {:?}", change.name, change.old, change.new))
            .collect();
        assert_eq!(told, ["b [\"1\"] [\"2\"]", "c [\"1\"] []", "d [] [\"1\"]"]);
    }
}
