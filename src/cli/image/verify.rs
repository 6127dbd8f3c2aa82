//! `mad image verify`.

use std::path::PathBuf;

use crate::cli::error::{Context, Result};
use clap::ValueEnum;

use crate::cli::exit::{CheckFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::{engine, interrupt, print, runtime, write_file};
use crate::patch::SeriesFiles;
use crate::profile::Profile;
use crate::report::verify as report;
use crate::verify::{self, ImageVerification, Wanted};

/// Try an image: start it without network, look through its logs, files and patches
///
/// Containers are started as the image's user and as another one, and asked whether they are ready, by the
/// image's HEALTHCHECK or `mad-runtime ready`. Without a profile everything is tried that any image can be asked;
/// with one the image is held against it, by the limits of its `gates`. Exits with 1 where a check fails.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image, on the engine
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Hold it against this profile: its packages, patches, work directories and gates
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Start this many containers as the image's user, and take the median of the times to readiness
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Start one as this user, UID:GID, beside the image's own; may be repeated [default: 4242:4242]
    #[arg(long, value_name = "USER", value_parser = user)]
    user: Vec<String>,
    /// The image that it starts from: what has set-user-id there is no surprise [default: the profile's,
    /// else the label org.opencontainers.image.base.name]
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
    /// A file whose lines must be nowhere in the image: the secrets of its build; may be repeated
    #[arg(long, value_name = "FILE")]
    canary: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Terminal,
    /// mad.image-verify/1; `mad schema image` prints its schema
    Json,
    /// A job summary or pull request comment
    Markdown,
    /// A self-contained page
    Html,
    /// JUnit test cases, for CI
    Junit,
}

/// As `docker run --user` takes it.
fn user(text: &str) -> Result<String, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    match !text.is_empty() && text.chars().all(is_word) {
        true => Ok(text.to_owned()),
        false => Err("expected `UID:GID`, or a name".to_owned()),
    }
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let mut wanted = wanted(globals, args)?;
    let verification = runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let engine = engine(&cancel).await?;
        if wanted.base.is_none() {
            let config = interrupt::or(&cancel, engine.image_config(&args.image)).await?;
            wanted.base = config.and_then(|config| config.labels.get(BASE_LABEL).cloned());
        }
        Ok::<ImageVerification, crate::cli::error::CommandError>(
            verify::verify(&engine, &args.image, &wanted, &cancel).await?,
        )
    })?;
    let text = match args.format {
        Format::Terminal => report::terminal(&verification, globals.look()),
        Format::Json => report::json(&verification),
        Format::Markdown => report::markdown(&verification),
        Format::Html => report::html(&verification),
        Format::Junit => report::junit(&verification),
    };
    match &args.output {
        Some(path) => write_file(path, &text)?,
        None => print(&text)?,
    }
    if verification.is_good() {
        return Ok(());
    }
    let failed = verification.checks.iter().filter(|check| check.refuses());
    let names: Vec<&str> = failed.map(|check| check.name.as_str()).collect();
    Err(CheckFailed(format!("the image `{}` is not verified: {}", args.image, names.join(", ")))
        .into())
}

/// Of the OCI's annotations; whoever builds an image may set it.
const BASE_LABEL: &str = "org.opencontainers.image.base.name";

fn wanted(globals: &Globals, args: &Args) -> Result<Wanted> {
    let mut canaries = Vec::new();
    for path in &args.canary {
        let text = std::fs::read_to_string(path).map_err(|error| UsageError {
            message: format!("cannot read `{}`: {error}", path.display()),
            hint: None,
        })?;
        canaries.extend(text.lines().map(|line| line.trim().to_owned()));
    }
    let mut wanted = Wanted {
        tries_all: true,
        runs: Some(args.runs),
        users: (!args.user.is_empty()).then(|| args.user.clone()),
        base: args.base.clone(),
        canaries,
        ..Wanted::default()
    };
    let Some(name) = &args.profile else { return Ok(wanted) };
    let project = globals.project()?;
    let loaded = Profile::load(&project, name, &[], None)?;
    for series in &loaded.profile.patches {
        wanted.series.push(SeriesFiles::load(&project, series)?);
    }
    wanted.base = wanted.base.or_else(|| Some(loaded.profile.base.clone()));
    wanted.gates = loaded.profile.gates.clone();
    wanted.name = Some(loaded.name);
    wanted.profile = Some(loaded.profile);
    Ok(wanted)
}
