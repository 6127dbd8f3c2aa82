//! Exit codes, and which error means which.

use anyhow::Error;

use crate::base::BootstrapError;
use crate::build::{BuildError, CaBundleError};
use crate::engine::EngineError;
use crate::npm::{LocalError, NpmError, SettingsError};
use crate::patch::probe::ProbeError;
use crate::patch::{SeriesError, SeriesFilesError};
use crate::profile::ProfileError;
use crate::project::ProjectError;
use crate::render::RenderError;

/// Done.
pub const DONE: u8 = 0;
/// The work failed: a build, a probe, a proof.
pub const FAILED: u8 = 1;
/// Bad usage or a bad input file.
pub const USAGE: u8 = 2;
/// A patch, the matrix or a package is not what it should be.
pub const PATCH: u8 = 5;
/// No usable engine answers.
pub const ENGINE: u8 = 7;
/// Interrupted.
pub const INTERRUPTED: u8 = 130;

/// All of them with one line each, for `mad help` and README.
pub const ALL: [(u8, &str); 6] = [
    (DONE, "done"),
    (FAILED, "the work failed: a build, a step, a check"),
    (USAGE, "bad usage or a bad input file"),
    (PATCH, "patch verification failed"),
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

/// Work that ended as it should not, after everything was said already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// A patch that is not proven, after everything was said already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PatchFailed(pub String);

/// Stopped before any work had begun.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// The exit code of an error.
pub fn code(error: &Error) -> u8 {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<BuildError>() {
            return match error {
                BuildError::Interrupted => INTERRUPTED,
                BuildError::Engine(error) if error.is_unreachable() => ENGINE,
                _ => FAILED,
            };
        }
        if let Some(error) = cause.downcast_ref::<BootstrapError>() {
            return match error {
                BootstrapError::Interrupted => INTERRUPTED,
                BootstrapError::Engine(error) if error.is_unreachable() => ENGINE,
                _ => FAILED,
            };
        }
        if let Some(error) = cause.downcast_ref::<EngineError>() {
            return if error.is_unreachable() { ENGINE } else { FAILED };
        }
        if cause.is::<Interrupted>() {
            return INTERRUPTED;
        }
        if let Some(error) = cause.downcast_ref::<ProbeError>() {
            return match error {
                ProbeError::Interrupted => INTERRUPTED,
                ProbeError::Engine(error) if error.is_unreachable() => ENGINE,
                ProbeError::NoImage { .. } | ProbeError::NoNode => USAGE,
                _ => FAILED,
            };
        }
        // What was downloaded is not what was published: that is a finding.
        if let Some(NpmError::IntegrityDiffers { .. }) = cause.downcast_ref::<NpmError>() {
            return PATCH;
        }
        if cause.is::<PatchFailed>() {
            return PATCH;
        }
        if cause.is::<UsageError>()
            || cause.is::<SeriesFilesError>()
            || cause.is::<SeriesError>()
            || cause.is::<SettingsError>()
            || cause.is::<LocalError>()
            || cause.is::<ProfileError>()
            || cause.is::<ProjectError>()
            || cause.is::<RenderError>()
            || cause.is::<CaBundleError>()
        {
            return USAGE;
        }
    }
    FAILED
}

/// The hint of an error, where it has one.
pub fn hint(error: &Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<BuildError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<BootstrapError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<EngineError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<ProfileError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<ProjectError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<RenderError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<ProbeError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<SeriesFilesError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<SettingsError>() {
            return error.hint();
        }
        if let Some(error) = cause.downcast_ref::<NpmError>() {
            return error.hint();
        }
        cause.downcast_ref::<UsageError>().and_then(|error| error.hint.clone())
    })
}
