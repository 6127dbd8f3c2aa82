//! What of a step's inputs is not what it was.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::Cause;
use crate::timing::record::{InputFile, StepInputs, written_from};
use crate::timing::record::{PlanFacts, StepRecord};

/// Two plans, for what is not in a step's own inputs.
#[derive(Clone, Copy)]
pub(super) struct Plans<'a> {
    pub old: &'a PlanFacts,
    pub new: &'a PlanFacts,
    /// Where a value of the profile is written now.
    pub locate: &'a dyn Fn(&str) -> Option<String>,
}

/// What changed for a step, less what it builds on; the most telling first.
pub(super) fn differences(old: &StepRecord, new: &StepRecord, plans: Plans<'_>) -> Vec<Cause> {
    let (before, after) = (&old.inputs, &new.inputs);
    let mut causes = text(before, after, plans);
    causes.extend(files(&before.files, &after.files, plans));
    causes.extend(arguments(&before.args, &after.args));
    causes.extend(images(before, after, plans));
    causes.extend(state(&before.state, &after.state));
    causes
}

/// Why the instruction reads otherwise: values of the profile, an edit of its template, or both.
fn text(old: &StepInputs, new: &StepInputs, plans: Plans<'_>) -> Vec<Cause> {
    if old.text == new.text {
        return Vec::new();
    }
    let values = values(old, new, plans);
    let is_edited = plans.old.templates != plans.new.templates;
    let mut causes = values;
    if is_edited || causes.is_empty() {
        causes.push(Cause::Instruction { old: old.text.clone(), new: new.text.clone() });
    }
    causes
}

/// The values of the profile that changed and that the step's rendering used, now or before.
///
/// A record that does not tell which those are names none: that a value changed, or has digits in
/// common with the instruction, is no evidence that the step has it.
fn values(old: &StepInputs, new: &StepInputs, plans: Plans<'_>) -> Vec<Cause> {
    let Some(used) = &new.values else { return Vec::new() };
    let names: BTreeSet<&str> =
        used.iter().chain(old.values.iter().flatten()).map(String::as_str).collect();
    changed_values(&names, plans)
}

/// The values of the profile that changed and that one of `names` is or holds.
fn changed_values(names: &BTreeSet<&str>, plans: Plans<'_>) -> Vec<Cause> {
    changes(&plans.old.values, &plans.new.values)
        .into_iter()
        .filter(|key| names.iter().any(|name| is_value(name, key)))
        .map(|key| Cause::Value {
            at: (plans.locate)(&key),
            old: plans.old.values.get(&key).cloned(),
            new: plans.new.values.get(&key).cloned(),
            key,
        })
        .collect()
}

/// Whether what a template names (`user.home`, `env`) comes from that value of the profile.
fn is_value(name: &str, key: &str) -> bool {
    let is_below = |whole: &str, part: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    // What templates see and no profile says under that name.
    match name {
        "profile.description" => key == "description",
        "user.home" => key == "user.name",
        _ if name.starts_with("gpu.") => is_below("gpu", key),
        _ if name.starts_with("node.") => is_below("node", key),
        _ if name.starts_with("python.") => is_below("python", key),
        _ => is_below(name, key) || is_below(key, name),
    }
}

