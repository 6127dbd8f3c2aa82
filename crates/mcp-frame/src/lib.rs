//! One JSON-RPC message: what a gateway must know of it, and changes to it that touch nothing else.
//!
//! A message is never rebuilt. An id or token is replaced where it stands, so that numbers beyond 2^53,
//! the order of keys, and keys that nobody knows yet arrive as they were sent.

#![warn(unreachable_pub)]

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The members of a message that matter here, in place.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Borrowed where nothing in it is escaped: serde's own `Option<Cow>` never is.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A member that is there, also when it is `null`.
pub fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Notification,
    Response,
}

pub struct Message<'a> {
    text: &'a str,
    pub kind: Kind,
    pub jsonrpc: bool,
    pub id: Option<&'a RawValue>,
    pub method: Cow<'a, str>,
    pub params: Option<&'a RawValue>,
    pub result: Option<&'a RawValue>,
    pub error: Option<&'a RawValue>,
}

/// Why a text is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// -32700
    Parse(String),
    /// -32600, with the id where there is one.
    Invalid(String, Option<String>),
}

impl<'a> Message<'a> {
    pub fn parse(text: &'a str) -> Result<Self, MessageError> {
        if text.trim_start().starts_with('[') {
            return match serde_json::from_str::<&RawValue>(text) {
                Ok(_) => Err(MessageError::Invalid("batches are not supported".into(), None)),
                Err(error) => Err(MessageError::Parse(error.to_string())),
            };
        }
        let members: Members = serde_json::from_str(text).map_err(|error| {
            if error.is_data() && serde_json::from_str::<&RawValue>(text).is_ok() {
                MessageError::Invalid(error.to_string(), None)
            } else {
                MessageError::Parse(error.to_string())
            }
        })?;
        let Members { jsonrpc, id, method, params, result, error } = members;
        let kind = match (&method, id) {
            (Some(_), Some(_)) => Kind::Request,
            (Some(_), None) => Kind::Notification,
            (None, Some(_)) if result.is_some() != error.is_some() => Kind::Response,
            (None, id) => {
                let id = id.map(|id| id.get().to_owned());
                return Err(MessageError::Invalid("neither a request nor an answer".into(), id));
            }
        };
        Ok(Self {
            text,
            kind,
            jsonrpc: jsonrpc.is_some_and(|version| version.0 == "2.0"),
            id,
            method: method.map(|method| method.0).unwrap_or_default(),
            params,
            result,
            error,
        })
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What the parameters say, where they are an object.
    pub fn params(&self) -> Params<'a> {
        let Some(params) = self.params.filter(|params| params.get().starts_with('{')) else {
            return Params::default();
        };
        serde_json::from_str(params.get()).unwrap_or_default()
    }

    /// The token with which it asks for progress; an error where its server could read another one, as of two
    /// members of one name. Most ask for none: looked for before the parameters are read.
    pub fn asks_progress(&self) -> Result<Option<&'a RawValue>, String> {
        static NAME: LazyLock<Finder> = LazyLock::new(|| Finder::new("progressToken"));
        let Some(params) = self.params.filter(|params| params.get().starts_with('{')) else {
            return Ok(None);
        };
        if !self.may_name(&NAME) {
            return Ok(None);
        }
        let params: Params =
            serde_json::from_str(params.get()).map_err(|error| format!("`params`: {error}"))?;
        params.asks_progress()
    }

    /// Whether it can have a member of this name: any spelling of it but the plain one has a backslash.
    pub fn may_name(&self, name: &Finder) -> bool {
        let text = self.text.as_bytes();
        name.find(text).is_some() || memchr::memchr(b'\\', text).is_some()
    }

    /// The same text with parts of it replaced.
    pub fn with(&self, changes: &mut [(&'a RawValue, &str)]) -> Bytes {
        // There are two or three, of which the order is seldom another.
        for end in 1..changes.len() {
            let place = |at: usize| changes[at].0.get().as_ptr();
            let at = (0..end).find(|at| place(*at) > place(end)).unwrap_or(end);
            changes[at..=end].rotate_right(1);
        }
        let added: usize = changes.iter().map(|(_, new)| new.len()).sum();
        let removed: usize = changes.iter().map(|(part, _)| part.get().len()).sum();
        // To the byte: `Bytes` takes such a vector as it is.
        let mut text = Vec::with_capacity(self.text.len() + added - removed);
        let mut at = 0;
        for (part, new) in changes {
            let Range { start, end } = self.range(part);
            text.extend_from_slice(&self.text.as_bytes()[at..start]);
            text.extend_from_slice(new.as_bytes());
            at = end;
        }
        text.extend_from_slice(&self.text.as_bytes()[at..]);
        Bytes::from(text)
    }

    fn range(&self, part: &RawValue) -> Range<usize> {
        let start = part.get().as_ptr() as usize - self.text.as_ptr() as usize;
        start..start + part.get().len()
    }
}

/// The members of parameters that name somebody or something.
#[derive(Default, Deserialize)]
pub struct Params<'a> {
    #[serde(borrow, default, rename = "_meta")]
    pub meta: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "requestId", deserialize_with = "present")]
    pub request_id: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "progressToken", deserialize_with = "present")]
    pub progress_token: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub uri: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub level: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "protocolVersion")]
    pub protocol_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub capabilities: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub token: Option<&'a RawValue>,
}

