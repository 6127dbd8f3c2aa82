//! What `mad add`, `remove`, `lock` and `init` share: the engine resolves, then the files are written.

use std::collections::{BTreeMap, HashMap};

use tokio_util::sync::CancellationToken;

use crate::cli::error::{Context, Result};

use super::globals::Globals;
use super::locked;
use super::profile_args::chosen;
use super::progress::{self, ProgressMode};
use super::{engine, interrupt, runtime, write_file};
use crate::build::{BuildOptions, CaBundle, Event, Produced, produce};
use crate::lock::{Answer, Change, Registry, Requirement, Update, UpdateScope, own_file};
use crate::profile::{Loaded, Profile};
use crate::project::Project;
use crate::redact::{Key, Redactor};
use crate::render::{RUN_ARGUMENT, Resolve, render_resolve};
use crate::timing::Tracker;
use crate::ui::progress::Mode;
use engine::DockerEngine;

/// How packages are resolved.
#[derive(Debug, clap::Args)]
pub struct ResolveArgs {
    /// CA certificates that the steps trust: a PEM file, `host` or `none`
    #[arg(long, value_name = "FILE|host|none", default_value = "host")]
    ca_bundle: CaBundle,
    /// Progress display
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressMode,
}

/// A profile of the project whose packages change.
pub struct Packages<'a> {
    pub globals: &'a Globals,
    pub project: Project,
    /// The profile's name.
    pub profile: String,
    pub args: &'a ResolveArgs,
}

impl<'a> Packages<'a> {
    /// Of the profile that was named, or of the one that `mad build` would take.
    pub fn open(
        globals: &'a Globals,
        profile: Option<&str>,
        args: &'a ResolveArgs,
    ) -> Result<Self> {
        let project = globals.project()?;
        let profile = chosen(globals, &project, profile)?;
        Ok(Self { globals, project, profile, args })
    }

    /// The profile as it is on disk.
    pub fn load(&self) -> Result<Loaded> {
        Ok(Profile::load(&self.project, &self.profile, &[], None)?)
    }

    /// Resolves, and writes the profile, its locks and mad.lock. Nothing is written where that fails.
    pub fn update(
        &self,
        loaded: &Loaded,
        wanted: Vec<Requirement>,
        extent: UpdateScope<'_>,
    ) -> Result<Vec<Change>> {
        let mut edit = own_file(&self.project, loaded)?;
        let is_apt = |registry: Registry| matches!(registry, Registry::Apt | Registry::AptBuild);
        let touched = match extent {
            UpdateScope::Needed(touched) => touched,
            UpdateScope::Everything => &[],
        };
        // What is installed is then another list, which only the changed profile tells.
        let moves_apt = wanted.iter().map(|wanted| wanted.registry).any(is_apt)
            || touched.iter().copied().any(is_apt);
        let mut update = Update::of(&self.project, loaded, wanted, extent)?;
        let (produced, answer) = match update.resolve.is_empty() {
            true => (Produced::default(), Answer::default()),
            false => {
                update.resolve.installed = !moves_apt;
                self.ask(loaded, &update)?
            }
        };
        let updated = update.apply(&answer, &mut edit)?;
        for (path, text) in &updated.files {
            write_file(&self.project.root().join(path), text)?;
        }
        let path = edit.path();
        if self.project.asset(path)?.text()? != edit.text() {
            write_file(&self.project.root().join(path), edit.text())?;
        }
        let loaded = self.load()?;
        locked::write(&self.project, &loaded, &produced.images, &answer)?;
        if moves_apt && locked::can_tell_installed(&self.project, &loaded)? {
            self.note_installed(&loaded)?;
        }
        Ok(updated.changes)
    }

    /// Notes what is installed, where an engine answers and the profile has the stages that install.
    pub fn note_installed(&self, loaded: &Loaded) -> Result<()> {
        let mut update = Update::of(&self.project, loaded, Vec::new(), UpdateScope::Needed(&[]))?;
        update.resolve.installed = true;
        let (produced, answer) = self.ask(loaded, &update)?;
        locked::write(&self.project, loaded, &produced.images, &answer)
    }

    fn ask(&self, loaded: &Loaded, update: &Update) -> Result<(Produced, Answer)> {
        let paths = update.paths();
        let bundle = self.args.ca_bundle.read()?;
        let secrets = bundle.map(|bundle| ("ca".to_owned(), bundle)).into_iter().collect();
        let mode = self.args.progress.at(self.globals);
        let asking = Asking { globals: self.globals, project: &self.project, mode, secrets };
        let produced = runtime()?.block_on(async {
            let cancel = interrupt::token().context("cannot listen for signals")?;
            let engine = engine(&cancel).await?;
            asking.ask(&engine, loaded, &update.resolve, &paths, &cancel).await
        })?;
        let answer = Answer::read(&paths, produced.files.clone());
        Ok((produced, answer))
    }

    /// Prints what moved in the locks, a line each.
    pub fn print(&self, changes: &[Change]) -> Result<()> {
        let rows: Vec<(&str, &str, String)> = changes.iter().map(row).collect();
        let width = |of: fn(&(&str, &str, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let (registry, name) = (width(|row| row.0.len()), width(|row| row.1.len()));
        let line = |(from, what, moved): &(&str, &str, String)| {
            format!("{from:<registry$}  {what:<name$}  {moved}\n")
        };
        super::print(&rows.iter().map(line).collect::<String>())
    }
}

fn row(change: &Change) -> (&str, &str, String) {
    let versions = |versions: &[String]| match versions {
        [] => "none".to_owned(),
        some => some.join(", "),
    };
    let moved = format!("{} -> {}", versions(&change.old), versions(&change.new));
    (change.registry.word(), &change.name, moved)
}

/// A question that the engine answers with files.
pub struct Asking<'a> {
    pub globals: &'a Globals,
    pub project: &'a Project,
    pub mode: Mode,
    pub secrets: HashMap<String, Vec<u8>>,
}

impl Asking<'_> {
    /// Has the engine run the steps, and reads the files.
    pub async fn ask(
        &self,
        engine: &DockerEngine,
        loaded: &Loaded,
        resolve: &Resolve,
        paths: &[&str],
        cancel: &CancellationToken,
    ) -> Result<Produced> {
        let run = uuid::Uuid::new_v4().simple().to_string();
        let options = BuildOptions {
            secrets: self.secrets.clone(),
            redactor: Redactor::new(Key::random(), super::builds::plain(self.project)),
            build_args: BTreeMap::from([(RUN_ARGUMENT.to_owned(), run)]),
            ..BuildOptions::default()
        };
        let plan = render_resolve(self.project, loaded, engine.capabilities().frontend, resolve)?;
        let mut progress = progress::open_aside(self.globals, self.mode);
        let mut observe = |event: Event<'_>, tracker: &Tracker| match event {
            Event::Started(start) => progress.started(start),
            Event::Uploaded(bytes, total) => progress.uploaded(bytes, total),
            Event::Changed(changes) => progress.changed(tracker, changes),
            Event::Tick => progress.tick(tracker),
            Event::Finished(end) => progress.finished(tracker, end),
            Event::Repeating { .. } | Event::NotRepeated(_) | Event::Trying => {}
        };
        Ok(produce(engine, &plan, &options, paths, cancel, &mut observe).await?)
    }
}

/// The registries of these packages, each once.
pub fn registries<'a>(wanted: impl IntoIterator<Item = &'a Requirement>) -> Vec<Registry> {
    let mut all: Vec<Registry> = wanted.into_iter().map(|wanted| wanted.registry).collect();
    all.sort();
    all.dedup();
    all
}
