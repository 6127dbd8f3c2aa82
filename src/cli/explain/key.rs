//! A key of a profile, explained.

use std::fmt::Write;

use crate::cli::globals::Globals;
use crate::cli::profile_args::chosen_silently;
use crate::profile::{KeyDocs, Loaded, Profile};
use crate::timing::clean_line;

/// What is shown at most of the values of a profile.
const VALUES: usize = 12;

/// What it is for, what it takes, and what the profile says; `typed` is the key with its places and names.
pub(super) fn explain(
    globals: &Globals,
    docs: &KeyDocs,
    typed: &str,
    profile: Option<&str>,
) -> String {
    let mut text = format!("{}: {}\n\n{}\n", docs.key, docs.expects, docs.text);
    for (title, rows) in [("One of:", &docs.choices), ("Below it:", &docs.below)] {
        table(&mut text, title, rows);
    }
    if let Some(loaded) = load(globals, profile) {
        text.push_str(&values(&loaded, typed));
    }
    text
}

/// The profile in question, where there is one that loads: a key is explained without, too.
fn load(globals: &Globals, profile: Option<&str>) -> Option<Loaded> {
    let project = globals.project().ok()?;
    let name = chosen_silently(&project, profile)?;
    Profile::load(&project, &name, &[], None).ok()
}

fn table(text: &mut String, title: &str, rows: &[(String, String)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    if !rows.is_empty() {
        writeln!(text, "\n{title}").expect("a string takes all");
    }
    for (name, about) in rows {
        writeln!(text, "  {name:<width$}  {about}").expect("a string takes all");
    }
}

fn values(loaded: &Loaded, typed: &str) -> String {
    let origins = loaded.origins();
    let is_below = |key: &str| {
        key.strip_prefix(typed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let found: Vec<_> = origins.values.iter().filter(|value| is_below(&value.key)).collect();
    let profile = clean_line(&loaded.name);
    if found.is_empty() {
        return format!("\nProfile `{profile}` does not say it.\n");
    }
    let mut text = format!("\nIn profile `{profile}`:\n");
    for value in found.iter().take(VALUES) {
        let at = value.at.as_ref().map_or("default".to_owned(), ToString::to_string);
        let said = value_at(&origins.profile, &value.key);
        writeln!(
            text,
            "  {}: {}  ({})",
            clean_line(&value.key),
            clean_line(&said),
            clean_line(&at)
        )
        .expect("a string takes all");
    }
    if found.len() > VALUES {
        writeln!(text, "  and {} more: `mad show config`", found.len() - VALUES)
            .expect("a string takes all");
    }
    text
}

/// The value at a key that [`Loaded::origins`] gave.
fn value_at(profile: &serde_json::Value, key: &str) -> String {
    let found = Profile::key_parts(key).into_iter().try_fold(profile, |at, part| match at {
        serde_json::Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        at => at.get(&part),
    });
    match found {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
