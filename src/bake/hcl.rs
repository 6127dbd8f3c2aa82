//! HCL as far as a bake file needs it: blocks with a label, whose attributes are JSON values.
//!
//! The forms are those of the HCL native syntax specification (hashicorp/hcl, `hclsyntax/spec.md`): quoted
//! templates know fewer escapes than JSON, and `${` and `%{` begin a template.

use serde_json::{Map, Value};

/// `KIND "LABEL" { … }`.
pub(super) fn block(kind: &str, label: &str, attributes: &Map<String, Value>) -> String {
    let lines = attributes.iter().map(|(key, value)| format!("  {key} = {}\n", expression(value)));
    format!("{kind} {} {{\n{}}}\n", quoted(label), lines.collect::<String>())
}

fn expression(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(expression).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("    {} = {}\n", quoted(key), expression(value))
            };
            format!("{{\n{}  }}", entries.iter().map(entry).collect::<String>())
        }
        // `null`, booleans and numbers are written as in JSON.
        plain => plain.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in escape_template(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text that comes out of a template as it is.
pub(super) fn escape_template(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}
