//! What is inside `mad` beside its code: the embedded folders, which `include_dir!` does not watch by
//! itself, and `mad-runtime`, the program of the images.
//!
//! That one is built here by a cargo of its own, for each architecture:
//!
//! 1. `MAD_RUNTIME_BIN` is the program, or several with `:` between; `none` leaves it out;
//! 2. Rust's musl target where it is installed;
//! 3. for the architecture of `mad` itself, glibc linked statically;
//! 4. else it is left out, and `mad render` says so where a profile needs it.
//!
//! The same sources and compiler give the same bytes: no path, flag or setting of the outer build gets
//! into the program.

// A build script is told what to do by its environment.
#![allow(clippy::disallowed_methods)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The engine's name of an architecture, Rust's, and the number in an ELF file's head.
const ARCHITECTURES: [(&str, &str, u16); 2] = [("amd64", "x86_64", 62), ("arm64", "aarch64", 183)];

/// What the program is made of.
const SOURCES: [&str; 9] = [
    "runtime/src",
    "runtime/Cargo.toml",
    "runtime/sections.ld",
    "crates/mcp-frame",
    "crates/nvidia",
    "crates/runtime-config",
    "crates/zstd-search",
    "Cargo.toml",
    "Cargo.lock",
];

/// For the linker that comes with Rust: nothing that only unwinding needs, and functions with the same code once.
/// Paths are from the root, so that where that is does not get into the program.
const SMALLER: [&str; 4] = [
    "-Clinker=rust-lld",
    "-Clink-arg=--no-eh-frame-hdr",
    "-Clink-arg=-Truntime/sections.ld",
    "-Clink-arg=--icf=all",
];

/// Places to relocate as a bitmap, a tenth of a megabyte less. musl reads it since 1.2.4, which came with Rust 1.93.
const PACKED: &str = "-Clink-arg=--pack-dyn-relocs=relr";

/// What the nested cargo keeps of its settings in the environment: where it finds crates, and how many
/// jobs run.
const KEPT: [&str; 7] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_BUILD_JOBS",
];

fn main() {
    for folder in ["templates", "profiles", "patches"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MAD_RUNTIME_BIN");
    let out = PathBuf::from(variable("OUT_DIR"));
    let programs = match env::var("MAD_RUNTIME_BIN") {
        Ok(given) => given_programs(&given),
        // Lints need no program, and have a folder of their own.
        Err(_) if variable("RUSTC_WORKSPACE_WRAPPER").ends_with("clippy-driver") => Vec::new(),
        Err(_) => built_programs(&out),
    };
    let mut table = "[\n".to_owned();
    for (architecture, program) in programs {
        let name = format!("mad-runtime-{architecture}");
        fs::copy(&program, out.join(&name))
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let bytes = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
        writeln!(table, "    (\"{architecture}\", {bytes}),").expect("a text can be written to");
    }
    fs::write(out.join("runtime.rs"), table + "]\n").expect("OUT_DIR can be written to");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// The programs that the caller names, each by the architecture in its head.
fn given_programs(given: &str) -> Vec<(&'static str, PathBuf)> {
    let paths = given.split(':').filter(|path| !path.is_empty() && *path != "none");
    let mut found = Vec::new();
    for path in paths.map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path)
            .unwrap_or_else(|error| panic!("MAD_RUNTIME_BIN: {}: {error}", path.display()));
        let machine = bytes.get(18..20).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        let known = ARCHITECTURES
            .iter()
            .find(|(.., number)| bytes.starts_with(b"\x7fELF") && Some(*number) == machine);
        let (name, ..) = known.unwrap_or_else(|| {
            panic!("MAD_RUNTIME_BIN: {} is no Linux program for x86_64 or aarch64", path.display())
        });
        found.push((*name, path));
    }
    found
}

