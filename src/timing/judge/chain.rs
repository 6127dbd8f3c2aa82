//! What a step's result is made from, as far down as the base: equal ones are one result in the
//! engine's cache.
//!
//! The engine knows neither what a stage is called nor by which name an image was found, and some
//! spellings are one to it. Where two that are one to it are two here, an earlier time is not found.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::timing::record::Record;

/// For each step a hash of its own inputs, and of those of all that it needs.
pub(super) fn chains(record: &Record) -> Vec<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut known: HashMap<&str, u64> = HashMap::new();
    // What steps that do nothing stand on.
    let mut through: HashMap<&str, (BTreeSet<u64>, Vec<String>)> = HashMap::new();
    let mut all = Vec::with_capacity(record.steps.len());
    let stages: BTreeSet<String> =
        record.steps.iter().map(|step| step.stage.to_ascii_lowercase()).collect();
    for step in &record.steps {
        let inputs = &step.inputs;
        let (mut above, mut images) = (BTreeSet::new(), Vec::new());
        for id in &inputs.needs {
            match (through.get(id.as_str()), known.get(id.as_str())) {
                (Some((chains, names)), _) => {
                    above.extend(chains);
                    images.extend(names.iter().cloned());
                }
                (None, Some(chain)) => {
                    above.insert(*chain);
                }
                (None, None) => {}
            }
        }
        let image = |name: &String| record.plan.images.get(name).unwrap_or(name).clone();
        images.extend(inputs.images.iter().map(image));
        if inputs.text == "WORKDIR /" {
            through.insert(&step.id, (above.clone(), images.clone()));
        }
        let state: Vec<&String> =
            inputs.state.iter().filter(|line| !USUAL_STATE.contains(&line.as_str())).collect();
        let text = without_stages(&shell_form(&inputs.text), &stages);
        let mut hasher = DefaultHasher::new();
        (text, state, &inputs.args, &inputs.files, above, images).hash(&mut hasher);
        let chain = hasher.finish();
        known.insert(&step.id, chain);
        all.push(chain);
    }
    all
}

/// State that a step has in any case, unless its base image says otherwise.
const USUAL_STATE: [&str; 2] = ["WORKDIR /", r#"SHELL ["/bin/sh", "-c"]"#];

/// `RUN ["/bin/sh", "-c", "make"]` as `RUN make`, which it is to the engine.
fn shell_form(text: &str) -> Cow<'_, str> {
    let of_json = || {
        let at = text.find(" [")?;
        let words: Vec<String> = serde_json::from_str(&text[at + 1..]).ok()?;
        match words.as_slice() {
            [shell, flag, script] if shell == "/bin/sh" && flag == "-c" => {
                Some(format!("{} {script}", &text[..at]))
            }
            _ => None,
        }
    };
    let found = text.starts_with("RUN ").then(of_json).flatten();
    found.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// An instruction without the names of stages in its flags: what it takes from them is in the steps
/// that it needs.
fn without_stages(text: &str, stages: &BTreeSet<String>) -> String {
    let is_stage = |name: &str| {
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        is_number || stages.contains(&name.to_ascii_lowercase())
    };
    let part = |part: &str| match part.strip_prefix("from=") {
        Some(name) if is_stage(name) => "from=".to_owned(),
        _ => part.to_owned(),
    };
    let mut is_flag = true;
    let words = text.split(' ').enumerate().map(|(at, word)| {
        is_flag &= at == 0 || word.starts_with("--");
        match word.strip_prefix("--").filter(|_| is_flag) {
            Some(flag) if flag.starts_with("from=") => format!("--{}", part(flag)),
            Some(flag) => match flag.strip_prefix("mount=") {
                Some(mount) => {
                    let parts: Vec<String> = mount.split(',').map(part).collect();
                    format!("--mount={}", parts.join(","))
                }
                None => word.to_owned(),
            },
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{build, step};
    use super::*;

    #[test]
    fn stages_have_no_names_in_what_a_result_is_made_from() {
        let stages = ["build", "deps"].map(str::to_owned).into();
        for (text, expected) in [
            ("COPY --from=Build /a /b", "COPY --from= /a /b"),
            ("COPY --from=0 --chown=1 /a /b", "COPY --from= --chown=1 /a /b"),
            ("COPY --from=debian:trixie /a /b", "COPY --from=debian:trixie /a /b"),
            (
                "RUN --mount=type=bind,from=deps,target=/d make --from=deps",
                "RUN --mount=type=bind,from=,target=/d make --from=deps",
            ),
            ("RUN make from=deps", "RUN make from=deps"),
        ] {
            assert_eq!(without_stages(text, &stages), expected);
        }
    }

    /// Spellings that are one to the engine, and some that are not.
    #[test]
    fn what_is_one_result_to_the_engine_is_one_here() {
        let run = "RUN make";
        let with = |edit: fn(&mut Record)| {
            let mut record = build(1, vec![step("a", run, Some(1000))]);
            record.steps[0].inputs.images = vec!["base".to_owned()];
            record.plan.images = BTreeMap::from([("base".to_owned(), "sha256:aa".to_owned())]);
            edit(&mut record);
            *chains(&record).last().unwrap()
        };
        let usual = with(|_| {});
        type Edit = fn(&mut Record);
        let same: [Edit; 5] = [
            |record| record.steps[0].stage = "renamed".to_owned(),
            |record| record.steps[0].id = "renamed:1".to_owned(),
            |record| {
                record.steps[0].inputs.images = vec!["docker.io/base".to_owned()];
                let image = ("docker.io/base".to_owned(), "sha256:aa".to_owned());
                record.plan.images = BTreeMap::from([image]);
            },
            |record| {
                record.steps[0].inputs.text = r#"RUN ["/bin/sh", "-c", "make"]"#.to_owned();
            },
            |record| {
                let mut above = step("a", "WORKDIR /", Some(0));
                above.inputs.images = std::mem::take(&mut record.steps[0].inputs.images);
                record.steps[0].inputs.needs = vec![above.id.clone()];
                record.steps[0].inputs.state =
                    USUAL_STATE.iter().map(|line| (*line).to_owned()).collect();
                record.steps.insert(0, above);
            },
        ];
        for (at, edit) in same.into_iter().enumerate() {
            assert_eq!(with(edit), usual, "{at}");
        }
        let other: [Edit; 4] = [
            |record| record.steps[0].inputs.text = r#"RUN ["/bin/bash", "-c", "make"]"#.to_owned(),
            |record| record.steps[0].inputs.state = vec!["WORKDIR /x".to_owned()],
            |record| {
                record.plan.images.insert("base".to_owned(), "sha256:bb".to_owned());
            },
            |record| {
                let above = step("a", "RUN true", Some(0));
                record.steps[0].inputs.needs = vec![above.id.clone()];
                record.steps.insert(0, above);
            },
        ];
        for (at, edit) in other.into_iter().enumerate() {
            assert_ne!(with(edit), usual, "{at}");
        }
    }
}
