//! `level>=error service=mcp-gateway since=2h "timeout"`: words that all must hold.
//!
//! A word without `=` is a text that the message or the fields have; in quotes it may hold blanks. `-` before a
//! word means that it must not hold. Unknown keys are fields of the program: `status=500`.

use crate::logs::index::{Frame, at_least};
use crate::logs::level::{LEVELS, Level};
use crate::logs::parse::Object;
use crate::logs::record::{Head, write_text};
use crate::logs::time::{self, Micros};

const ALL: u8 = 0xff;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    #[error("`{0}` is no level: trace, debug, info, warn, error or fatal")]
    Level(String),
    #[error("`{0}` is no time: write `2h`, `30m`, `7d` ago, or `2026-11-29T11:00:00Z`")]
    Time(String),
    #[error("a quote is not closed in `{0}`")]
    Quote(String),
    #[error("`{0}` has nothing after its operator")]
    Empty(String),
    #[error("only `level` is compared with `{operator}`, not `{key}`")]
    Compared { key: String, operator: &'static str },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub levels: u8,
    pub since: Micros,
    pub until: Micros,
    services: Vec<(bool, Vec<String>)>,
    streams: Vec<(bool, String)>,
    /// As they stand in JSON, without quotes.
    texts: Vec<(bool, Vec<u8>)>,
    fields: Vec<(bool, String, String)>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            levels: ALL,
            since: Micros::MIN,
            until: Micros::MAX,
            services: Vec::new(),
            streams: Vec::new(),
            texts: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl Query {
    pub fn parse(text: &str, now: Micros) -> Result<Self, QueryError> {
        let mut query = Self::default();
        for word in words(text)? {
            query.word(&word, now)?;
        }
        Ok(query)
    }

    fn word(&mut self, word: &Word, now: Micros) -> Result<(), QueryError> {
        let Word { negated, key, value, operator } = word;
        let Some(key) = key else {
            let mut json = Vec::new();
            write_text(&mut json, value.as_bytes());
            self.texts.push((*negated, json[1..json.len() - 1].to_vec()));
            return Ok(());
        };
        if value.is_empty() {
            return Err(QueryError::Empty(format!("{key}{operator}")));
        }
        if key == "level" {
            let mut mask = 0;
            for name in value.split(',') {
                let level = Level::from_name(name.as_bytes())
                    .ok_or_else(|| QueryError::Level(name.to_owned()))?;
                mask |= match *operator {
                    "=" => level.bit(),
                    ">=" => at_least(level),
                    ">" => at_least(level) & !level.bit(),
                    "<=" => !at_least(level) | level.bit(),
                    _ => !at_least(level),
                };
            }
            self.levels &= if *negated { !mask } else { mask };
            return Ok(());
        }
        if *operator != "=" {
            return Err(QueryError::Compared { key: key.clone(), operator });
        }
        match &**key {
            "service" => {
                self.services.push((*negated, value.split(',').map(str::to_owned).collect()));
            }
            "stream" => self.streams.push((*negated, value.clone())),
            "since" => self.since = self.since.max(moment(value, now)?),
            "until" => self.until = self.until.min(moment(value, now)?),
            key => self.fields.push((*negated, key.to_owned(), value.clone())),
        }
        Ok(())
    }

    /// Whether a frame may have lines of these; `services` are those of its index.
    pub fn may_be_in(&self, frame: &Frame, services: &[String]) -> bool {
        frame.last >= self.since
            && frame.first <= self.until
            && frame.has(self.levels, |at| self.takes_service(&services[at]))
    }

    pub fn takes_service(&self, service: &str) -> bool {
        self.services
            .iter()
            .all(|(negated, names)| names.iter().any(|name| name == service) != *negated)
    }

    /// A text that every line of these has, the longest.
    pub fn needle(&self) -> Option<&[u8]> {
        let texts = self.texts.iter().filter(|(negated, _)| !negated).map(|(_, text)| &text[..]);
        // A line's level stands in it as a word of its own; only one level makes that a text to look for.
        texts.max_by_key(|text| text.len()).filter(|text| !text.is_empty())
    }

    /// What a line with these levels has in it, where that is one text.
    pub fn level_needle(&self) -> Option<Vec<u8>> {
        let mut levels = LEVELS.into_iter().filter(|level| self.levels & level.bit() != 0);
        match (levels.next(), levels.next()) {
            (Some(level), None) => {
                Some(format!("\"level\":\"{}\",\"message\":", level.name()).into_bytes())
            }
            _ => None,
        }
    }

    pub fn holds(&self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(head) = Head::of(line) else { return false };
        if self.levels & head.level.bit() == 0 {
            return false;
        }
        if !self.services.is_empty()
            && !std::str::from_utf8(head.service).is_ok_and(|service| self.takes_service(service))
        {
            return false;
        }
        if self
            .streams
            .iter()
            .any(|(negated, stream)| (stream.as_bytes() == head.stream) == *negated)
        {
            return false;
        }
        if (self.since != Micros::MIN || self.until != Micros::MAX)
            && !time::parse(head.time).is_some_and(|at| (self.since..=self.until).contains(&at))
        {
            return false;
        }
        let has = |text: &[u8]| memchr::memmem::find(head.rest, text).is_some();
        self.texts.iter().all(|(negated, text)| has(text) != *negated)
            && (self.fields.is_empty() || self.fields_hold(&head))
    }

    fn fields_hold(&self, head: &Head<'_>) -> bool {
        let (message, fields) = head.parts();
        let text = format!("{{{}}}", String::from_utf8_lossy(fields));
        let object = serde_json::from_str::<Object<'_>>(&text).unwrap_or(Object(Vec::new()));
        self.fields.iter().all(|(negated, key, value)| {
            let is = |json: &str| match serde_json::from_str::<serde_json::Value>(json) {
                Ok(serde_json::Value::String(text)) => text == *value,
                _ => json == value,
            };
            let found = match &**key {
                "message" => std::str::from_utf8(message).is_ok_and(is),
                key => object.0.iter().any(|(known, json)| known == key && is(json.get())),
            };
            found != *negated
        })
    }
}

/// A time ago, or a moment.
fn moment(text: &str, now: Micros) -> Result<Micros, QueryError> {
    let wrong = || QueryError::Time(text.to_owned());
    if let Some(at) = time::parse(text.as_bytes()) {
        return Ok(at);
    }
    // A day alone is its begin.
    if let Some(at) = time::parse(format!("{text}T00:00:00Z").as_bytes()) {
        return Ok(at);
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let count: i64 = text[..end].parse().map_err(|_| wrong())?;
    let unit: i64 = match &text[end..] {
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return Err(wrong()),
    };
    Ok(now.saturating_sub(count.saturating_mul(unit)))
}

#[derive(Debug)]
struct Word {
    negated: bool,
    key: Option<String>,
    operator: &'static str,
    value: String,
}

fn words(text: &str) -> Result<Vec<Word>, QueryError> {
    const OPERATORS: [&str; 5] = [">=", "<=", "=", ">", "<"];
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let whole = rest;
        let negated = rest.starts_with('-') && rest.len() > 1;
        rest = &rest[usize::from(negated)..];
        let name =
            rest.find(|c: char| !(c.is_alphanumeric() || "_.@-".contains(c))).unwrap_or(rest.len());
        let operator = OPERATORS.iter().find(|operator| rest[name..].starts_with(**operator));
        let (key, operator) = match operator {
            Some(operator) if name > 0 => {
                let key = rest[..name].to_owned();
                rest = &rest[name + operator.len()..];
                (Some(key), *operator)
            }
            _ => (None, "="),
        };
        let mut value = String::new();
        let mut quoted = false;
        let mut chars = rest.char_indices();
        let end = loop {
            match chars.next() {
                None if quoted => return Err(QueryError::Quote(whole.trim_end().to_owned())),
                None => break rest.len(),
                Some((_, '"')) => quoted = !quoted,
                Some((_, '\\')) if quoted => value.extend(chars.next().map(|(_, c)| c)),
                Some((at, c)) if c.is_whitespace() && !quoted => break at,
                Some((_, c)) => value.push(c),
            }
        };
        words.push(Word { negated, key, operator, value });
        rest = rest[end..].trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 1_795_949_561_000_000;

    fn line(level: &str, service: &str, message: &str, fields: &str) -> Vec<u8> {
        format!(
            "{{\"time\":\"2026-11-29T10:00:00.000000Z\",\"service\":\"{service}\",\"stream\":\"stderr\",\"level\":\"{level}\",\"message\":{message}{fields}}}\n"
        )
        .into_bytes()
    }

    fn holds(query: &str, line: &[u8]) -> bool {
        Query::parse(query, NOW).expect(query).holds(line)
    }

    #[test]
    fn all_words_must_hold() {
        let error = line(
            "error",
            "mcp-gateway",
            r#""no answer: timeout of \"a\"""#,
            r#","fields":{"ms":30,"tool":"x y"}"#,
        );
        for query in [
            "",
            r#"level>=error service=mcp-gateway since=2h "timeout""#,
            "level=error,fatal timeout",
            "level>warn -level=fatal",
            r#""timeout of \"a\"""#,
            "ms=30",
            r#"tool="x y" -ms=31"#,
            "-service=worker,page stream=stderr",
            "since=2026-11-29 until=2026-11-29T11:00:00Z",
            "answer -absent",
        ] {
            assert!(holds(query, &error), "{query}");
        }
        for query in [
            "level<error",
            "service=worker",
            "since=10m",
            "until=2h",
            "absent",
            "-timeout",
            "-ms=30",
            "stream=stdout",
            // The head of a line is no text of it.
            "2026-11-29T10",
        ] {
            assert!(!holds(query, &error), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (query, problem) in [
            ("level>=bad", "`bad` is no level"),
            ("since=yesterday", "`yesterday` is no time"),
            ("\"open", "a quote is not closed in `\"open`"),
            ("service=", "`service=` has nothing"),
            ("service>=a", "only `level` is compared"),
        ] {
            let error = Query::parse(query, NOW).expect_err(query).to_string();
            assert!(error.contains(problem), "{query}: {error}");
        }
    }
}