/// Builds what can be built here.
fn built_programs(out: &Path) -> Vec<(&'static str, PathBuf)> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    if SOURCES.iter().any(|source| !root.join(source).exists()) {
        println!("cargo::warning=without mad-runtime: its sources are not beside those of mad");
        return Vec::new();
    }
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    let rustc = Rustc::new();
    if rustc.components.is_file() {
        // rustup writes it when a target comes or goes.
        println!("cargo::rerun-if-changed={}", rustc.components.display());
    }
    let nested = Nested { root, target_dir: target_root(out).join("mad-runtime"), rustc };
    let mut found = Vec::new();
    for (name, rust_name, _) in ARCHITECTURES {
        let is_own = variable("CARGO_CFG_TARGET_ARCH") == rust_name;
        let musl = format!("{rust_name}-unknown-linux-musl");
        let gnu = format!("{rust_name}-unknown-linux-gnu");
        if nested.rustc.has(&musl) {
            match nested.build(&musl, &nested.rustc.smaller()) {
                Ok(program) => found.push((name, program)),
                Err(error) if is_own => panic!(
                    "mad-runtime cannot be built for {musl}; MAD_RUNTIME_BIN=none leaves it out\n{error}"
                ),
                Err(error) => absent(&musl, &error),
            }
        } else if is_own && nested.rustc.has(&gnu) {
            match nested.build(&gnu, &["-Ctarget-feature=+crt-static"]) {
                Ok(program) => found.push((name, program)),
                Err(error) => absent(&gnu, &error),
            }
        } else if is_own {
            absent(&musl, "that target is not installed");
        }
    }
    found
}

fn absent(target: &str, why: &str) {
    let last = why.trim_end().lines().last().unwrap_or_default();
    println!(
        "cargo::warning=without mad-runtime for {target}: {last}; `rustup target add {target}` may help, and a profile with `mcp` cannot be rendered for it"
    );
}

/// The folder that cargo marks as its own, so that every profile shares what is built; else `out`.
fn target_root(out: &Path) -> &Path {
    out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(out)
}

struct Rustc {
    program: String,
    sysroot: PathBuf,
    /// The linker that comes with it.
    lld: PathBuf,
    /// What rustup has installed.
    components: PathBuf,
}

impl Rustc {
    fn new() -> Self {
        let program = variable("RUSTC");
        let output = Command::new(&program).args(["--print", "sysroot"]).output();
        let output = output.expect("cargo names a compiler that can be run");
        let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let rustlib = sysroot.join("lib/rustlib");
        Self {
            program,
            lld: rustlib.join(variable("HOST")).join("bin/rust-lld"),
            components: rustlib.join("components"),
            sysroot,
        }
    }

    /// What makes a program for musl small; nothing without its linker.
    fn smaller(&self) -> Vec<&'static str> {
        if !self.lld.is_file() {
            return Vec::new();
        }
        let output = Command::new(&self.program).arg("--version").output();
        let said = output.map(|output| output.stdout).unwrap_or_default();
        // `rustc 1.95.0 (59807616e 2026-04-14)`
        let said = String::from_utf8_lossy(&said);
        let minor = said.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        SMALLER.into_iter().chain((minor >= Some(93)).then_some(PACKED)).collect()
    }

    fn has(&self, target: &str) -> bool {
        self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
    }
}

struct Nested {
    root: PathBuf,
    /// Not the outer build's: cargo holds a lock on that one.
    target_dir: PathBuf,
    rustc: Rustc,
}

impl Nested {
    fn build(&self, target: &str, flags: &[&str]) -> Result<PathBuf, String> {
        let mut cargo = Command::new(variable("CARGO"));
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let is_kept = KEPT.iter().any(|kept| text.starts_with(kept));
            let is_cargos = text.starts_with("CARGO_") && !is_kept;
            // Coverage and lints come in by these.
            if is_cargos || text.starts_with("RUSTC_") || text.ends_with("RUSTFLAGS") {
                cargo.env_remove(&name);
            }
        }
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
        // A panic ends the program, so that nothing ever unwinds.
        let flags = flags.iter().copied().chain(["-Cforce-unwind-tables=no"]);
        let mut flags: Vec<String> = flags.map(str::to_owned).collect();
        flags.extend(home.map(|home| format!("--remap-path-prefix={}=/cargo", home.display())));
        flags.push(format!("--remap-path-prefix={}=/mad", self.root.display()));
        cargo
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("RUSTC", &self.rustc.program)
            .current_dir(&self.root)
            .args(["build", "--locked", "--package=mad-runtime", "--bin=mad-runtime"])
            .args(["--profile=runtime", "--target", target, "--target-dir"])
            .arg(&self.target_dir);
        let Output { status, stderr, .. } = cargo.output().map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(self.target_dir.join(target).join("runtime/mad-runtime"));
        }
        Err(String::from_utf8_lossy(&stderr).into_owned())
    }
}
