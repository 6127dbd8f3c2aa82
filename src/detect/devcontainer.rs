//! `devcontainer.json`: JSON with comments, <https://containers.dev>.

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value;

use super::Detected;
use super::tools::{apt, of_tool};
use crate::profile::Rule;

pub(super) fn read(text: &str, found: &mut Detected) {
    let value: Value = match parse_to_serde_value(text, &ParseOptions::default()) {
        Ok(value) => value,
        Err(error) => {
            return found.note(format!("the `.devcontainer.json` cannot be read: {error}"));
        }
    };
    if let Some(image) = value["image"].as_str() {
        found.note(format!(
            "devcontainer.json starts from `{image}`; the profile starts from its own base"
        ));
    }
    let user = value["remoteUser"].as_str().or_else(|| value["containerUser"].as_str());
    found.user = user.filter(|user| Rule::UserName.allows(user)).map(str::to_owned);
    for (name, value) in members(&value["containerEnv"]).chain(members(&value["remoteEnv"])) {
        match value.as_str() {
            // What the editor fills in is not known here.
            Some(text) if !text.contains("${") && Rule::EnvName.allows(name) => {
                found.env.insert(name.clone(), text.to_owned());
            }
            _ => found.left_out(&format!("the variable {name} of devcontainer.json")),
        }
    }
    for (feature, _) in members(&value["features"]) {
        let name = feature.rsplit('/').next().unwrap_or(feature);
        match of_tool(name.split(':').next().unwrap_or(name)) {
            Some(packages) => apt(packages, found),
            None => found.left_out(&format!("the feature {feature} of devcontainer.json")),
        }
    }
    for key in ["onCreateCommand", "postCreateCommand", "postStartCommand"] {
        if let Some(command) = value[key].as_str() {
            found.note(format!("run by hand in the container, as `{key}` says: `{command}`"));
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
