//! `mad patch verify`.

use std::path::PathBuf;

use crate::cli::error::{CommandError, Context, Result};
use clap::ValueEnum;
use npm::Version;

use super::source::{PackageSelection, SourceArgs};
use super::workspace::SeriesArgs;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::{engine, environment, interrupt, runtime};
use crate::patch::probe::{ProbeRun, ProbedPackage};
use crate::patch::{Scope, SeriesFiles, Verification, group, look, probe_container, probe_host};
use crate::profile::Profile;
use crate::project::Project;
use crate::report::patches as report;
use engine::Builder;
use tokio_util::sync::CancellationToken;

/// How often a proof is repeated, for probes that judge by something else than the package.
const REPEATS: usize = 2;

/// Verify the patches: apply them to every version, run the probes, compare with matrix.lock
///
/// Downloads new versions and checks their integrity, applies the series in memory, parses the
/// result, runs each patch's probe without and with that patch, and compares everything with
/// matrix.lock. Exits with 5 and names what failed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A version, a range (">=2.7.0 <3.0.0"), `latest`, a folder or a tarball [default: all
    /// published versions]
    #[arg(value_name = "WHICH", default_value = "*")]
    which: PackageSelection,
    #[command(flatten)]
    series: SeriesArgs,
    /// Where to run probes
    #[arg(long, value_name = "WHERE", default_value = "container")]
    probe: ProbeMode,
    /// The image to run probes in; it must have Node.js
    #[arg(long, value_name = "IMAGE", default_value = "mad/cpu:latest")]
    probe_image: String,
    /// Verify the package inside this image instead: its hashes and every probe
    #[arg(long, value_name = "IMAGE", conflicts_with_all = ["which", "update", "probe_image"])]
    image: Option<String>,
    /// Write the results to matrix.lock if every patch verifies
    #[arg(long)]
    update: bool,
    /// Output format
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
    /// Do not run probes: check texts and hashes only
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// mad.verification/2
    Json,
    /// A job summary
    Markdown,
    /// JUnit test cases, for CI
    Junit,
    /// SARIF, for code scanning
    Sarif,
    /// GitHub Actions annotations
    Github,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    // What is about to be written as a whole need not be readable.
    let files = match args.update && args.which.is_all() {
        true => args.series.load_anew(&project)?,
        false => args.series.load(&project)?,
    };
    if let Some(image) = &args.image {
        return verify_image(globals, args, &files, image);
    }
    let source = args.source.open(globals, &project)?;
    let upstreams = source.upstreams(&files, &args.which)?;
    let contradicts = || format!("patches/{}/series.yaml contradicts itself", files.name);
    let mut verification = group(&files, upstreams).with_context(contradicts)?;
    if args.probe != ProbeMode::Off {
        // One for all rounds: a signal that comes between two of them counts as well.
        let cancel = interrupt::token().context("cannot listen for signals")?;
        loop {
            let subjects = verification.subjects(&files).with_context(contradicts)?;
            if subjects.is_empty() {
                break;
            }
            verification.take_probes(&probe(globals, args, &files, &subjects, &cancel)?);
        }
        for round in 0..REPEATS {
            let subjects = verification.repeats(round);
            // On this host one after the other: what a run leaves somewhere, the next one finds, and
            // in one of two orders that shows.
            let at_once = if args.probe == ProbeMode::Host { 1 } else { subjects.len().max(1) };
            for subjects in subjects.chunks(at_once) {
                verification.take_repeats(&probe(globals, args, &files, subjects, &cancel)?);
            }
        }
    }
    let scope = Scope {
        whole: args.which.is_all(),
        asked: args.which.is_one(),
        built: built(&project, &files),
    };
    verification.judge(&files, &scope);
    if args.update {
        update(globals, &project, &files, &mut verification, &scope)?;
    }
    crate::cli::print(&match args.format {
        Format::Terminal => report::terminal(&verification),
        Format::Json => report::json(&verification),
        Format::Markdown => report::markdown(&verification),
        Format::Junit => report::junit(&verification),
        Format::Sarif => report::sarif(&verification),
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
        if interrupt::or(&cancel, engine.image(image)).await?.is_none() {
            let message = format!("the image `{image}` is not on the engine");
            return Err(UsageError { message, hint: None }.into());
        }
        let mut verification = interrupt::or(&cancel, look(files, &engine, image)).await?;
        let subjects = [verification.subject(files)];
        let shown = super::source::CountProgress::new(globals, "probes", subjects[0].patches.len());
        let mut done = |_: &ProbeRun| shown.one_more();
        let runs = match args.probe {
            ProbeMode::Off => Vec::new(),
            _ => probe_container::run(files, &subjects, &engine, image, &cancel, &mut done).await?,
        };
        verification.judge(files, runs);
        Ok::<_, CommandError>(verification)
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

/// The versions of the package that the project's profiles would build with this series. A profile
/// that does not load is told of where it is used.
fn built(project: &Project, files: &SeriesFiles) -> Vec<Version> {
    let assets = project.assets("profiles").unwrap_or_default();
    let names = assets.iter().filter_map(|asset| {
        asset.path.strip_prefix("profiles/")?.strip_suffix(".yaml").filter(|n| !n.contains('/'))
    });
    let version = |name: &str| {
        let profile = Profile::load(project, name, &[], None).ok()?.profile;
        let version = profile.node.packages.get(&files.series.package)?;
        let version = profile.patches.contains(&files.name).then_some(version)?;
        Version::parse(version).ok()
    };
    names.filter_map(version).collect()
}

fn probe(
    globals: &Globals,
    args: &Args,
    files: &SeriesFiles,
    subjects: &[ProbedPackage],
    cancel: &CancellationToken,
) -> Result<Vec<ProbeRun>> {
    let total: usize = subjects.iter().map(|subject| subject.patches.len()).sum();
    let shown = super::source::CountProgress::new(globals, "probes", total);
    let mut done = |_: &ProbeRun| shown.one_more();
    runtime()?.block_on(async {
        let runs = match args.probe {
            ProbeMode::Host => {
                let kept = probe_host::KEPT.into_iter();
                let kept = kept.filter_map(|name| Some((name, environment::set(name)?))).collect();
                probe_host::run(files, subjects, kept, cancel, &mut done).await
            }
            _ => {
                let engine = engine(cancel).await?;
                let image = &args.probe_image;
                probe_container::run(files, subjects, &engine, image, cancel, &mut done).await
            }
        };
        Ok(runs?)
    })
}

/// Writes the matrix when nothing but the record itself differs.
fn update(
    globals: &Globals,
    project: &Project,
    files: &SeriesFiles,
    verification: &mut Verification,
    scope: &Scope,
) -> Result<()> {
    let mut matrix = verification.matrix(files);
    if !scope.whole
        && let Some(old) = &files.matrix
    {
        matrix = matrix.over(old);
    }
    let with_new = SeriesFiles { matrix: Some(matrix.clone()), ..files.clone() };
    verification.judge(&with_new, scope);
    if !verification.is_good() {
        globals.note("matrix.lock not written: some patches do not verify");
        return Ok(());
    }
    let path: PathBuf = project.root().join("patches").join(&files.name).join("matrix.lock");
    let text = matrix.to_text();
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        globals.note("matrix.lock is up to date");
        return Ok(());
    }
    crate::cli::write_file(&path, &text)?;
    globals.note(&format!("wrote {}", path.display()));
    Ok(())
}
