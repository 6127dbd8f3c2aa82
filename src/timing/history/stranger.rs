//! Imported records are untrusted input: they decide verdicts and what tags are rolled back to, name
//! files, and are printed.
//!
//! Two passes: [`Plain`] over the bytes, whatever they mean, before anything is made of them; then
//! what each name and time must be. What a build of mad records passes both, so that an export can
//! always be imported.

use std::collections::HashSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::check::{bad, is_build_id, is_hexadecimal, is_image_id};
use super::error::Fault;
use super::{Promotion, check};
use crate::limits::{
    IMPORT_AHEAD_HOURS, IMPORT_ENTRIES, IMPORT_NAME_BYTES, IMPORT_SPANS, IMPORT_STEPS,
    IMPORT_TEXT_BYTES, IMPORT_WORKS, LARGEST_NUMBER,
};
use crate::timing::record::Record;

/// Refuses a record that no build of mad leaves.
pub(super) fn check_record(record: &Record, now: Timestamp) -> Result<(), Fault> {
    check::check(record)?;
    record_fault(record, now).map_or(Ok(()), |why| Err(bad(record, why)))
}

/// Refuses a promotion that no build and no rollback of mad leaves.
pub(super) fn check_promotion(promotion: &Promotion, now: Timestamp) -> Result<(), Fault> {
    let Promotion { at, tag, image, before, build, engine_id, reason } = promotion;
    let why = when(*at, now)
        .or_else(|| (!is_tag(tag)).then(|| expected("tag", tag, "NAME:TAG")))
        .or_else(|| image_fault(image))
        .or_else(|| before.as_deref().and_then(image_fault))
        .or_else(|| {
            let build = build.as_deref().filter(|build| !is_build_id(build))?;
            Some(expected("build", build, "32 hexadecimal digits"))
        })
        .or_else(|| engine_id.as_deref().and_then(engine_fault))
        .or_else(|| name_fault("reason", reason));
    why.map_or(Ok(()), |why| Err(Fault::Content(format!("the promotion cannot be kept: {why}"))))
}

fn record_fault(record: &Record, now: Timestamp) -> Option<String> {
    let Record { series, environment, plan, steps, works, image, failure, .. } = record;
    when(record.started, now)
        .or_else(|| too_many("steps", steps.len(), IMPORT_STEPS))
        .or_else(|| too_many("pieces of the engine's work", works.len(), IMPORT_WORKS))
        .or_else(|| {
            let of_steps = steps.iter().map(|step| step.spans.len());
            let spans = of_steps.chain(works.iter().map(|work| work.spans.len())).sum();
            too_many("spans", spans, IMPORT_SPANS)
        })
        .or_else(|| {
            (!is_profile_name(&series.profile))
                .then(|| expected("profile", &series.profile, "the name of a file"))
        })
        .or_else(|| {
            let load = environment.load_before?;
            (!(0.0..1e6).contains(&load)).then(|| format!("its load is {load}"))
        })
        .or_else(|| environment.engine_id.as_deref().and_then(engine_fault))
        .or_else(|| {
            let image = image.as_ref()?;
            image_fault(&image.id)
                .or_else(|| image.replaced.values().find_map(|id| image_fault(id)))
                .or_else(|| {
                    let names = image.tags.iter().chain(image.replaced.keys());
                    let wrong = names.into_iter().find(|tag| !is_tag(tag))?;
                    Some(expected("tag", wrong, "NAME:TAG"))
                })
        })
        .or_else(|| {
            let places = [&series.project, &series.builder, &series.machine].into_iter();
            let machine = &environment.machine;
            let own = [&environment.mad, &machine.platform, &plan.hash].into_iter();
            let git =
                environment.commit.iter().chain(&environment.branch).chain(&environment.ci_run);
            let step = failure.iter().filter_map(|failure| failure.step.as_ref());
            let layers = image.iter().flat_map(|image| image.layers.iter());
            let mut names = places
                .chain(&series.target)
                .chain(own)
                .chain(&machine.cpu_model)
                .chain(git)
                .chain(step)
                .chain(plan.images.iter().flat_map(|(name, id)| [name, id]))
                .chain(plan.templates.iter().flat_map(|(path, hash)| [path, hash]))
                .chain(plan.values.keys());
            let mut lines =
                layers.map(|layer| &layer.made_by).chain(works.iter().map(|work| &work.label));
            names
                .find_map(|name| name_fault("a name", name))
                .or_else(|| lines.find_map(|line| line_fault("a label", line, IMPORT_TEXT_BYTES)))
        })
        .or_else(|| steps_fault(record))
}

