//! The ledger: a file of JSON lines that is only ever appended to.
//!
//! Each line is on the disk before the next thing is done, so that a watch that is killed forgets nothing it
//! did. A line that was cut short by that is skipped when the file is read, and ended before the next is
//! written. Beside it lies a file that is touched while the watch is alive: a line every ten seconds would
//! only make the ledger long.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::event::{Event, FORMAT, Record};

pub struct Ledger {
    file: File,
    alive: PathBuf,
}

impl Ledger {
    /// Opens the ledger of this directory, and closes the books of a watch that was there before.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let path = path(directory);
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
        if !ends_with_a_line(&mut file)? {
            file.write_all(b"\n")?;
        }
        let mut ledger = Self { file, alive: directory.join("alive") };
        if let Ok(last) = ledger.alive.metadata().and_then(|alive| alive.modified()) {
            ledger.write(last, Event::WatchEnded)?;
        }
        ledger.touch()?;
        Ok(ledger)
    }

    pub fn write(&mut self, at: SystemTime, event: Event) -> io::Result<()> {
        let record = Record { v: FORMAT, at_ms: millis(at), event };
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }

    /// Leaves word that the watch is alive.
    pub fn touch(&self) -> io::Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(&self.alive)?;
        file.set_modified(SystemTime::now())
    }
}

pub fn millis(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

fn path(directory: &Path) -> PathBuf {
    directory.join("incidents.jsonl")
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// All that can be read of the ledger of this directory; no file, no records.
pub fn read(directory: &Path) -> io::Result<Vec<Record>> {
    let bytes = match std::fs::read(path(directory)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// When the watch of this directory was last alive.
pub fn last_alive(directory: &Path) -> Option<u64> {
    let modified = directory.join("alive").metadata().and_then(|file| file.modified());
    modified.ok().map(millis)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stopped(service: &str) -> Event {
        Event::Stopped { service: service.into() }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_line_that_was_cut_short_is_skipped_and_spoils_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::open(folder.path()).expect("opened");
        ledger.write(at(1), stopped("a")).expect("written");
        let file = path(folder.path());
        let whole = std::fs::read(&file).expect("there");
        for cut in 1..whole.len() {
            std::fs::remove_file(folder.path().join("alive")).ok();
            std::fs::write(&file, [&whole[..], &whole[..cut]].concat()).expect("written");
            let mut ledger = Ledger::open(folder.path()).expect("opened");
            ledger.write(at(3), stopped("b")).expect("written");
            let events: Vec<_> =
                read(folder.path()).expect("read").into_iter().map(|record| record.at_ms).collect();
            // All but its end: the line was whole, only its end was missing.
            let expected =
                if cut == whole.len() - 1 { vec![1000, 1000, 3000] } else { vec![1000, 3000] };
            assert_eq!(events, expected, "cut after {cut}");
        }
    }

    #[test]
    fn the_next_watch_says_when_the_former_was_last_alive() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Ledger::open(folder.path()).expect("opened"));
        let alive =
            OpenOptions::new().append(true).open(folder.path().join("alive")).expect("there");
        alive.set_modified(at(7)).expect("set");
        drop(Ledger::open(folder.path()).expect("opened"));
        let records = read(folder.path()).expect("read");
        assert_eq!(records, [Record { v: FORMAT, at_ms: 7000, event: Event::WatchEnded }]);
    }

    #[test]
    fn yesterdays_ledger_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(path(folder.path()), include_str!("ledger-1.jsonl")).expect("written");
        assert_eq!(
            read(folder.path()).expect("read").len(),
            include_str!("ledger-1.jsonl").lines().count()
        );
    }
}
