//! What a proof says, in lines without markup; both reports show the same ones.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Merged;
use crate::image::Aspect;
use crate::proof::{Attempt, Blame, Outcome, Proof, Proven, StepRef, Timing};
use crate::ui::{count, human_bytes, human_duration};

/// How many paths of one kind are shown.
pub(super) const MAX_PATHS: usize = 20;

/// What is said where nothing was built.
pub(super) const UNPROVEN: &str =
    "no build has confirmed that the image is the same; a comment in the file says so";

/// Steps that became one.
pub(super) fn merged(merged: &Merged) -> String {
    let lines: Vec<String> = merged.lines.iter().map(usize::to_string).collect();
    format!("lines {} merged into line {}", lines.join(", "), merged.to)
}

/// The verdict in a few words.
pub(super) fn verdict(proof: &Proof) -> &'static str {
    match proof.verdict {
        Proven::Same => "same image",
        Proven::SameButUnstable => {
            "same image, except for what also differs between two builds of the original file"
        }
        Proven::Different => "different image",
    }
}

/// What was compared, and what is behind the verdict.
pub(super) fn compared(proof: &Proof) -> String {
    let noise: usize = proof.noise.iter().map(|noise| noise.paths.len()).sum();
    format!(
        "{} compared by type, mode, owner, content, links and attributes, and the image \
         configuration: {} different, {} ignored as known noise; file times not compared",
        count(proof.paths, "path"),
        proof.differences.len() + proof.config.len(),
        noise
    )
}

/// That stages which are only copied from were not compared as images.
pub(super) fn copied_from(stages: &[String]) -> Option<String> {
    let first = stages.first()?;
    let quoted: Vec<String> = stages.iter().map(|stage| format!("`{stage}`")).collect();
    let (stages, them, own) = match &quoted[..] {
        [stage] => (format!("stage {stage} was"), "it", "an image of its own"),
        all => (format!("stages {} were", all.join(", ")), "them", "images of their own"),
    };
    Some(format!(
        "{stages} compared by what is copied from {them} (or made with {them} through a mount), not \
         as {own}: `--target {first}` compares one"
    ))
}

/// `3 different: /a (lines 4, 9)` and the like.
pub(super) fn attempt(attempt: &Attempt) -> String {
    let lines = |steps: &[StepRef]| {
        let lines: Vec<String> = steps.iter().map(|step| step.line.to_string()).collect();
        lines.join(", ")
    };
    let outcome = match &attempt.outcome {
        Outcome::Proven => "same image".to_owned(),
        Outcome::Different { differences, steps } if steps.is_empty() => {
            count(*differences, "difference")
        }
        Outcome::Different { differences, steps } => {
            format!("{}, by the steps of lines {}", count(*differences, "difference"), lines(steps))
        }
        Outcome::Unbuildable { step: Some(step), message } => {
            format!("cannot be built: line {} ({}): {message}", step.line, step.label)
        }
        Outcome::Unbuildable { step: None, message } => format!("cannot be built: {message}"),
    };
    format!("{}, {}: {outcome}", attempt.what, count(attempt.switches, "switch"))
}

/// One path: what differs and who wrote it.
pub(super) fn blame(blame: &Blame) -> String {
    let aspects: Vec<String> = blame.difference.aspects.iter().map(aspect).collect();
    let by = match (&blame.wrote_before, &blame.wrote_after) {
        (Some(before), Some(after)) if before.label == after.label => {
            format!("line {} before and line {} after: {}", before.line, after.line, before.label)
        }
        (Some(before), Some(after)) => format!(
            "line {} before: {}; line {} after: {}",
            before.line, before.label, after.line, after.label
        ),
        (Some(step), None) => format!("line {} before: {}", step.line, step.label),
        (None, Some(step)) => format!("line {} after: {}", step.line, step.label),
        (None, None) => "the base image".to_owned(),
    };
    format!("{}: {}; written by {by}", blame.difference.path, aspects.join(", "))
}

