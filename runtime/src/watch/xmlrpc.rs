//! Calls and answers of XML-RPC, as far as supervisord speaks it.

use std::collections::BTreeMap;
use std::fmt::Write;

use roxmltree::{Document, Node};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(i64),
    Bool(bool),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Value {
    pub fn text(&self, key: &str) -> &str {
        match self {
            Self::Map(map) => match map.get(key) {
                Some(Self::Text(text)) => text,
                _ => "",
            },
            _ => "",
        }
    }

    pub fn int(&self, key: &str) -> i64 {
        match self {
            Self::Map(map) => match map.get(key) {
                Some(Self::Int(value)) => *value,
                _ => 0,
            },
            _ => 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    #[error("{message}")]
    Fault { code: i64, message: String },
    #[error("no answer of XML-RPC")]
    Unreadable,
}

/// A call with texts and truth values for parameters, which is all that is needed.
pub fn call(method: &str, parameters: &[Value]) -> String {
    let mut text =
        format!("<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>");
    for parameter in parameters {
        text.push_str("<param><value>");
        match parameter {
            Value::Bool(value) => write!(text, "<boolean>{}</boolean>", u8::from(*value)),
            Value::Int(value) => write!(text, "<int>{value}</int>"),
            Value::Text(value) => write!(text, "<string>{}</string>", escaped(value)),
            Value::List(_) | Value::Map(_) => unreachable!("no call here has such a parameter"),
        }
        .expect("a String takes everything");
        text.push_str("</value></param>");
    }
    text + "</params></methodCall>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub fn answer(text: &str) -> Result<Value, AnswerError> {
    let document = Document::parse(text).map_err(|_| AnswerError::Unreadable)?;
    let root = document.root_element();
    let top = child(root).ok_or(AnswerError::Unreadable)?;
    if top.has_tag_name("fault") {
        let fault = child(top).and_then(value).ok_or(AnswerError::Unreadable)?;
        let message = fault.text("faultString").to_owned();
        return Err(AnswerError::Fault { code: fault.int("faultCode"), message });
    }
    let parameter = child(top).and_then(child).and_then(value);
    parameter.ok_or(AnswerError::Unreadable)
}

fn child<'a, 'i>(node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    node.children().find(Node::is_element)
}

fn value(node: Node<'_, '_>) -> Option<Value> {
    let Some(typed) = child(node) else {
        return Some(Value::Text(node.text().unwrap_or_default().to_owned()));
    };
    let text = typed.text().unwrap_or_default();
    Some(match typed.tag_name().name() {
        "int" | "i4" => Value::Int(text.trim().parse().ok()?),
        "boolean" => Value::Bool(text.trim() == "1"),
        "array" => {
            let values = child(typed)?.children().filter(|node| node.has_tag_name("value"));
            Value::List(values.map(value).collect::<Option<_>>()?)
        }
        "struct" => {
            let members = typed.children().filter(|node| node.has_tag_name("member"));
            let member = |node: Node<'_, '_>| {
                let of = |name: &str| node.children().find(|part| part.has_tag_name(name));
                Some((of("name")?.text()?.to_owned(), value(of("value")?)?))
            };
            Value::Map(members.map(member).collect::<Option<_>>()?)
        }
        _ => Value::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_written() {
        let text =
            call("supervisor.startProcess", &[Value::Text("a:<b>".into()), Value::Bool(false)]);
        assert!(text.contains("<methodName>supervisor.startProcess</methodName>"), "{text}");
        assert!(text.contains("<string>a:&lt;b&gt;</string>"), "{text}");
        assert!(text.contains("<boolean>0</boolean>"), "{text}");
    }

    /// As supervisord 4.2.5 answers.
    #[test]
    fn answers_are_read() {
        let list = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n\
            <value><struct>\n<member>\n<name>name</name>\n<value><string>a &amp; b</string></value>\n\
            </member>\n<member>\n<name>state</name>\n<value><int>20</int></value>\n</member>\n\
            <member>\n<name>spawnerr</name>\n<value><string></string></value>\n</member>\n\
            </struct></value>\n</data></array></value>\n</param>\n</params>\n</methodResponse>\n";
        let Ok(Value::List(all)) = answer(list) else { panic!("no list") };
        assert_eq!(
            (all[0].text("name"), all[0].int("state"), all[0].text("spawnerr")),
            ("a & b", 20, "")
        );
        let fault = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n\
            <name>faultCode</name>\n<value><int>60</int></value>\n</member>\n<member>\n\
            <name>faultString</name>\n<value><string>ALREADY_STARTED: a:a</string></value>\n</member>\n\
            </struct></value>\n</fault>\n</methodResponse>\n";
        let error = answer(fault).expect_err("a fault");
        assert_eq!(error, AnswerError::Fault { code: 60, message: "ALREADY_STARTED: a:a".into() });
        assert_eq!(answer("<html>"), Err(AnswerError::Unreadable));
    }
}
