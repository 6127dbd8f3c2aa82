//! `NNNNNNNN.sum`: what kinds of lines a packed segment has, so that nobody reads it again to know.
//!
//! Kinds are formed a second time over all segments, because one alone may not show that a word varies.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::group::{Message, group};
use super::mask::mask;
use crate::logs::level::Level;
use crate::logs::record::Head;
use crate::logs::time::{self, Micros};

const FORMAT: u32 = 1;
/// Kinds of one segment before they are grouped; what is new then is counted as lines alone.
const MOST: usize = 4000;
const MINUTE: Micros = 60_000_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub v: u32,
    pub lines: u64,
    pub bytes: u64,
    /// Lines of each level by service.
    pub services: BTreeMap<String, [u64; 6]>,
    /// Lines of each level by minute, since 1970.
    pub minutes: BTreeMap<i64, [u64; 6]>,
    pub patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    pub service: String,
    pub level: Level,
    pub pattern: String,
    pub count: u64,
    /// Microseconds since 1970.
    pub first: Micros,
    pub last: Micros,
    /// The busiest minute, since 1970, and its lines.
    pub peak: (i64, u64),
    /// A message of it.
    pub example: String,
}

impl Pattern {
    /// Far more in one minute than in the others.
    pub fn is_burst(&self) -> bool {
        let minutes = (self.last - self.first) / MINUTE + 1;
        let others = (self.count - self.peak.1) as f64 / (minutes - 1).max(1) as f64;
        self.peak.1 >= 20 && self.peak.1 as f64 >= 10.0 * others.max(0.2) && minutes >= 5
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        if other.first < self.first {
            self.first = other.first;
            self.example.clone_from(&other.example);
        }
        self.last = self.last.max(other.last);
        if other.peak.0 == self.peak.0 {
            self.peak.1 += other.peak.1;
        } else if other.peak.1 > self.peak.1 {
            self.peak = other.peak;
        }
    }
}

/// Of lines, and of summaries.
#[derive(Default)]
pub struct Summaries {
    whole: Summary,
    kinds: HashMap<String, Kind>,
    key: String,
}

struct Kind {
    pattern: Pattern,
    minute: (i64, u64),
}

