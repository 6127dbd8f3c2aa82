//! `mad build`.

mod alerts;
pub(super) mod cache_place;
pub(super) mod docker_options;
mod failed_shell;
mod gates;
pub(super) mod inputs;
pub(super) mod instead;
mod judging;
mod outputs;
mod place;
pub(super) mod unused;

pub(super) use inputs::default_tag;

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::error::{Context, Result};
use clap::ValueEnum;

use docker_options::DockerOptions;
use gates::ImageGates;
use inputs::SecretArgs;
use outputs::Delivery;
use place::Place;

use super::baseline_choice::BaselineChoice;
use super::builds::{BuildJudge, StartedBuild};
use super::environment;
use super::exit::UsageError;
use super::globals::Globals;
use super::packages::Asking;
use super::profile_args::ProfileArgs;
use super::progress::{self, ProgressMode};
use super::streams::Stdout;
use super::{builder_choice, cuda, engine, interrupt, locked, runtime};
use crate::build::{self, BuildOptions, Built, Event};
use crate::project::{Project, Source};
use crate::redact::Redactor;
use crate::render::Plan;
use crate::report::build::terminal;
use crate::text::{count, human_bytes, human_duration};
use crate::timing::judge::Action;
use crate::timing::{Forecast, clean_line};
use crate::ui::progress::Mode;
use engine::{Containers, DockerConfig, beside};

/// Build the image of a profile on the Docker engine
///
/// The image is built under a candidate name. The tag moves to it last, in one step, so it never
/// points to an image that failed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Name of the image [default: mad/PROFILE:latest, or `tag` of mad.yaml]; may be repeated
    #[arg(short, long, value_name = "NAME:TAG")]
    tag: Vec<String>,
    /// Build only up to this stage; without --tag the image keeps its candidate name
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Set an ARG of the Dockerfile; without =VALUE, take the value from the environment
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Do not use the build cache: run every step
    #[arg(long)]
    no_cache: bool,
    /// Progress display
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressMode,
    /// Write the image ID and names to this file, as JSON
    #[arg(long, value_name = "FILE")]
    metadata_file: Option<PathBuf>,
    /// What to do when the build regressed or another alert of the profile fired [default: the
    /// alert's action; an image that was held back stays held back]
    #[arg(long, value_name = "ACTION")]
    on_regression: Option<OnRegression>,
    /// Rerun steps that look slower this many times before reporting a regression
    #[arg(long, value_name = "N", default_value_t = 0)]
    confirm: usize,
    /// What to compare with: `history`, a baseline file, `git:REV` for the file at that revision,
    /// or `auto`: in CI the baseline of the target branch, else the history, else the baseline file
    #[arg(long, value_name = "WHAT", default_value = "auto")]
    baseline: BaselineChoice,
    /// Exit with 4 if there is no verdict: no baseline, too few builds
    #[arg(long)]
    require_verdict: bool,
    /// Build only what mad.lock says: exit with 6, and name what differs, where the profile, its
    /// locks, patches or templates, or the base image are others
    #[arg(long)]
    locked: bool,
    /// When a step fails, open a shell in the image as it was before that step
    #[arg(long, conflicts_with = "dry_run")]
    shell_on_failure: bool,
    /// Print the steps that would be built, how long each usually takes when it runs, and how much would
    /// be sent; build nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to build: a name of `builders` in mad.yaml or of buildx, `default` for the engine, or an address:
    /// tcp://HOST:PORT, unix://PATH, ssh://HOST, kube://NAMESPACE/DEPLOYMENT [default: the `builders` of
    /// mad.yaml, by platform and profile, else the engine]
    #[arg(long, value_name = "NAME|ADDRESS")]
    builder: Option<String>,
    #[command(flatten)]
    docker: DockerOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnRegression {
    /// Exit with 3; the tag moves to the new image
    Fail,
    /// Print a warning and exit with 0
    Warn,
    /// Exit with 3; the tag stays on the current image
    Rollback,
}

impl From<OnRegression> for Action {
    fn from(choice: OnRegression) -> Self {
        match choice {
            OnRegression::Fail => Self::Fail,
            OnRegression::Warn => Self::Warn,
            OnRegression::Rollback => Self::Rollback,
        }
    }
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    let project = globals.project()?;
    let profile = args.profile.name(globals, &project)?;
    if args.dry_run {
        return build(globals, args, project, &profile);
    }
    let begun = StartedBuild::note(&project, &profile);
    let built = build(globals, args, project, &profile);
    begun.ended(&built);
    built
}

