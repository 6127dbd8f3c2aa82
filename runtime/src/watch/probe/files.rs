//! What a program leaves in files: its log, a heartbeat.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use runtime_config::Duration;
use runtime_config::services::Heartbeat;

/// Of the log, from the program's start on.
const LONGEST: u64 = 4 << 20;

/// Whether the log has this text behind `start`; a log that is shorter has been replaced since.
pub async fn log(text: &str, log: &Path, start: u64) -> Result<(), String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let from = if file.metadata()?.len() < start { 0 } else { start };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| format!("the log `{}`: {error}", log.display()))?;
    if memchr::memmem::find(&bytes, text.as_bytes()).is_some() {
        return Ok(());
    }
    Err(format!("the log has no `{text}`"))
}

pub fn heartbeat(heartbeat: &Heartbeat) -> Result<(), String> {
    young(&heartbeat.file, heartbeat.age)
}

pub fn output(age: Duration, log: &Path) -> Result<(), String> {
    young(log, age)
}

fn young(path: &Path, greatest: Duration) -> Result<(), String> {
    let modified = path.metadata().and_then(|file| file.modified());
    let modified = modified.map_err(|error| format!("`{}`: {error}", path.display()))?;
    let age = SystemTime::now().duration_since(modified).unwrap_or_default();
    if age <= greatest.0 {
        return Ok(());
    }
    let seconds = age.as_secs();
    Err(format!("`{}` was last written {seconds}s ago", path.display()))
}