impl Summaries {
    pub fn lines(&mut self, piece: &[u8]) {
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            if let Some(head) = Head::of(line.strip_suffix(b"\n").unwrap_or(line)) {
                self.line(&head, line.len());
            }
        }
    }

    fn line(&mut self, head: &Head<'_>, length: usize) {
        let at = time::parse(head.time).unwrap_or(0);
        let minute = at.div_euclid(MINUTE);
        let service = std::str::from_utf8(head.service).unwrap_or("");
        self.whole.lines += 1;
        self.whole.bytes += length as u64;
        self.whole.minutes.entry(minute).or_default()[head.level as usize] += 1;
        match self.whole.services.get_mut(service) {
            Some(levels) => levels[head.level as usize] += 1,
            None => {
                self.whole.services.entry(service.to_owned()).or_default()[head.level as usize] += 1
            }
        }
        let (message, fields) = head.parts();
        let message: std::borrow::Cow<'_, str> = match serde_json::from_slice::<&str>(message) {
            Ok(plain) => plain.into(),
            Err(_) => serde_json::from_slice::<String>(message).unwrap_or_default().into(),
        };
        self.key.clear();
        self.key.push_str(service);
        self.key.push('\u{1f}');
        self.key.push_str(head.level.name());
        self.key.push('\u{1f}');
        if message.is_empty() {
            keys(fields, &mut self.key);
        } else {
            mask(&message, &mut self.key);
        }
        if let Some(kind) = self.kinds.get_mut(&self.key) {
            kind.pattern.count += 1;
            kind.pattern.first = kind.pattern.first.min(at);
            kind.pattern.last = kind.pattern.last.max(at);
            if kind.minute.0 != minute {
                kind.minute = (minute, 0);
            }
            kind.minute.1 += 1;
            if kind.minute.1 > kind.pattern.peak.1 {
                kind.pattern.peak = kind.minute;
            }
        } else if self.kinds.len() < MOST {
            let words = self.key.rsplit('\u{1f}').next().unwrap_or("").to_owned();
            let pattern = Pattern {
                service: service.to_owned(),
                level: head.level,
                pattern: words,
                count: 1,
                first: at,
                last: at,
                peak: (minute, 1),
                example: message.chars().take(300).collect(),
            };
            self.kinds.insert(self.key.clone(), Kind { pattern, minute: (minute, 1) });
        }
    }

    pub fn summary(&mut self, other: Summary) {
        self.whole.lines += other.lines;
        self.whole.bytes += other.bytes;
        let add = |to: &mut [u64; 6], from: &[u64; 6]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        for (service, levels) in &other.services {
            add(self.whole.services.entry(service.clone()).or_default(), levels);
        }
        for (minute, levels) in &other.minutes {
            add(self.whole.minutes.entry(*minute).or_default(), levels);
        }
        for pattern in other.patterns {
            let key = [&*pattern.service, pattern.level.name(), &*pattern.pattern].join("\u{1f}");
            match self.kinds.get_mut(&key) {
                Some(kind) => kind.pattern.add(&pattern),
                None => drop(self.kinds.insert(key, Kind { minute: pattern.peak, pattern })),
            }
        }
    }

    /// What is known now, the kinds grouped, the most frequent first.
    pub fn grouped(self) -> Summary {
        self.formed(|_, _| {})
    }

    /// The kind of every masked message, by its key.
    #[cfg(test)]
    pub fn kinds(self) -> HashMap<String, String> {
        let mut kinds = HashMap::new();
        self.formed(|member, words| {
            let head = [&*member.service, member.level.name()].join("\u{1f}");
            kinds.insert([&*head, &*member.pattern].join("\u{1f}"), [&*head, words].join(" "));
        });
        kinds
    }

    #[cfg(test)]
    pub fn key_of(mut self, line: &[u8]) -> String {
        self.lines(line);
        self.key
    }

    fn formed(self, mut each: impl FnMut(&Pattern, &str)) -> Summary {
        let mut sets: BTreeMap<(String, Level), Vec<Pattern>> = BTreeMap::new();
        let mut all: Vec<Pattern> = self.kinds.into_values().map(|kind| kind.pattern).collect();
        all.sort_unstable_by(before);
        for pattern in all {
            sets.entry((pattern.service.clone(), pattern.level)).or_default().push(pattern);
        }
        let mut patterns = Vec::new();
        for members in sets.into_values() {
            let messages: Vec<Message<'_>> = members
                .iter()
                .map(|member| Message {
                    words: member.pattern.split(' ').collect(),
                    count: member.count,
                })
                .collect();
            let kinds = group(&messages);
            let mut formed: BTreeMap<String, Pattern> = BTreeMap::new();
            for (member, words) in members.into_iter().zip(kinds) {
                let words = words.join(" ");
                each(&member, &words);
                match formed.get_mut(&words) {
                    Some(known) => known.add(&member),
                    None => {
                        drop(formed.insert(words.clone(), Pattern { pattern: words, ..member }))
                    }
                }
            }
            patterns.extend(formed.into_values());
        }
        patterns.sort_unstable_by(before);
        Summary { v: FORMAT, patterns, ..self.whole }
    }
}

/// The frequent ones first.
fn before(a: &Pattern, b: &Pattern) -> Ordering {
    let key = |of: &'_ Pattern| (Reverse(of.count), of.level);
    key(a)
        .cmp(&key(b))
        .then_with(|| a.pattern.cmp(&b.pattern))
        .then_with(|| a.service.cmp(&b.service))
}

impl Summary {
    /// Nothing for a format of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|summary: &Self| summary.v == FORMAT)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A line without a message is what keys it has.
fn keys(fields: &[u8], out: &mut String) {
    let text = format!("{{{}}}", String::from_utf8_lossy(fields));
    let object = serde_json::from_str::<crate::logs::parse::Object<'_>>(&text);
    for (at, (key, _)) in object.iter().flat_map(|object| &object.0).enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(key);
        out.push_str("=<*>");
    }
}