/// The files that changed; of those that mad writes from the profile, the values that did.
fn files(old: &[Arc<InputFile>], new: &[Arc<InputFile>], plans: Plans<'_>) -> Vec<Cause> {
    // Of many files a few are others: only those are looked at by name.
    let known = |files: &[Arc<InputFile>]| files.iter().cloned().collect::<HashSet<_>>();
    let (in_old, in_new) = (known(old), known(new));
    let (old, new): (Vec<_>, Vec<_>) = (
        old.iter().filter(|file| !in_new.contains(*file)).cloned().collect(),
        new.iter().filter(|file| !in_old.contains(*file)).cloned().collect(),
    );
    let (old, new) = (old.as_slice(), new.as_slice());
    let by_path = |files: &[Arc<InputFile>]| -> BTreeMap<String, String> {
        files.iter().map(|file| (file.path.clone(), short(file))).collect()
    };
    let full = |files: &[Arc<InputFile>]| -> BTreeMap<String, (String, String)> {
        let entry =
            |file: &Arc<InputFile>| (file.path.clone(), (file.sha256.clone(), file.mode.clone()));
        files.iter().map(entry).collect()
    };
    let (old_full, new_full) = (full(old), full(new));
    let (old, new) = (by_path(old), by_path(new));
    let mut names = BTreeSet::new();
    let mut causes = Vec::new();
    for path in changes(&old_full, &new_full) {
        let from: BTreeSet<&str> = written_from(&path).iter().copied().collect();
        // None where another mad writes the same values otherwise.
        if changed_values(&from, plans).is_empty() {
            let (old, new) = (old.get(&path).cloned(), new.get(&path).cloned());
            causes.push(Cause::File { path, old, new });
        } else {
            names.extend(from);
        }
    }
    let mut values = changed_values(&names, plans);
    values.extend(causes);
    values
}

/// `sha256:abcdef12 0644`.
fn short(file: &InputFile) -> String {
    format!("sha256:{} {}", file.sha256.get(..8).unwrap_or(&file.sha256), file.mode)
}

fn arguments(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Cause> {
    changes(old, new)
        .into_iter()
        .map(|name| Cause::Argument {
            old: old.get(&name).cloned(),
            new: new.get(&name).cloned(),
            name,
        })
        .collect()
}

/// The keys whose values differ, sorted.
fn changes<V: PartialEq>(old: &BTreeMap<String, V>, new: &BTreeMap<String, V>) -> Vec<String> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).cloned().collect()
}

fn images(old: &StepInputs, new: &StepInputs, plans: Plans<'_>) -> Vec<Cause> {
    let named = |plan: &PlanFacts, name: &str| match plan.images.get(name) {
        Some(id) if !id.is_empty() => format!("{name} {}", short_id(id)),
        _ => name.to_owned(),
    };
    // Names by their place: the one that a stage starts from comes first in both.
    let mut causes: Vec<Cause> = old
        .images
        .iter()
        .zip(&new.images)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| Cause::Base { old: named(plans.old, old), new: named(plans.new, new) })
        .collect();
    let kept = old.images.iter().filter(|name| new.images.contains(name));
    causes.extend(
        kept.filter(|name| has_moved(name, plans))
            .map(|name| Cause::Base { old: named(plans.old, name), new: named(plans.new, name) }),
    );
    causes
}

/// Whether a name stands for another image now. Where an engine does not tell the id, nothing is
/// known, and nothing is claimed.
fn has_moved(name: &str, plans: Plans<'_>) -> bool {
    match (plans.old.images.get(name), plans.new.images.get(name)) {
        (Some(old), Some(new)) => old != new && !old.is_empty() && !new.is_empty(),
        _ => false,
    }
}

/// `sha256:` and twelve digits, as Docker shortens them.
pub(super) fn short_id(id: &str) -> &str {
    id.get(..19).unwrap_or(id)
}

/// Lines that one has and the other has not, paired by what they set: `ENV PATH=…`, `USER …`.
fn state(old: &[String], new: &[String]) -> Vec<Cause> {
    let subject = |line: &str| {
        let end = if line.starts_with("ENV ") { line.find('=') } else { line.find(' ') };
        line[..end.unwrap_or(line.len())].to_owned()
    };
    let by_subject = |lines: &[String]| -> BTreeMap<String, String> {
        lines.iter().map(|line| (subject(line), line.clone())).collect()
    };
    let (old, new) = (by_subject(old), by_subject(new));
    changes(&old, &new)
        .into_iter()
        .map(|subject| Cause::State {
            old: old.get(&subject).cloned(),
            new: new.get(&subject).cloned(),
        })
        .collect()
}
