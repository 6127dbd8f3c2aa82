//! Keeps looking at the cards, and leaves what it saw where `status` and the gateway read it.
//!
//! It never ends on account of a card: one that is lost or hangs is what it is there to tell.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use nvidia::{Sign, sign_of};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::{GpuReport, Place};

/// Between two looks where there is no device file: one may be given to the container later, by CDI or a device rule.
const WITHOUT_CARD: Duration = Duration::from_secs(60);

/// What was seen last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GpuSample {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The seconds until the next one.
    pub every_s: u64,
    pub report: GpuReport,
    /// Xid errors by number since the watch was started; `None` where the kernel's log may not be read, as in most
    /// containers.
    pub xids: Option<BTreeMap<u32, u64>>,
}

/// Looks until somebody ends it.
pub fn watch(
    place: &mut Place,
    every: Duration,
    deadline: Duration,
    directory: &Path,
) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let mut kernel = KernelLog::open(Path::new("/dev/kmsg"));
    let mut before: Option<String> = None;
    loop {
        let report = place.report(deadline, false);
        let xids = kernel.as_mut().map(KernelLog::xids);
        if before.as_ref() != Some(&report.summary) {
            let (device, summary) = (&report.device, &report.summary);
            match &report.reason {
                None => info!(device, summary, "GPU"),
                Some(reason) => warn!(device, summary, code = reason.code, "GPU"),
            }
            before = Some(report.summary.clone());
        }
        let wait = if place.has_device() { every } else { every.max(WITHOUT_CARD) };
        let at_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let sample =
            GpuSample { at_ms: at_ms.as_millis() as u64, every_s: wait.as_secs(), report, xids };
        // A full disk may have room again.
        if let Err(error) = sample.write(directory) {
            warn!(%error, "the sample cannot be written");
        }
        thread::sleep(wait);
    }
}

impl GpuSample {
    /// The last of a watch that ran, or runs, in this directory.
    pub fn read(directory: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(path(directory)).ok()?).ok()
    }

    /// In one step: whoever reads has this one or the one before.
    fn write(&self, directory: &Path) -> io::Result<()> {
        let new = directory.join(format!(".gpu-{}.json", std::process::id()));
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(&new, path(directory))
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join("gpu.json")
}

/// The kernel's log, from now on.
struct KernelLog {
    file: File,
    counts: BTreeMap<u32, u64>,
}

impl KernelLog {
    fn open(path: &Path) -> Option<Self> {
        use io::Seek;
        let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        file.seek(io::SeekFrom::End(0)).ok()?;
        Some(Self { file, counts: BTreeMap::new() })
    }

    /// A read is one record; where records were overwritten before they were read (EPIPE) the next one comes.
    fn xids(&mut self) -> BTreeMap<u32, u64> {
        let mut record = [0; 8192];
        loop {
            match self.file.read(&mut record) {
                Ok(0) => break,
                Ok(count) => self.take(&String::from_utf8_lossy(&record[..count])),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(_) => break,
            }
        }
        self.counts.clone()
    }

    fn take(&mut self, text: &str) {
        for line in text.lines() {
            let Some(number) = nvidia::xid_of(line) else { continue };
            *self.counts.entry(number).or_default() += 1;
            let is_lost = sign_of(line) == Some(Sign::Lost);
            warn!(xid = number, lost = is_lost, "{}", line.trim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xid_errors_of_the_kernels_log_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kmsg");
        fs::write(&path, "4,1,1,-;NVRM: Xid (PCI:0000:3b:00): 31, before the watch\n").unwrap();
        let mut log = KernelLog::open(&path).unwrap();
        assert!(log.xids().is_empty());
        let lines = "4,2,2,-;NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus.\n6,3,3,-;eth0: up\n4,4,4,-;NVRM: Xid (PCI:0000:3b:00): 13, x\n4,5,5,-;NVRM: Xid (PCI:0000:3b:00): 13, x\n";
        use io::Write;
        OpenOptions::new().append(true).open(&path).unwrap().write_all(lines.as_bytes()).unwrap();
        assert_eq!(log.xids(), [(13, 2), (79, 1)].into());
        assert_eq!(log.xids(), [(13, 2), (79, 1)].into());
        assert!(KernelLog::open(&dir.path().join("absent")).is_none());
    }
}
