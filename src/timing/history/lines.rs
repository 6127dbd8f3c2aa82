//! Lines of whatever comes from elsewhere, each no longer than a limit.

use std::io::{BufRead, Read};

use super::error::{Fault, HistoryError};
use crate::limits::{IMPORT_BYTES, IMPORT_LINE_BYTES};

/// Lines without their ends.
pub(super) struct Lines<R> {
    reader: R,
    /// Bytes that were read.
    read: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, read: 0 }
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let mut line = Vec::new();
        let most = IMPORT_LINE_BYTES as u64 + 1;
        let read = (&mut self.reader).take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|error| HistoryError::Read { why: error.to_string() })?;
        self.read += read as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > IMPORT_LINE_BYTES {
            let why = format!("a line is longer than {} MiB", IMPORT_LINE_BYTES >> 20);
            return Err(HistoryError::TooLarge { why }.into());
        }
        if self.read > IMPORT_BYTES {
            let why = format!("it is larger than {} GiB", IMPORT_BYTES >> 30);
            return Err(HistoryError::TooLarge { why }.into());
        }
        Ok((read > 0).then_some(line))
    }
}
