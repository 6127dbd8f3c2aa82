//! `mad patch verify`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::source::{SourceArgs, Which};
use super::workspace::SeriesArgs;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::{engine, interrupt, runtime};
use crate::patch::probe::ProbeRun;
use crate::patch::{SeriesFiles, Verification, group, look, probe_container, probe_host};
use crate::report::patches as report;
use engine::Builder;

/// Prove that the patches hold: derive every version, probe it, compare with matrix.lock
///
/// Downloads what it has not seen, checks its integrity, applies the series in memory, parses the
/// result, runs every patch's probe before and after, and compares all of it with what is
/// recorded. Exit 5 names what does not hold.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A version, a range (">=2.7.0 <3.0.0"), `latest`, a folder or a tarball; all published versions
    /// without
    #[arg(value_name = "WHICH", default_value = "*")]
    which: Which,
    #[command(flatten)]
    series: SeriesArgs,
    /// Where probes run
    #[arg(long, value_name = "WHERE", default_value = "container")]
    probe: ProbeMode,
    /// The image in which probes run; it must have Node.js
    #[arg(long, value_name = "IMAGE", default_value = "mad/cpu:latest")]
    probe_image: String,
    /// Verify the package inside an image instead: its hashes, and every probe in it
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["which", "update", "probe_image"])]
    image: Option<String>,
    /// Write what was found to matrix.lock, if every patch holds
    #[arg(long)]
    update: bool,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProbeMode {
    /// In a container without network
    Container,
    /// On this host, with its Node.js
    Host,
    /// Nowhere: texts and hashes only
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// mad.verification/1
    Json,
    /// A job summary
    Markdown,
    /// Test cases, for CI
    Junit,
    /// Annotations of GitHub Actions
    Github,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let files = args.series.load(&project)?;
    if let Some(image) = &args.image {
        return verify_image(globals, args, &files, image);
    }
    let source = args.source.open(globals, &project)?;
    let upstreams = source.upstreams(&files, &args.which)?;
    let mut verification = group(&files, upstreams)
        .with_context(|| format!("patches/{}/series.yaml contradicts itself", files.name))?;
    if args.probe != ProbeMode::Off {
        let runs = probe(globals, args, &files, &verification)?;
        verification.take_probes(&runs);
    }
    verification.judge(&files, args.which.is_all());
    if args.update {
        update(globals, &project, &files, &mut verification, args)?;
    }
    crate::cli::print(&match args.format {
        Format::Terminal => report::terminal(&verification),
        Format::Json => report::json(&verification),
        Format::Markdown => report::markdown(&verification),
        Format::Junit => report::junit(&verification),
        Format::Github => report::github(&verification),
    })?;
    if verification.is_good() {
        return Ok(());
    }
    let count = verification.differences.len();
    Err(PatchFailed(format!("{count} findings on the patches of {}", verification.package)).into())
}

fn verify_image(globals: &Globals, args: &Args, files: &SeriesFiles, image: &str) -> Result<()> {
    let usage = |message: &str| UsageError { message: message.to_owned(), hint: None };
    if !matches!(args.format, Format::Terminal | Format::Json) {
        return Err(usage("--image reports as `terminal` or `json` only").into());
    }
    if args.probe == ProbeMode::Host {
        return Err(
            usage("--image runs its probes in the image: `--probe=container` or `off`").into()
        );
    }
    let verification = runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let engine = engine(&cancel).await?;
        if engine.image(image).await?.is_none() {
            let message = format!("the image `{image}` is not on the engine");
            return Err(UsageError { message, hint: None }.into());
        }
        let mut verification = interrupt::or(&cancel, look(files, &engine, image)).await?;
        let subjects = [verification.subject(files)];
        let shown = super::source::Counted::new(globals, "probes", subjects[0].patches.len());
        let mut done = |_: &ProbeRun| shown.one_more();
        let runs = match args.probe {
            ProbeMode::Off => Vec::new(),
            _ => probe_container::run(files, &subjects, &engine, image, &cancel, &mut done).await?,
        };
        verification.judge(files, runs);
        anyhow::Ok(verification)
    })?;
    crate::cli::print(&match args.format {
        Format::Json => report::json(&verification),
        _ => report::image_terminal(&verification),
    })?;
    match verification.differences.len() {
        0 => Ok(()),
        count => Err(PatchFailed(format!("{count} findings in the image `{image}`")).into()),
    }
}

fn probe(
    globals: &Globals,
    args: &Args,
    files: &SeriesFiles,
    verification: &Verification,
) -> Result<Vec<ProbeRun>> {
    let subjects = verification.subjects();
    let total: usize = subjects.iter().map(|subject| subject.patches.len()).sum();
    let shown = super::source::Counted::new(globals, "probes", total);
    let mut done = |_: &ProbeRun| shown.one_more();
    runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let runs = match args.probe {
            ProbeMode::Host => probe_host::run(files, &subjects, &cancel, &mut done).await,
            _ => {
                let engine = engine(&cancel).await?;
                let image = &args.probe_image;
                probe_container::run(files, &subjects, &engine, image, &cancel, &mut done).await
            }
        };
        Ok(runs?)
    })
}

/// Writes the matrix when nothing but the record itself differs.
fn update(
    globals: &Globals,
    project: &crate::project::Project,
    files: &SeriesFiles,
    verification: &mut Verification,
    args: &Args,
) -> Result<()> {
    let mut matrix = verification.matrix(files);
    if !args.which.is_all()
        && let Some(old) = &files.matrix
    {
        matrix = matrix.over(old);
    }
    let with_new = SeriesFiles { matrix: Some(matrix.clone()), ..files.clone() };
    verification.judge(&with_new, args.which.is_all());
    if !verification.is_good() {
        globals.note("matrix.lock is not written: there are patches that do not hold");
        return Ok(());
    }
    let path: PathBuf = project.root().join("patches").join(&files.name).join("matrix.lock");
    let text = matrix.to_text();
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        globals.note("matrix.lock says this already");
        return Ok(());
    }
    crate::cli::write_file(&path, &text)?;
    globals.note(&format!("wrote {}", path.display()));
    Ok(())
}
