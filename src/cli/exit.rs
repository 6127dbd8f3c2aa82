//! Exit codes, and which error means which.

use super::baseline::SourceError as BaselineSourceError;
use super::error::CommandError;
use super::streams::StdoutError;
use crate::base::BootstrapError;
use crate::build::{BuildError, CaBundleError};
use crate::builders::ManifestError;
use crate::compose::NoCompose;
use crate::image::ImageError;
use crate::lock::{AnswerError, Drifted, LockFault, UpdateError};
use crate::patch::probe::ProbeError;
use crate::patch::{SeriesError, SeriesFilesError};
use crate::profile::{EditError, ProfileError};
use crate::project::{AssetError, ProjectError};
use crate::proof::ProofError;
use crate::render::RenderError;
use crate::timing::history::HistoryError;
use crate::timing::judge::BaselineFileError;
use crate::verify::VerifyError;
use dockerfile::ParseError;
use engine::EngineError;
use npm::{CacheError, FileSelectionError, LocalError, NameError, NpmError, SettingsError};

/// Done.
pub const DONE: u8 = 0;
/// The work failed: a build, a probe, a proof.
pub const FAILED: u8 = 1;
/// Bad usage or a bad input file.
pub const USAGE: u8 = 2;
/// A build got slower, or another alert of its profile fired.
pub const REGRESSION: u8 = 3;
/// There is nothing to judge by, and a verdict was asked for.
pub const NO_VERDICT: u8 = 4;
/// A patch, the matrix or a package is not what it should be.
pub const PATCH: u8 = 5;
/// What was locked is not what is there.
pub const DRIFT: u8 = 6;
/// No usable engine answers.
pub const ENGINE: u8 = 7;
/// Interrupted.
pub const INTERRUPTED: u8 = 130;

/// All of them with one line each, for `mad help` and README.
pub const ALL: [(u8, &str); 9] = [
    (DONE, "done"),
    (FAILED, "the work failed: a build, a step, a check"),
    (USAGE, "bad usage or a bad input file"),
    (REGRESSION, "regression: a build got slower, or an alert fired"),
    (NO_VERDICT, "no verdict, under `--require-verdict`: no baseline, too few builds"),
    (PATCH, "patch verification failed"),
    (DRIFT, "mad.lock does not hold, under `--locked` or `--check`"),
    (ENGINE, "no usable engine answers"),
    (INTERRUPTED, "interrupted"),
];

/// Bad usage that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// Found and expected.
    pub message: String,
    /// A command or a change that helps.
    pub hint: Option<String>,
}

impl UsageError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Work that ended as it should not, after everything was said already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// A proof was needed, and no engine answers.
#[derive(Debug, thiserror::Error)]
#[error("moved and merged steps must be proven by builds, and no engine answers")]
pub struct NoProof {
    /// What the engine's absence was.
    pub source: anyhow::Error,
}

impl NoProof {
    fn hint(&self) -> Option<String> {
        let text = "start an engine; or use `--unproven`, or the default strategy `safe`";
        Some(text.to_owned())
    }
}

/// A build that its profile's alerts do not let pass, after everything was said already.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Regressed {
    /// The verdict's reason.
    pub message: String,
    /// A command that helps.
    pub hint: String,
}

impl Regressed {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// An image that a gate of its profile refuses.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// The gate, and what it found.
    pub message: String,
    /// A command that helps.
    pub hint: String,
}

impl Refused {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// A build that cannot be judged though it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("no verdict: {message}")]
pub struct NoVerdict {
    /// What is missing.
    pub message: String,
}

impl NoVerdict {
    fn hint(&self) -> Option<String> {
        Some("builds are compared with earlier ones: build a few times, or commit a baseline with `mad baseline set`".to_owned())
    }
}

/// A build to report of that is not there, though others are.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NoReport {
    /// Which one.
    pub message: String,
}

impl NoReport {
    fn hint(&self) -> Option<String> {
        Some("`mad history list` shows the recorded builds".to_owned())
    }
}

/// A patch that is not proven, after everything was said already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PatchFailed(pub String);

