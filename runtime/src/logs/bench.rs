//! What a benchmark needs to fill a directory: lines on their usual way, but with times of its own.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use super::pack::pack;
use super::store::{RAW, Store, path};
use super::stream::Stream;
use super::time::Micros;

pub use super::time::text as time_text;

const SEGMENT: usize = 16 << 20;

/// Makes packed segments.
pub struct Filler {
    store: Store,
    streams: HashMap<String, Stream>,
    raw: Vec<u8>,
}

impl Filler {
    pub fn new(directory: &Path) -> io::Result<Self> {
        let store = Store::open(directory, u64::MAX)?;
        Ok(Self { store, streams: HashMap::new(), raw: Vec::new() })
    }

    /// How many bytes are kept of it.
    pub fn line(&mut self, service: &str, line: &[u8], at: Micros) -> io::Result<u64> {
        let before = self.raw.len();
        if !self.streams.contains_key(service) {
            self.streams.insert(service.to_owned(), Stream::new(service, "stderr"));
        }
        if let Some(stream) = self.streams.get_mut(service) {
            stream.read(line, at, &mut self.raw);
        }
        let kept = (self.raw.len() - before) as u64;
        if self.raw.len() >= SEGMENT {
            self.pack()?;
        }
        Ok(kept)
    }

    pub fn end(&mut self) -> io::Result<()> {
        for stream in self.streams.values_mut() {
            stream.end(Micros::MAX, &mut self.raw);
        }
        self.pack()
    }

    fn pack(&mut self) -> io::Result<()> {
        let number = self.store.begin();
        self.store.grow(number, self.raw.len() as u64);
        fs::write(path(&self.store.directory, number, RAW), &self.raw)?;
        self.store.close(number);
        self.raw.clear();
        pack(&self.store, number).map_err(|error| io::Error::other(error.to_string()))
    }
}
