//! What the file system has of a card: device files, the driver's library, its version.

use std::fs;
use std::path::{Path, PathBuf};

use super::Driver;

/// Where a container has libraries: Debian's, Red Hat's, the old toolkit's, WSL's.
const LIBRARIES: [&str; 4] =
    ["usr/lib/*-linux-gnu", "usr/lib64", "usr/local/nvidia/lib64", "usr/lib/wsl/lib"];

/// What is there below a folder that stands for `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// The numbers of `/dev/nvidia0`, `/dev/nvidia1`, …, ascending.
    pub devices: Vec<u32>,
    /// Whether `/dev/nvidiactl` is there.
    pub control: bool,
    /// Whether `/dev/dxg` is there: Windows' own driver, in WSL.
    pub dxg: bool,
    /// `libcuda.so.1`, or the file that it leads to.
    pub library: Option<PathBuf>,
    /// By the kernel's module, else by the name of the library.
    pub driver: Option<Driver>,
}

impl Files {
    /// Looks, and waits for nothing: the folders are the kernel's and the image's own.
    pub fn look(root: &Path) -> Self {
        let mut devices = Vec::new();
        for entry in fs::read_dir(root.join("dev")).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("nvidia"));
            devices.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        devices.sort_unstable();
        let library = library(root);
        let driver = kernel_driver(root).or_else(|| of_library(library.as_deref()?));
        Self {
            devices,
            control: root.join("dev/nvidiactl").exists(),
            dxg: root.join("dev/dxg").exists(),
            library,
            driver,
        }
    }
}

/// The version of the kernel's module; a host has it whatever is installed beside.
pub fn kernel_driver(root: &Path) -> Option<Driver> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let module = read("sys/module/nvidia/version").and_then(|text| text.trim().parse().ok());
    module.or_else(|| Driver::of_proc(&read("proc/driver/nvidia/version")?))
}

/// The library with the version in its name where there is one, else the link.
fn library(root: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in LIBRARIES.iter().flat_map(|pattern| folders(root, pattern)) {
        let names =
            fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let names = names.filter_map(|name| name.into_string().ok());
        let names = names.filter(|name| {
            name.strip_prefix("libcuda.so.")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        found.extend(names.map(|name| folder.join(name)));
    }
    found.sort_unstable();
    let versioned = found.iter().find(|path| of_library(path).is_some());
    versioned.or(found.first()).cloned()
}

/// `usr/lib/*-linux-gnu` is every folder that ends so.
fn folders(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let Some((parent, end)) = pattern.split_once("/*") else { return vec![root.join(pattern)] };
    let entries = fs::read_dir(root.join(parent)).into_iter().flatten().flatten();
    let folders =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(end)));
    let mut folders: Vec<_> = folders.map(|entry| entry.path()).collect();
    folders.sort_unstable();
    folders
}

/// `libcuda.so.570.86.10`; the `1` of the link is no version.
fn of_library(path: &Path) -> Option<Driver> {
    let version = path.file_name()?.to_str()?.strip_prefix("libcuda.so.")?;
    version.contains('.').then(|| version.parse().ok()).flatten()
}
