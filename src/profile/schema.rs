//! The JSON Schema of a profile file, for editors; and its shape, for `load`.
//!
//! Both come from the types in `model`. A file differs from a loaded profile in three ways: it may
//! extend others, `null` is allowed at every key, and it may leave out what it inherits. The tag
//! `!replace` cannot be said in JSON Schema; editors ignore it.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::Profile;
use crate::project::yaml::Shape;

/// The keys by which entries merge: an entry needs them even where the rest is inherited.
const MERGE_KEYS: [&str; 3] = ["dest", "target", "name"];

/// The schema of a profile file.
pub fn json_schema() -> Json {
    let mut schema = plain();
    loosen(&mut schema);
    let mut fields = Map::new();
    fields.insert(
        "extends".to_owned(),
        json!({
            "description": "Profiles that this one builds on, by name or by path; later ones win.",
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}},
                {"type": "null"}
            ]
        }),
    );
    fields.extend(schema["properties"].as_object().cloned().unwrap_or_default());
    json!({
        "$schema": schema["$schema"],
        "$id": "urn:mad:schema:profile:1",
        "title": "mad profile",
        "description": schema["description"],
        "type": "object",
        "additionalProperties": false,
        "properties": fields
    })
}

/// What one file may hold.
pub(super) fn file_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| Shape::from_schema(&json_schema()))
}

/// What the merged whole holds.
pub(super) fn profile_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| Shape::from_schema(&plain()))
}

/// The schema of the type, in one piece.
fn plain() -> Json {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Profile>().to_value()
}

/// Lets a file leave out what it inherits and drop it with `null`.
fn loosen(schema: &mut Json) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    // A default is what the whole has where no file says anything, not what the file has.
    object.remove("default");
    // Rust's name of the type; the bounds say it in JSON Schema's words.
    object.remove("format");
    if let Some(Json::String(text)) = object.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    let mut kept = Vec::new();
    if let Some(required) = object.get_mut("required").and_then(Json::as_array_mut) {
        required.retain(|key| MERGE_KEYS.iter().any(|merge| key == merge));
        kept.clone_from(required);
        if required.is_empty() {
            object.remove("required");
        }
    }
    if let Some(fields) = object.get_mut("properties").and_then(Json::as_object_mut) {
        for (key, field) in fields {
            loosen(field);
            if !kept.iter().any(|kept| kept == key) {
                nullable(field);
            }
        }
    }
    if let Some(value) = object.get_mut("additionalProperties").filter(|value| value.is_object()) {
        loosen(value);
        nullable(value);
    }
    if let Some(items) = object.get_mut("items") {
        loosen(items);
    }
}

fn nullable(schema: &mut Json) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for key in ["anyOf", "oneOf"] {
        if let Some(options) = object.get_mut(key).and_then(Json::as_array_mut) {
            if !options.iter().any(|option| option["type"] == "null") {
                options.push(json!({"type": "null"}));
            }
            return;
        }
    }
    match object.get_mut("type") {
        Some(Json::Array(kinds)) if !kinds.contains(&json!("null")) => kinds.push(json!("null")),
        Some(kind) if kind.is_string() => *kind = json!([kind.take(), "null"]),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_what_editors_get() {
        insta::assert_json_snapshot!(json_schema());
    }

    #[test]
    fn the_shape_knows_every_key_of_the_type() {
        let Shape::Record { fields, .. } = profile_shape() else { panic!("a profile is a map") };
        let profile = serde_json::to_value(Profile {
            gpu: serde_json::from_value(json!({"cuda": "12.8"})).unwrap(),
            mcp: serde_json::from_value(json!({"servers": {}})).unwrap(),
            services: serde_json::from_value(json!({"a": {}})).unwrap(),
            logs: serde_json::from_value(json!({})).unwrap(),
            resources: serde_json::from_value(json!({"pids": 64})).unwrap(),
            gates: serde_json::from_value(json!({"ready": "warn"})).unwrap(),
            notify: serde_json::from_value(json!({"command": ["x"]})).unwrap(),
            ..Profile::default()
        });
        let mut keys: Vec<String> = profile.unwrap().as_object().unwrap().keys().cloned().collect();
        let mut known: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
        keys.sort();
        known.sort();
        assert_eq!(keys, known);
        assert!(!format!("{:?}", file_shape()).contains("$ref"));
    }
}