impl<'a> Params<'a> {
    /// The token under `_meta`, with which a request asks for progress.
    pub fn asks_progress(&self) -> Result<Option<&'a RawValue>, String> {
        #[derive(Deserialize)]
        struct Meta<'a> {
            #[serde(borrow, default, rename = "progressToken", deserialize_with = "present")]
            progress_token: Option<&'a RawValue>,
        }
        let Some(meta) = self.meta.filter(|meta| meta.get().starts_with('{')) else {
            return Ok(None);
        };
        let meta: Meta =
            serde_json::from_str(meta.get()).map_err(|error| format!("`_meta`: {error}"))?;
        Ok(meta.progress_token)
    }
}

/// The text of a JSON string, or nothing where it is something else.
pub fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text>(raw.get()).ok().map(|text| text.0)
}

/// An id as a key: two spellings of one string are one id, a number is its digits.
pub fn id_key(raw: &RawValue) -> Option<Rc<str>> {
    match raw.get().as_bytes().first()? {
        b'"' => string(raw).map(|text| format!("\"{text}").into()),
        b'-' | b'0'..=b'9' => Some(raw.get().into()),
        _ => None,
    }
}

/// Whether it has a key.
pub fn is_id(raw: &RawValue) -> bool {
    match raw.get().as_bytes().first() {
        Some(b'"') => string(raw).is_some(),
        first => matches!(first, Some(b'-' | b'0'..=b'9')),
    }
}

/// Whether brackets nest deeper than `limit`. The parser does not recurse into what it skips, the
/// servers' parsers do.
pub fn deeper_than(text: &[u8], limit: usize) -> bool {
    if memchr::memchr2_iter(b'{', b'[', text).nth(limit).is_none() {
        return false;
    }
    let (mut depth, mut in_string, mut at) = (0usize, false, 0);
    while at < text.len() {
        match text[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    false
}

/// A valid JSON text on one line: a raw newline in it can only be space between values.
pub fn one_line(text: Bytes) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', &text).is_none() {
        return text;
    }
    let mut text = Vec::from(text);
    text.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    Bytes::from(text)
}

/// An answer that says what went wrong; `id` is JSON.
pub fn error(id: &str, code: i32, message: &str) -> Bytes {
    let message = serde_json::to_string(message).expect("text always serialises");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":{message}}}}}"#).into()
}

/// An answer; both are JSON.
pub fn result(id: &str, result: &str) -> Bytes {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).into()
}

impl MessageError {
    pub fn answer(&self) -> Bytes {
        match self {
            Self::Parse(why) => error("null", -32700, &format!("no JSON: {why}")),
            Self::Invalid(why, id) => error(id.as_deref().unwrap_or("null"), -32600, why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn a_change_touches_nothing_else() {
        let text = r#"{"x":1.10, "params":{"_meta":{"progressToken" : "t\u0041","k":[null]}} ,"method":"a\/b","id":1e2,"id2":{"id":3}}"#;
        let message = Message::parse(text).expect("a message");
        assert_eq!((message.kind, &*message.method), (Kind::Request, "a/b"));
        let token = message.asks_progress().expect("readable").expect("there");
        let changed = message.with(&mut [(message.id.expect("there"), "7"), (token, "8")]);
        let expected = text.replace("1e2", "7").replace(r#""t\u0041""#, "8");
        assert_eq!(changed, expected.as_bytes());
        assert_eq!(message.with(&mut []), text.as_bytes());
    }

    #[test]
    fn what_is_no_message_says_why() {
        for (text, code) in [
            ("", -32700),
            ("{", -32700),
            (r#"{"a":1}x"#, -32700),
            ("[]", -32600),
            ("[{]", -32700),
            ("1", -32600),
            ("{}", -32600),
            (r#"{"id":1}"#, -32600),
            (r#"{"id":1,"result":1,"error":{}}"#, -32600),
            (r#"{"id":1,"id":2,"method":"a"}"#, -32600),
            (r#"{"id":1,"method":5}"#, -32600),
        ] {
            let answer = Message::parse(text).map(drop).expect_err(text).answer();
            let answer = String::from_utf8(answer.to_vec()).expect("UTF-8");
            assert!(answer.contains(&code.to_string()), "{text}: {answer}");
        }
    }

    #[test]
    fn a_result_of_null_is_an_answer() {
        let message = Message::parse(r#"{"jsonrpc":"2.0","id":null,"result":null}"#).expect("one");
        assert_eq!((message.kind, message.id.map(RawValue::get)), (Kind::Response, Some("null")));
    }

    #[test]
    fn two_spellings_of_a_string_are_one_id_and_a_number_is_no_string() {
        assert_eq!(id_key(raw(r#""a\u0062""#)), id_key(raw(r#""ab""#)));
        assert_ne!(id_key(raw("1")), id_key(raw(r#""1""#)));
        assert_ne!(id_key(raw("9007199254740992")), id_key(raw("9007199254740993")));
        assert_eq!(
            [id_key(raw("null")), id_key(raw("true")), id_key(raw("[1]"))],
            [None, None, None]
        );
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        let deep = |text: &str| deeper_than(text.as_bytes(), 3);
        assert!(!deep(r#"{"a":[{"b":"[[[[\"[[[["}]}"#) && deep(r#"{"a":[{"b":[]}]}"#));
        assert!(!deep(r#"[[],[],[],[[]]]"#));
    }
}
