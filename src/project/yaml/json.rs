//! A tree that has its shape, as JSON for serde.

use serde_json::{Map, Value as Json};

use super::{Kind, Node, Shape, Value};

/// The values of `node`, read as `shape` wants them: where text is wanted, `12.8` stays `12.8`.
/// Keys whose value is null are left out.
pub fn to_json(node: &Node, shape: &Shape) -> Json {
    match &node.value {
        Value::Map(entries) => {
            let present = entries.iter().filter(|entry| !entry.value.is_null());
            let fields: Map<String, Json> = present
                .map(|entry| (entry.key.clone(), to_json(&entry.value, shape.field(&entry.key))))
                .collect();
            Json::Object(fields)
        }
        Value::List(items) => {
            let item = match shape {
                Shape::List(item) => item,
                _ => &Shape::Any,
            };
            Json::Array(items.iter().map(|value| to_json(value, item)).collect())
        }
        Value::Scalar(scalar) => match (shape, node.kind()) {
            (Shape::Text | Shape::Choice(_), _) => Json::from(scalar.text.clone()),
            (_, Some(Kind::Null)) => Json::Null,
            (_, Some(Kind::Bool(value))) => Json::from(value),
            (_, Some(Kind::Integer(value))) => Json::from(value),
            _ => Json::from(scalar.text.clone()),
        },
    }
}
