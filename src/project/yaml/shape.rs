//! What a YAML file may hold, taken from the JSON Schema of its Rust type.
//!
//! One source for three uses: serde reads the type, editors read its schema, and `conform` reads
//! the same schema through this file. So a new field of a type is known here at once. Only the
//! part of JSON Schema that schemars writes for our types is understood; the rest is `Any`.

use serde_json::Value as Json;

/// What may stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer {
        /// The least that is allowed.
        min: i64,
        /// The most that is allowed.
        max: i64,
    },
    /// One of these words.
    Choice(Vec<String>),
    /// A list.
    List(Box<Shape>),
    /// A map with these keys only.
    Record {
        /// Keys in the order of the type.
        fields: Vec<(String, Shape)>,
        /// Keys that must be there.
        required: Vec<String>,
    },
    /// A map with any keys.
    Map(Box<Shape>),
    /// One of these.
    Either(Vec<Shape>),
    /// Anything.
    Any,
}

impl Shape {
    /// The shape that a schema without references describes; `null` is left out, as every key
    /// takes it.
    pub fn from_schema(schema: &Json) -> Self {
        if let Some(fields) = schema["properties"].as_object() {
            return Self::Record {
                fields: fields
                    .iter()
                    .map(|(key, field)| (key.clone(), Self::from_schema(field)))
                    .collect(),
                required: texts(&schema["required"]),
            };
        }
        if let Some(choices) = schema["enum"].as_array() {
            return Self::Choice(
                choices.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            );
        }
        if let Some(options) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            return Self::from_options(options);
        }
        let kind = match &schema["type"] {
            Json::Array(kinds) => kinds.iter().find(|kind| *kind != "null").and_then(Json::as_str),
            kind => kind.as_str(),
        };
        match kind {
            Some("string") => Self::Text,
            Some("boolean") => Self::Bool,
            Some("integer") => Self::Integer {
                min: schema["minimum"].as_i64().unwrap_or(i64::MIN),
                max: schema["maximum"].as_i64().unwrap_or(i64::MAX),
            },
            Some("array") => Self::List(Box::new(Self::from_schema(&schema["items"]))),
            Some("object") => {
                Self::Map(Box::new(Self::from_schema(&schema["additionalProperties"])))
            }
            _ => Self::Any,
        }
    }

    fn from_options(options: &[Json]) -> Self {
        let constants: Vec<String> = options
            .iter()
            .filter_map(|option| option["const"].as_str())
            .map(str::to_owned)
            .collect();
        let mut rest: Vec<Self> = options
            .iter()
            .filter(|option| option["const"].is_null() && option["type"] != "null")
            .map(Self::from_schema)
            .collect();
        if !constants.is_empty() {
            rest.push(Self::Choice(constants));
        }
        if rest.len() == 1 { rest.remove(0) } else { Self::Either(rest) }
    }

    /// What may stand under a key.
    pub fn field(&self, key: &str) -> &Self {
        match self {
            Self::Record { fields, .. } => {
                fields.iter().find(|(name, _)| name == key).map_or(&Self::Any, |(_, field)| field)
            }
            Self::Map(item) => item,
            _ => &Self::Any,
        }
    }

    /// What is expected, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Integer { min: i64::MIN, .. } | Self::Integer { max: i64::MAX, .. } => {
                "a whole number".to_owned()
            }
            Self::Integer { min, max } => format!("a number from {min} to {max}"),
            Self::Choice(words) => {
                words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
            }
            Self::List(_) => "a list".to_owned(),
            Self::Record { .. } | Self::Map(_) => "a map".to_owned(),
            Self::Either(options) => {
                options.iter().map(Self::words).collect::<Vec<_>>().join(" or ")
            }
            Self::Any => "anything".to_owned(),
        }
    }
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_become_shapes() {
        for (schema, shape) in [
            (json!({"type": ["string", "null"]}), Shape::Text),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9}),
                Shape::Integer { min: 1, max: 9 },
            ),
            (
                json!({"oneOf": [{"const": "a"}, {"const": "b"}]}),
                Shape::Choice(vec!["a".into(), "b".into()]),
            ),
            (json!({"anyOf": [{"type": "boolean"}, {"type": "null"}]}), Shape::Bool),
            (
                json!({"type": "object", "additionalProperties": true}),
                Shape::Map(Box::new(Shape::Any)),
            ),
        ] {
            assert_eq!(Shape::from_schema(&schema), shape, "{schema}");
        }
    }
}