fn build(globals: &Globals, args: Args, project: Project, profile: &str) -> Result<()> {
    let mut loaded = args.profile.load(&project, profile)?;
    cuda::settle(globals, &project, &mut loaded)?;
    let tags = inputs::tags_of(&args.tag, args.target.as_deref(), &project, &loaded.name)?;
    if args.docker.push && tags.is_empty() {
        return Err(UsageError {
            message: "--push: the image of --target has no name to push".to_owned(),
            hint: Some("name it: `--tag NAME:TAG`".to_owned()),
        }
        .into());
    }
    // git answers while the engine is asked.
    let source = std::thread::spawn({
        let project = project.clone();
        move || Source::of(&project)
    });
    let no_cache = args.docker.no_cache(args.no_cache);
    let solve = args.docker.solve()?;
    args.docker.output.iter().try_for_each(outputs::Export::check)?;
    let secrets = inputs::secrets(&args.secrets)?;
    let mut options = BuildOptions {
        tags,
        target: args.target.clone(),
        build_args: inputs::build_args(&args.build_arg)?,
        no_cache,
        secrets: secrets.values.clone(),
        solve,
        source: Source::default(),
        ci_run: environment::ci_run(),
        redactor: Redactor::default(),
    };
    let judge = BuildJudge::open(globals, &project, &loaded, &args.baseline)?;
    options.redactor = judge.redactor(&project);
    let policy = judging::policy(&args, &loaded);
    let candidates = builder_choice::candidates(&project, &loaded.name, args.builder.as_deref())?;
    runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let engine = engine(&cancel).await?;
        if let Err(error) = DockerConfig::read(environment::docker_settings().config_dir.as_deref())
        {
            globals.note(&format!("warning: {error}"));
        }
        let pinned = match args.locked {
            true => {
                let mode = match args.progress.at(globals) {
                    // What is printed there is the build's.
                    Mode::Json => Mode::Quiet,
                    mode => mode,
                };
                let secrets = secrets.values.clone();
                let asking = Asking { globals, project: &project, mode, secrets };
                locked::check_on(&engine, &project, &loaded, &asking, &cancel).await?
            }
            false => None,
        };
        let pinned = pinned.map(|base| args.profile.load_on(&project, profile, Some(&base)));
        let mut pinned = pinned.transpose()?;
        if let (Some(pinned), Some(gpu)) = (&mut pinned, &loaded.profile.gpu) {
            pinned.profile.gpu = Some(gpu.clone());
        }
        let to_build = pinned.as_ref().unwrap_or(&loaded);
        let place =
            Place::choose(globals, &candidates, &engine, &mut options.solve, &cancel).await?;
        let plan = crate::render::render(&project, to_build, place.frontend())?;
        let own_platform = place.platform().to_owned();
        let platforms = match &options.solve.platform {
            Some(asked) if *asked != own_platform => place.platforms().await?,
            _ => vec![own_platform.clone()],
        };
        args.docker.check(
            &options.solve,
            &plan,
            &place.engine_version(),
            place.frontend(),
            &platforms,
        )?;
        plan.check_platform(options.solve.platform.as_ref().unwrap_or(&own_platform))?;
        let builder = place.builder();
        check_target(&plan, options.target.as_deref())?;
        unused::check(&plan, &args.build_arg, &secrets)?;
        plan.notes.iter().for_each(|note| globals.note(&format!("note: {note}")));
        for warning in unused::warnings(&plan, &args.build_arg, &secrets) {
            globals.note(&format!("warning: {warning}"));
        }
        for id in options.solve.ssh.keys().filter(|id| !plan.mounts_ssh(id)) {
            globals
                .note(&format!("warning: no step of the Dockerfile mounts the ssh agent `{id}`"));
        }
        if args.dry_run {
            let forecast = judge.forecast(&project, &plan, &options, &builder.describe());
            return dry_run(&plan, &options, &builder.describe(), &forecast);
        }
        let stdout = Stdout::default();
        let mode = args.progress.at(globals);
        let mut progress = progress::open(globals, mode, stdout.clone());
        if mode == Mode::Tty {
            progress.expect(judge.forecast(&project, &plan, &options, &builder.describe()));
        }
        let mut observe = |event: Event<'_>, tracker: &crate::timing::Tracker| match event {
            Event::Started(start) => progress.started(start),
            Event::Uploaded(bytes, total) => progress.uploaded(bytes, total),
            Event::Changed(changes) => progress.changed(tracker, changes),
            Event::Tick => progress.tick(tracker),
            Event::Finished(end) => progress.finished(tracker, end),
            Event::Repeating { steps, again, of } => globals.note(&repeating(steps, again, of)),
            Event::Trying => {
                globals.note("trying the image: its gates come before the tag");
            }
            Event::NotRepeated(error) => {
                globals.note(&format!("warning: the steps could not be run again: {error}"))
            }
        };
        options.source = source.join().unwrap_or_default();
        let gates = ImageGates::of(&engine, &project, to_build, &secrets.values)?;
        let building =
            build::build(builder, &judge, &gates, &plan, &options, policy, &cancel, &mut observe);
        // What others left behind goes while the engine builds.
        let decided = beside(building, engine.sweep_containers()).await;
        let report = judging::report(&decided);
        if let Some(report) = &report {
            progress.judged(&report.judgement);
            // For programs it was an event; quiet is for results and errors; and a build that failed has
            // no verdict: what failed was shown.
            let mut look = globals.look();
            look.unicode &= mode == Mode::Tty;
            if decided.built.is_ok() && matches!(mode, Mode::Tty | Mode::Plain) {
                globals.tell(&terminal::short(report, look));
            }
        }
        if let Some(report) = &report {
            alerts::act(globals, project.root(), loaded.profile.notify.as_ref(), report);
        }
        // What does not hold is said, whatever the display, with the lines that show it.
        if let Some(trial) = &decided.record.trial {
            let said = crate::report::verify::failed_gates(trial, globals.look());
            if !said.is_empty() {
                globals.tell(&format!("gates that do not hold:\n{said}"));
            }
            if let Some(warning) = trial.warning().filter(|_| trial.refusal().is_none()) {
                globals.note(&format!("warning: the tag moved all the same: {warning}"));
            }
        }
        if args.shell_on_failure && decided.built.is_err() && !cancel.is_cancelled() {
            let record = &decided.record;
            failed_shell::open(globals, &engine, &plan, &options, record, &cancel).await;
        }
        let built = decided.built?;
        if let Some(path) = &args.docker.iidfile {
            // The id and nothing else, as Docker writes it.
            super::write_file(path, &built.image.id)?;
        }
        if let Some(path) = &args.metadata_file {
            // Also where it cannot be delivered: it is built and named.
            write_metadata(path, &plan, &built, &[])?;
        }
        // What did not pass goes nowhere.
        if built.held.is_none() && decided.objection.is_none() {
            let (plan, options, built) = (&plan, &options, &built);
            let delivery = Delivery {
                globals,
                engine: &engine,
                builder,
                plan,
                options,
                built,
                cancel: &cancel,
            };
            for export in &args.docker.output {
                delivery.export(export).await?;
            }
            if args.docker.push {
                let pushed = delivery.push().await?;
                if let Some(path) = &args.metadata_file {
                    write_metadata(path, plan, built, &pushed)?;
                }
            }
        }
        let kept_as = built.held.as_ref().and_then(|held| held.kept_as.as_deref());
        judging::objection(decided.objection, kept_as)?;
        Ok(stdout.check()?)
    })
}

