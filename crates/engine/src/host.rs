//! The machine that an engine runs on: what the engine says of it, and, where it is this one, what
//! its kernel says.

use std::fs;

use super::Endpoint;

/// The machine that an engine runs on, and the engine's own identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// SHA-256 of the engine's id: two builds with the same one share a cache.
    pub engine_id: Option<String>,
    /// How the engine keeps layers, for example `overlay2`.
    pub storage_driver: String,
    /// Operating system and architecture: `linux/amd64`.
    pub platform: String,
    /// Processors.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Whether it is this machine, as far as can be told.
    pub is_here: bool,
    /// The processor's model, where it is this machine.
    pub cpu_model: Option<String>,
    /// The name of a builder beside the engine, which tells nothing of its processors and memory.
    pub builder: Option<String>,
}

/// How busy this machine is, see proc(5).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HostLoad {
    /// Time that the host took the processors away since the machine started, in milliseconds of
    /// one processor.
    pub steal_ms: u64,
    /// Load average over one minute.
    pub load: f64,
}

impl Host {
    pub(super) fn of(info: bollard::models::SystemInfo, platform: &str, at: &Endpoint) -> Self {
        let count =
            |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        let memory_bytes = count(info.mem_total);
        let is_here = matches!(at, Endpoint::Unix(_))
            && info.kernel_version.is_some_and(|kernel| is_this(&kernel, memory_bytes));
        Self {
            engine_id: info.id.filter(|id| !id.is_empty()).map(hash::sha256),
            storage_driver: info.driver.unwrap_or_default(),
            platform: platform.to_owned(),
            cpus: count(info.ncpu),
            memory_bytes,
            is_here,
            cpu_model: is_here
                .then(|| cpu_model(&fs::read_to_string("/proc/cpuinfo").ok()?))
                .flatten(),
            builder: None,
        }
    }
}

impl HostLoad {
    /// Now, on this machine; `None` where its kernel does not tell.
    pub fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let load = fs::read_to_string("/proc/loadavg").ok()?;
        Self::parse(&stat, &load, rustix::param::clock_ticks_per_second())
    }

    fn parse(stat: &str, load: &str, ticks_per_second: u64) -> Option<Self> {
        // `cpu user nice system idle iowait irq softirq steal …`, in clock ticks.
        let total = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: u64 = total.split_whitespace().nth(7)?.parse().ok()?;
        let load = load.split_whitespace().next()?.parse().ok()?;
        Some(Self { steal_ms: ticks * 1000 / ticks_per_second.max(1), load })
    }
}

/// A Unix socket may be forwarded from elsewhere or lead into a virtual machine: kernel and memory
/// tell. Host names do not, for a container has one of its own.
fn is_this(kernel: &str, memory_bytes: u64) -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    release.trim() == kernel && total_memory(&memory) == Some(memory_bytes)
}

/// `MemTotal:  24684996 kB`, in bytes.
fn total_memory(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(total.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The first `model name`, its white space folded.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    let names = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let (_, model) = names.into_iter().find(|(name, _)| name.trim() == "model name")?;
    let model = model.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(model).filter(|model| !model.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let stat = "cpu  10 0 20 300 4 0 1 250 0 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n";
        let host_load = HostLoad::parse(stat, "0.42 0.50 0.97 1/300 1234\n", 100);
        assert_eq!(host_load, Some(HostLoad { steal_ms: 2500, load: 0.42 }));
        assert_eq!(HostLoad::parse("cpu 1 2 3\n", "0.1", 100), None);
        assert_eq!(total_memory("MemFree: 1 kB\nMemTotal:  2048 kB\n"), Some(2 << 20));
        let cpuinfo = "processor\t: 0\nmodel name\t: Some  CPU @ 2GHz\nmodel name\t: Other\n";
        assert_eq!(cpu_model(cpuinfo).as_deref(), Some("Some CPU @ 2GHz"));
        assert_eq!(cpu_model("model : 1\n"), None);
    }

    #[test]
    fn an_engine_elsewhere_is_not_here() {
        let info = || bollard::models::SystemInfo {
            id: Some("A:B".to_owned()),
            kernel_version: Some("0.0.1".to_owned()),
            ncpu: Some(2),
            ..bollard::models::SystemInfo::default()
        };
        let at = Endpoint::Unix("/x".into());
        let host = Host::of(info(), "linux/amd64", &at);
        assert_eq!((host.is_here, host.cpu_model, host.cpus), (false, None, 2));
        assert_eq!(host.engine_id.unwrap().len(), 64);
    }
}
