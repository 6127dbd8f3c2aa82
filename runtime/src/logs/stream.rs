//! One stream of one program: from bytes to records.

use super::join::Joined;
use super::level::Level;
use super::lines::{Line, Lines};
use super::parse::Parsed;
use super::record::Record;
use super::time::Micros;

/// A line waits this long for what may belong to it, a line without its end ten times as long.
pub const WAIT: Micros = 100_000;

pub struct Stream {
    service: String,
    name: &'static str,
    lines: Lines,
    /// Bytes came for the line that has no end yet.
    last_read: Micros,
    joiner: Joiner,
}

struct Joiner {
    open: Option<Joined>,
    /// When its first line came, and its last.
    began: Micros,
    since: Micros,
    parsed: Parsed,
}

impl Stream {
    pub fn new(service: &str, name: &'static str) -> Self {
        let joiner = Joiner { open: None, began: 0, since: 0, parsed: Parsed::default() };
        let service = service.to_owned();
        Self { service, name, lines: Lines::default(), last_read: 0, joiner }
    }

    /// Appends the records to `out`; how many they were.
    pub fn read(&mut self, bytes: &[u8], now: Micros, out: &mut Vec<u8>) -> u64 {
        self.last_read = now;
        let mut sink = Sink { service: &self.service, stream: self.name, out, written: 0 };
        self.lines.read(bytes, |line| self.joiner.line(&line, now, &mut sink));
        sink.written
    }

    /// Ends what has waited long enough.
    pub fn tick(&mut self, now: Micros, out: &mut Vec<u8>) -> u64 {
        let mut sink = Sink { service: &self.service, stream: self.name, out, written: 0 };
        // A clock that was set back ends it too.
        if !(0..10 * WAIT).contains(&(now - self.last_read)) {
            self.lines.end(|line| self.joiner.line(&line, now, &mut sink));
        }
        if !(0..WAIT).contains(&(now - self.joiner.since)) {
            self.joiner.close(&mut sink);
        }
        sink.written
    }

    pub fn end(&mut self, now: Micros, out: &mut Vec<u8>) -> u64 {
        let mut sink = Sink { service: &self.service, stream: self.name, out, written: 0 };
        self.lines.end(|line| self.joiner.line(&line, now, &mut sink));
        self.joiner.close(&mut sink);
        sink.written
    }
}

struct Sink<'a> {
    service: &'a str,
    stream: &'static str,
    out: &'a mut Vec<u8>,
    written: u64,
}

impl Sink<'_> {
    fn write(&mut self, parsed: &Parsed, arrived: Micros) {
        self.written += 1;
        let record = Record {
            time: parsed.time.unwrap_or(arrived),
            service: self.service,
            stream: self.stream,
            level: parsed.level.unwrap_or(Level::Info),
            message: &parsed.message,
            fields: &parsed.fields,
        };
        record.write(self.out);
    }
}

impl Joiner {
    fn line(&mut self, line: &Line<'_>, now: Micros, sink: &mut Sink<'_>) {
        if line.left_out == 0 {
            if let Some(open) = &mut self.open
                && open.add(line.text)
            {
                self.since = now;
                return;
            }
            self.close(sink);
            if line.text.is_empty() {
                return;
            }
            if line.text[0] == b'{' && self.parsed.json(line.text, now) {
                self.parsed.card(line.text);
                sink.write(&self.parsed, now);
                return;
            }
            self.open = Some(Joined::new(line.text));
            (self.began, self.since) = (now, now);
        } else {
            self.close(sink);
            self.parsed.text(line.text, None);
            self.parsed.number("left_out_bytes", line.left_out);
            self.parsed.card(line.text);
            sink.write(&self.parsed, now);
        }
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        if let Some(open) = self.open.take() {
            self.parsed.text(&open.text, open.is_trace().then_some(Level::Error));
            self.parsed.card(&open.text);
            sink.write(&self.parsed, self.began);
        }
    }
}
