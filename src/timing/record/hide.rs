//! What a record may hold: see [`Redactor`].

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Record, Trial};
use crate::redact::{Redactor, Texts};
use crate::timing::judge::Judgement;

impl Record {
    /// Hides the values of build arguments, `ENV`s and the profile that are not declared harmless, and
    /// then each of them wherever else it stands: in an instruction, a label, an error.
    pub fn hide(&mut self, redactor: &mut Redactor) {
        for (key, value) in &mut self.plan.values {
            *value = redactor.profile_value(key, value);
        }
        for step in &mut self.steps {
            for (name, value) in &mut step.inputs.args {
                *value = redactor.variable(name, value);
            }
            for line in &mut step.inputs.state {
                hide_line(line, redactor);
            }
        }
        let texts = redactor.texts();
        // By this a build is found again and compared: a label that happens to be the name of the profile,
        // or a word of the project's path, must not change it. Secrets must, here too.
        let place = hidden(&self.series, &redactor.logs()).unwrap_or_else(|| self.series.clone());
        // Files are hashes and modes, which hold no value, and paths. As JSON a hundred thousand of them would take
        // a hundred megabytes.
        let files: Vec<_> =
            self.steps.iter_mut().map(|step| std::mem::take(&mut step.inputs.files)).collect();
        // By its JSON: no text is forgotten, whatever a record comes to hold.
        if let Some(hidden) = hidden(self, &texts) {
            *self = hidden;
        }
        for (step, mut files) in self.steps.iter_mut().zip(files) {
            for file in &mut files {
                if let Cow::Owned(path) = texts.hide(&file.path) {
                    Arc::make_mut(file).path = path;
                }
            }
            step.inputs.files = files;
        }
        self.series = place;
    }
}

impl Trial {
    /// Hides in its texts, the lines of logs among them, what `redactor` has hidden of the build.
    pub fn hide(&mut self, redactor: &Redactor) {
        if let Some(hidden) = hidden(self, &redactor.texts()) {
            *self = hidden;
        }
    }
}

impl Judgement {
    /// Hides what a cause tells of values; `redact` has hidden the record that is judged.
    pub fn hide(&mut self, redactor: &mut Redactor) {
        use crate::timing::judge::Cause;
        for cause in self.misses.iter_mut().flat_map(|miss| &mut miss.causes) {
            match cause {
                Cause::Argument { name, old, new } => {
                    for value in old.iter_mut().chain(new) {
                        *value = redactor.variable(name, value);
                    }
                }
                Cause::Value { key, old, new, .. } => {
                    for value in old.iter_mut().chain(new) {
                        *value = redactor.profile_value(key, value);
                    }
                }
                Cause::State { old, new } => {
                    old.iter_mut().chain(new).for_each(|line| hide_line(line, redactor));
                }
                _ => {}
            }
        }
        if let Some(hidden) = hidden(self, &redactor.texts()) {
            *self = hidden;
        }
    }
}

/// `ENV NAME=value`; other lines of state are texts.
fn hide_line(line: &mut String, redactor: &mut Redactor) {
    let parts = line.strip_prefix("ENV ").and_then(|rest| rest.split_once('='));
    if let Some((name, value)) = parts {
        *line = format!("ENV {name}={}", redactor.variable(name, value));
    }
}

fn hidden<T: serde::Serialize + serde::de::DeserializeOwned>(
    facts: &T,
    texts: &Texts,
) -> Option<T> {
    let mut value = serde_json::to_value(facts).expect("facts are JSON");
    walk(&mut value, texts).then(|| serde_json::from_value(value).ok()).flatten()
}

/// Whether anything was replaced. Names of enum variants and ids of builds hold no value of theirs, so
/// what comes out can be read back.
fn walk(value: &mut Value, texts: &Texts) -> bool {
    match value {
        Value::String(text) => {
            let hidden = texts.hide(text);
            let is_new = hidden != *text;
            if is_new {
                *text = hidden.into_owned();
            }
            is_new
        }
        Value::Array(items) => {
            let changed = items.iter_mut().filter_map(|item| walk(item, texts).then_some(()));
            changed.count() > 0
        }
        Value::Object(entries) => {
            entries.iter_mut().fold(false, |some, (_, item)| walk(item, texts) || some)
        }
        _ => false,
    }
}