/// Steps have their names once, and are made from those above them: what else a reader would have
/// to survive is not taken in.
fn steps_fault(record: &Record) -> Option<String> {
    let mut above: HashSet<&str> = HashSet::new();
    let all: HashSet<&str> = record.steps.iter().map(|step| step.id.as_str()).collect();
    for step in &record.steps {
        let origin = step.origin.iter().map(|origin| &origin.file);
        let mut names = [&step.id, &step.stage]
            .into_iter()
            .chain(origin)
            .chain(&step.same_as)
            .chain(&step.inputs.needs)
            .chain(&step.inputs.images);
        if let Some(fault) = names.find_map(|name| name_fault("a name of a step", name)) {
            return Some(fault);
        }
        if let Some(fault) = line_fault("a label", &step.label, IMPORT_TEXT_BYTES) {
            return Some(fault);
        }
        let later = |id: &&String| all.contains(id.as_str()) && !above.contains(id.as_str());
        if let Some(need) = step.inputs.needs.iter().find(later) {
            return Some(expected("need", need, "a step above the one that needs it"));
        }
        if step.same_as.as_deref() == Some(step.id.as_str()) {
            return Some(expected("same_as", &step.id, "another step"));
        }
        if !above.insert(&step.id) {
            return Some(format!("two steps have the id `{}`", shown(&step.id)));
        }
    }
    None
}

fn when(at: Timestamp, now: Timestamp) -> Option<String> {
    let ahead = SignedDuration::from_hours(IMPORT_AHEAD_HOURS);
    let latest = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
    (at < Timestamp::UNIX_EPOCH || at > latest)
        .then(|| format!("its time is {at}, expected one from 1970 to now"))
}

fn too_many(what: &str, count: usize, most: usize) -> Option<String> {
    (count > most).then(|| format!("it has {count} {what}, expected {most} at most"))
}

/// What may stand in the name of a file of `baselines`: no folder, nothing hidden, no option.
pub fn is_profile_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(['.', '-'])
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control)
}

/// The characters of a reference; nothing that a program takes for an option.
fn is_tag(tag: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    tag.len() <= 400
        && tag.starts_with(|c: char| c.is_ascii_alphanumeric())
        && tag.chars().all(is_inner)
}

fn image_fault(id: &str) -> Option<String> {
    (!is_image_id(id)).then(|| expected("image", id, "`sha256:` and 64 hexadecimal digits"))
}

fn engine_fault(id: &str) -> Option<String> {
    let is_hash = id.len() == 64 && is_hexadecimal(id);
    (!is_hash).then(|| expected("engine", id, "64 hexadecimal digits"))
}

/// Names are printed on one line, as they are.
fn name_fault(what: &str, name: &str) -> Option<String> {
    line_fault(what, name, IMPORT_NAME_BYTES)
}

fn line_fault(what: &str, line: &str, most: usize) -> Option<String> {
    if line.len() > most {
        return Some(format!("{what} has {} bytes, expected {most} at most", line.len()));
    }
    let control = line.chars().find(|c| c.is_control())?;
    Some(format!("{what}, `{}`, has the control character U+{:04X}", shown(line), control as u32))
}

fn expected(what: &str, found: &str, expected: &str) -> String {
    format!("its {what} is `{}`, expected {expected}", shown(found))
}

/// As much of it as an error needs.
fn shown(text: &str) -> String {
    crate::timing::clean_line(text).chars().take(80).collect()
}

/// JSON of any shape whose numbers, texts and lists stay within the limits. Nothing is kept of it.
pub(super) struct Plain;

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Plain, E> {
        Ok(Plain)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Plain, E> {
        self.visit_u64(number.unsigned_abs())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Plain, E> {
        if number > LARGEST_NUMBER {
            return Err(E::custom(format!("the number {number} is too large")));
        }
        Ok(Plain)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Plain, E> {
        if number.abs() > LARGEST_NUMBER as f64 {
            return Err(E::custom(format!("the number {number} is too large")));
        }
        Ok(Plain)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Plain, E> {
        if text.len() > IMPORT_TEXT_BYTES {
            let length = text.len();
            return Err(E::custom(format!("a text of {length} bytes is too long")));
        }
        if text.contains('\0') {
            return Err(E::custom("a text holds a NUL"));
        }
        Ok(Plain)
    }

    fn visit_unit<E: Error>(self) -> Result<Plain, E> {
        Ok(Plain)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Plain, A::Error> {
        let mut count = 0;
        while let Some(Plain) = list.next_element()? {
            count += 1;
            if count > IMPORT_ENTRIES {
                return Err(A::Error::custom("a list is too long"));
            }
        }
        Ok(Plain)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let mut count = 0;
        while let Some((Plain, Plain)) = map.next_entry()? {
            count += 1;
            if count > IMPORT_ENTRIES {
                return Err(A::Error::custom("a table is too long"));
            }
        }
        Ok(Plain)
    }
}