fn aspect(aspect: &Aspect) -> String {
    match aspect {
        Aspect::OnlyBefore { kind } => format!("the {kind} is missing"),
        Aspect::OnlyAfter { kind } => format!("an additional {kind}"),
        Aspect::Type { before, after } => format!("{before} -> {after}"),
        Aspect::Mode { before, after } => format!("mode {before:04o} -> {after:04o}"),
        Aspect::Owner { before, after } => {
            format!("owner {}:{} -> {}:{}", before.0, before.1, after.0, after.1)
        }
        Aspect::Content { before_bytes, after_bytes, .. } if before_bytes == after_bytes => {
            format!("different content, {} both", human_bytes(*before_bytes))
        }
        Aspect::Content { before_bytes, after_bytes, .. } => {
            format!("content {} -> {}", human_bytes(*before_bytes), human_bytes(*after_bytes))
        }
        Aspect::Target { before, after } => format!("target {before} -> {after}"),
        Aspect::Device { before, after } => format!("device {before:?} -> {after:?}"),
        Aspect::Attribute { name, before, after } => {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            format!("{name} {} -> {}", value(before), value(after))
        }
        Aspect::HardLinks { .. } => "different hard links".to_owned(),
    }
}

/// One configuration value, path or noise rule a line, with how many of its kind there are.
pub(super) struct Lists {
    /// Title, lines, and how many more there are.
    pub lists: Vec<(&'static str, Vec<String>, usize)>,
}

impl Lists {
    pub fn of(proof: &Proof) -> Self {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let config = proof.config.iter().map(|difference| {
            let (before, after) = (value(&difference.before), value(&difference.after));
            format!("{}: {before} -> {after}", difference.what)
        });
        let noise = proof.noise.iter().map(|noise| {
            let first = noise.paths.first().map(ToString::to_string).unwrap_or_default();
            format!(
                "{}, {}, first {first}: {}",
                noise.rule,
                count(noise.paths.len(), "path"),
                noise.reason
            )
        });
        let mut lists = Vec::new();
        let mut add = |title, lines: Vec<String>| {
            let more = lines.len().saturating_sub(MAX_PATHS);
            if !lines.is_empty() {
                lists.push((title, lines.into_iter().take(MAX_PATHS).collect(), more));
            }
        };
        add("Different", proof.differences.iter().map(blame).collect());
        add("Configuration", config.collect());
        add(
            "Not reproducible: two builds of the original file differ here in the same way",
            proof.unstable.iter().map(blame).collect(),
        );
        let names = proof.random_names.iter();
        add(
            "Random names: they also differ between two builds of the original file",
            names.map(|name| format!("{} -> {}", name.before, name.after)).collect(),
        );
        add("The Dockerfile itself", proof.itself.iter().map(ToString::to_string).collect());
        add("Known noise", noise.collect());
        Self { lists }
    }
}

/// The build time, where both files were built without the cache.
pub(super) fn times(before: &Timing, after: &Timing) -> Option<String> {
    if !before.no_cache || !after.no_cache || before.wall.is_zero() {
        return None;
    }
    let part = after.wall.as_secs_f64() / before.wall.as_secs_f64();
    let percent = (100.0 * (part - 1.0)).round();
    Some(format!(
        "{} -> {} without the cache, {percent:+} %; one build each",
        human_duration(before.wall),
        human_duration(after.wall)
    ))
}

/// The steps that took longest in a build, with their lines.
pub(super) fn longest(timing: &Timing) -> Vec<String> {
    let mut by_time: BTreeMap<(Duration, usize), &str> = BTreeMap::new();
    for step in timing.steps.iter().filter(|step| !step.cached) {
        by_time.insert((step.duration, step.line), &step.label);
    }
    let longest = by_time.iter().rev().take(5);
    longest
        .map(|((duration, line), label)| {
            format!("{} line {line}: {label}", human_duration(*duration))
        })
        .collect()
}
