//! Lines as they come.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::expression::Query;
use super::read::for_each_piece;
use super::scan::Filter;
use crate::logs::store::{PACKED, RAW, path, segments};

const LOOK: Duration = Duration::from_millis(200);

/// Gives lines from that place on to `each`, until it returns false. A line is given once it is whole.
pub fn follow(
    directory: &Path,
    query: &Query,
    (mut number, mut offset): (u64, u64),
    mut each: impl FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let filter = Filter::new(query);
    loop {
        let all: Vec<u64> = segments(directory)?
            .into_iter()
            .map(|(number, _)| number)
            .filter(|n| *n >= number)
            .collect();
        for (at, segment) in all.iter().enumerate() {
            if *segment != number {
                (number, offset) = (*segment, 0);
            }
            let mut going_on = true;
            let read = for_each_piece(directory, number, (offset, u64::MAX), |piece| {
                // The rest of a line that is just being written comes with the next look.
                let whole = memchr::memrchr(b'\n', piece).map_or(0, |end| end + 1);
                let mut out = Vec::new();
                filter.lines(query, &piece[..whole], &mut out);
                offset += whole as u64;
                for line in out.split_inclusive(|byte| *byte == b'\n') {
                    going_on = going_on && each(line);
                }
                going_on
            });
            match read {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            if !going_on {
                return Ok(());
            }
            // One that is packed, or has a successor, does not grow.
            let packed =
                path(directory, number, PACKED).exists() && !path(directory, number, RAW).exists();
            if packed && at + 1 == all.len() {
                (number, offset) = (number + 1, 0);
            }
        }
        thread::sleep(LOOK);
    }
}
