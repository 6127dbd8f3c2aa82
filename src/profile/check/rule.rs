//! The rules by name: what each allows, what it says, what it advises.

use super::{debian, npm, paths, pypi, words};
use crate::project::yaml::shown;

/// A rule on a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// No control characters, so that it stays on its line of the Dockerfile.
    OneLine,
    /// A command for a shell: it may have several lines.
    Command,
    /// A login name, not root.
    UserName,
    /// The number of a user or a group that a person can have.
    UserId,
    /// A Debian package, with a version or without.
    AptPackage,
    /// The name of a package on npm.
    NpmName,
    /// One version, not a range.
    NpmVersion,
    /// A pinned package of PyPI.
    PythonRequirement,
    /// The name of an environment variable.
    EnvName,
    /// The key of a label.
    LabelName,
    /// Where a file goes in the image.
    Destination,
    /// Where a work directory is in the image.
    MountTarget,
    /// Where memory is mounted in the container.
    MemoryTarget,
    /// A number of processors.
    Processors,
    /// A number of processes and threads.
    ProcessCount,
    /// A number of bytes.
    Bytes,
    /// The mode of a file.
    Mode,
    /// A version of CUDA, as in the table.
    CudaVersion,
    /// A folder under `patches/`.
    PatchSeries,
}

impl Rule {
    /// Whether `text` keeps the rule.
    pub fn allows(self, text: &str) -> bool {
        match self {
            Self::OneLine => words::one_line(text),
            Self::Command => words::command(text),
            Self::UserName => words::user_name(text) && text != "root",
            Self::UserId => words::user_id(text),
            Self::AptPackage => debian::package(text),
            Self::NpmName => npm::name(text),
            Self::NpmVersion => npm::version(text),
            Self::PythonRequirement => pypi::requirement(text),
            Self::EnvName => words::env_name(text),
            Self::LabelName => words::label_name(text),
            Self::Destination => paths::absolute(text) && !paths::kernel(text),
            Self::MountTarget => paths::absolute(text) && !paths::system(text),
            Self::MemoryTarget => {
                let is_own = !paths::system(text);
                let whole = text.strip_suffix('/').unwrap_or(text);
                paths::absolute(text) && (is_own || ["/tmp", "/var/tmp"].contains(&whole))
            }
            Self::Processors => words::processors(text),
            Self::ProcessCount => words::process_count(text),
            Self::Bytes => text.parse::<runtime_config::Size>().is_ok_and(|size| size.0 > 0),
            Self::Mode => words::mode(text),
            Self::CudaVersion => words::cuda_version(text),
            Self::PatchSeries => words::series(text),
        }
    }

    /// What is allowed, in words.
    pub fn expected(self) -> &'static str {
        match self {
            Self::OneLine => "one line without control characters",
            Self::Command => {
                "a command of at most 30,000 bytes, without control characters but line ends and tabs"
            }
            Self::UserName => {
                "a user name other than `root`: `a-z` or `_`, then up to 31 of `a-z`, `0-9`, `_` and `-`"
            }
            Self::UserId => {
                "a number from 1 to 2147483647, but not 65534 (`nobody`) and 65535 (no id)"
            }
            Self::AptPackage => "a Debian package, as `name` or `name=version`",
            Self::NpmName => "the name of an npm package",
            Self::NpmVersion => "one exact version, as `1.2.3`",
            Self::PythonRequirement => "a Python package with its version, as `name==1.2.3`",
            Self::EnvName => "a variable name: letters, digits and `_`, the first no digit",
            Self::LabelName => "a label name: letters, digits and `.`, `-`, `_`, `/` between",
            Self::Destination => {
                "an absolute path of the image, below `/` and outside `/proc`, `/sys` and `/dev`"
            }
            Self::MountTarget => {
                "an absolute path of the image, not `/` and no folder of the system"
            }
            Self::MemoryTarget => {
                "an absolute path of the image, not `/` and no folder of the system but `/tmp`"
            }
            Self::Processors => "a number of processors, as `\"2\"` or `\"1.5\"`",
            Self::Bytes => "a number of bytes, or one with a unit, as `8GiB`",
            Self::ProcessCount => "a number of processes from 16 to 4194304",
            Self::Mode => "an octal mode of three digits, as `\"0755\"`",
            Self::CudaVersion => "a CUDA version, as `\"12.8\"`, or `auto`",
            Self::PatchSeries => "the name of a folder under `patches/`",
        }
    }

    /// What to write instead of `found`, where that can be told.
    pub fn hint(self, found: &str) -> Option<String> {
        let mean = |text: &str| Some(format!("did you mean `{}`?", shown(text)));
        match self {
            Self::UserName if found == "root" => {
                Some("set `user.sudo: true` for a user that may become root".to_owned())
            }
            Self::UserName | Self::NpmName if Self::allows(self, &found.to_lowercase()) => {
                mean(&found.to_lowercase())
            }
            Self::AptPackage => {
                let one = found.to_lowercase().replace("==", "=").replace(' ', "");
                if self.allows(&one) { mean(&one) } else { None }
            }
            Self::NpmVersion => {
                let exact = found.trim_start_matches(['^', '~', '=', 'v', '>', '<', ' ']);
                if self.allows(exact) {
                    mean(exact)
                } else {
                    Some("`npm view PACKAGE versions` lists them".to_owned())
                }
            }
            Self::PythonRequirement => {
                let end = found.find(['=', '<', '>', '~', '!', ' ', ';']).unwrap_or(found.len());
                Some(format!(
                    "`uv pip compile` finds one; write `{}==VERSION`",
                    shown(&found[..end])
                ))
            }
            Self::Mode if found.len() == 4 && found.starts_with(['2', '4', '6']) => {
                Some("set-user-id and set-group-id are not given to copied files".to_owned())
            }
            Self::Destination | Self::MountTarget | Self::MemoryTarget
                if !found.starts_with('/') && self.allows(&format!("/{found}")) =>
            {
                mean(&format!("/{found}"))
            }
            Self::Destination | Self::MountTarget | Self::MemoryTarget
                if found.starts_with('~') || found.starts_with('$') =>
            {
                Some("write the path in full, as `/home/dev/...`".to_owned())
            }
            _ => None,
        }
    }
}