/// Stopped before any work had begun.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// `From` for errors, each with its exit code; `hint` is for those that have hints.
macro_rules! exit_codes {
    (hint: $($with:ty => $with_code:expr),+ $(,)? ; no hint: $($without:ty => $without_code:expr),+ $(,)?) => {
        $(impl From<$with> for CommandError {
            fn from(error: $with) -> Self {
                let code: fn(&$with) -> u8 = $with_code;
                let (code, hint) = (code(&error), error.hint());
                Self::new(error, code, hint)
            }
        })+
        $(impl From<$without> for CommandError {
            fn from(error: $without) -> Self {
                Self::new(error, $without_code, None)
            }
        })+
    };
}

exit_codes! {
    hint:
    BuildError => |error| match error {
        error if error.is_interrupted() => INTERRUPTED,
        BuildError::Unpatched { .. } => PATCH,
        BuildError::Engine(error) => of_engine(error),
        _ => FAILED,
    },
    BootstrapError => |error| match error {
        BootstrapError::Interrupted => INTERRUPTED,
        BootstrapError::Engine(error) => of_engine(error),
        _ => FAILED,
    },
    NoProof => |_| ENGINE,
    ProbeError => |error| match error {
        ProbeError::Interrupted => INTERRUPTED,
        ProbeError::Engine(error) => of_engine(error),
        ProbeError::NoImage { .. } | ProbeError::NoNode => USAGE,
        ProbeError::Io { .. } => FAILED,
    },
    ProofError => |error| match error {
        ProofError::Interrupted => INTERRUPTED,
        ProofError::Engine(error) | ProofError::Image(ImageError::Engine(error)) => {
            of_engine(error)
        }
        ProofError::Build { .. } | ProofError::Image(_) => FAILED,
        ProofError::Parse(_)
        | ProofError::Target { .. }
        | ProofError::Context { .. }
        | ProofError::Ignore { .. } => USAGE,
    },
    Drifted => |_| DRIFT,
    EditError => |_| USAGE,
    EngineError => of_engine,
    LockFault => |_| USAGE,
    NoCompose => |_| FAILED,
    UpdateError => |_| USAGE,
    AnswerError => |_| FAILED,
    BaselineFileError => |_| USAGE,
    NoReport => |_| FAILED,
    NoVerdict => |_| NO_VERDICT,
    Refused => |_| FAILED,
    Regressed => |_| REGRESSION,
    // What was downloaded, or kept, is not what was published: that is a finding.
    NpmError => |error| match error {
        NpmError::IntegrityDiffers { .. } | NpmError::Cache(CacheError::Damaged { .. }) => PATCH,
        _ => FAILED,
    },
    AssetError => |_| USAGE,
    BaselineSourceError => |_| USAGE,
    HistoryError => |error| if error.is_usage() { USAGE } else { FAILED },
    ParseError => |_| USAGE,
    ProfileError => |_| USAGE,
    ProjectError => |_| USAGE,
    RenderError => |error| match error {
        RenderError::UnprovenVersion { .. } | RenderError::UnprovenPatch { .. } => PATCH,
        _ => USAGE,
    },
    SeriesFilesError => |_| USAGE,
    SettingsError => |_| USAGE,
    UsageError => |_| USAGE,
    VerifyError => |error| match error {
        VerifyError::Engine(error) | VerifyError::Probe(ProbeError::Engine(error)) => of_engine(error),
        VerifyError::Probe(ProbeError::Interrupted) => INTERRUPTED,
        VerifyError::Probe(ProbeError::Io { .. }) => FAILED,
        VerifyError::NoImage { .. } | VerifyError::Series(_) | VerifyError::Probe(_) => USAGE,
    };
    no hint:
    CaBundleError => USAGE,
    CheckFailed => FAILED,
    Interrupted => INTERRUPTED,
    LocalError => USAGE,
    ManifestError => USAGE,
    NameError => USAGE,
    PatchFailed => PATCH,
    SeriesError => USAGE,
    FileSelectionError => USAGE,
    StdoutError => FAILED,
    // Of files and streams of this machine.
    std::io::Error => FAILED,
}

fn of_engine(error: &EngineError) -> u8 {
    if matches!(error, EngineError::Cancelled) {
        INTERRUPTED
    } else if error.is_unreachable() {
        ENGINE
    } else {
        FAILED
    }
}