/// Which steps are run again.
fn repeating(steps: &[String], again: usize, of: usize) -> String {
    let first = steps.first().map(|label| clean_line(label)).unwrap_or_default();
    let shown: String = first.chars().take(80).collect();
    let more = match steps.len() {
        0 | 1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    format!("slower than before; rerunning {shown}{more} to confirm ({again} of {of})")
}

fn check_target(plan: &Plan, target: Option<&str>) -> Result<()> {
    let stages: Vec<String> = plan.stage_names().collect();
    match target.filter(|target| !plan.has_stage(target)) {
        None => Ok(()),
        Some(target) => Err(UsageError {
            message: format!("no stage `{target}`, expected one of `{}`", stages.join("`, `")),
            hint: None,
        }
        .into()),
    }
}

fn dry_run(plan: &Plan, options: &BuildOptions, engine: &str, forecast: &Forecast) -> Result<()> {
    let mut text = String::new();
    let mut usual = Duration::ZERO;
    for step in plan.steps_for(options.target.as_deref()) {
        let origin = step.origin.as_ref().map(ToString::to_string).unwrap_or_default();
        let label: String = step.label.chars().take(70).collect();
        let took = forecast.usual(&step.id).map(|took| {
            usual += took;
            format!("  usually {}", human_duration(took))
        });
        let took = took.unwrap_or_default();
        text.push_str(&format!("{:<12} {label:<70}  {origin}{took}\n", step.stage));
    }
    let (files, bytes) = plan.context.size()?;
    let context = format!("\ncontext: {}, {}", count(files, "file"), human_bytes(bytes));
    text.push_str(&context);
    if !usual.is_zero() {
        let all = human_duration(usual);
        text.push_str(&format!(
            "; steps that ran in earlier builds took {all} one after the other"
        ));
    }
    let tags = if options.tags.is_empty() { "no name".to_owned() } else { options.tags.join(", ") };
    text.push_str(&format!(
        "\nplan {} on {engine}, tag {tags}; nothing was built\n",
        &plan.hash[..12]
    ));
    super::print(&text)
}

fn write_metadata(
    path: &std::path::Path,
    plan: &Plan,
    built: &Built,
    pushed: &[String],
) -> Result<()> {
    // The first two keys are those of `docker buildx build --metadata-file`.
    let metadata = serde_json::json!({
        "containerimage.digest": built.image.id,
        "image.name": built.tags.join(","),
        "mad.schema": "mad.build-metadata/1",
        "mad.profile": plan.profile,
        "mad.plan": plan.hash,
        "mad.build_ref": built.build_ref,
        "mad.size_bytes": built.image.size_bytes,
        "mad.pushed": pushed,
    });
    super::write_file(path, format!("{metadata:#}\n"))
}
