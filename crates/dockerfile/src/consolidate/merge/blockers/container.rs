//! What the runtime sets up afresh for each `RUN`: files, devices, mounts.

/// Files that a container is given for each `RUN`.
const PER_RUN_FILES: &[&str] =
    &["/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/etc/mtab", "/run/shm", "/var/run/shm"];

/// Devices that keep nothing.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
];

/// Files of `/proc` that describe the host only.
const HOST_PROC_FILES: &[&str] =
    &["/proc/cpuinfo", "/proc/meminfo", "/proc/version", "/proc/loadavg", "/proc/filesystems"];

/// A mount that every `RUN` has for itself.
pub(super) fn is_per_run_mount(mount: &str) -> bool {
    let option = |name: &str| {
        mount.split(',').find_map(|part| match part.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (part == name).then_some("true"),
        })
    };
    let is_writable = ["rw", "readwrite"]
        .iter()
        .any(|name| option(name).is_some_and(|value| !value.eq_ignore_ascii_case("false")));
    match option("type").unwrap_or("bind") {
        "bind" => is_writable,
        "cache" | "secret" | "ssh" => false,
        _ => true,
    }
}

pub(super) fn is_per_run_path(word: &str) -> bool {
    let is_below = |folder: &str| {
        word.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PER_RUN_FILES.iter().any(|path| word.contains(path))
        || (word.contains("/dev/") || is_below("/dev"))
            && !DEVICES.contains(&word)
            && !word.starts_with("/dev/fd")
            && !word.starts_with("/dev/tcp")
        || (is_below("/proc") && !HOST_PROC_FILES.contains(&word))
        || is_below("/sys")
        || matches!(word, "shm" | "mqueue")
        || word.starts_with("shm/")
}
