//! The packages that a command about patches works on: published versions, a folder, a tarball.
//!
//! Here npm's settings and the cache's place are read from files and the environment, and progress
//! is shown; what is fetched, and how it is checked, is `npm`'s.

mod progress;
mod settings;
mod which;

use std::cell::OnceCell;
use std::path::Path;

use crate::cli::error::{CommandError, Context, Result};
use bytes::Bytes;

pub use self::progress::CountProgress;
use self::progress::DownloadProgress;
pub use self::which::PackageSelection;
use crate::cli::exit::{Interrupted, UsageError};
use crate::cli::globals::Globals;
use crate::cli::interrupt;
use crate::patch::{SeriesFiles, Upstream, with_manifests};
use crate::project::Project;
use npm::{
    Cache, Cancel, Fetch, Fetched, FileSelection, Freshness, Limits, Local, NpmError, PackageFiles,
    PackageName, Packument, Registry, Release, Version,
};

/// Downloads at once: the largest package has 43 MB, and a mirror has other users.
const THREADS: usize = 4;

/// Where packages may come from.
#[derive(Debug, clap::Args)]
pub struct SourceArgs {
    /// Do not contact a registry; use only the cache
    #[arg(long)]
    offline: bool,
}

/// Gives packages, from the registry, the cache or this machine.
pub struct Source<'a> {
    globals: &'a Globals,
    project: &'a Project,
    offline: bool,
    /// Settings are read when something must be fetched: a package on this machine needs none.
    npm: OnceCell<(Registry, Cache)>,
    /// Set by Ctrl-C.
    pub cancel: Cancel,
    /// Asked for once a command.
    packument: OnceCell<Packument>,
}

impl SourceArgs {
    /// Connects to nothing yet, and listens for Ctrl-C.
    pub fn open<'a>(&self, globals: &'a Globals, project: &'a Project) -> Result<Source<'a>> {
        Ok(Source {
            globals,
            project,
            offline: self.offline,
            npm: OnceCell::new(),
            cancel: on_interrupt()?,
            packument: OnceCell::new(),
        })
    }
}

impl Source<'_> {
    /// The files that a series needs, of the versions that are meant, oldest first.
    ///
    /// # Errors
    ///
    /// The first version whose files cannot be had; a version or range that is not published.
    pub fn upstreams(
        &self,
        series: &SeriesFiles,
        which: &PackageSelection,
    ) -> Result<Vec<Upstream>> {
        let needs = series.series.needs.iter().map(String::as_str);
        let paths = series.series.targets().into_iter().chain(needs);
        self.packages(&series.series.package, paths, which)
    }

    /// Any files of a package, and every `package.json` that says what they are.
    pub fn packages<'p>(
        &self,
        package: &str,
        paths: impl IntoIterator<Item = &'p str>,
        which: &PackageSelection,
    ) -> Result<Vec<Upstream>> {
        let wanted = &FileSelection::new(with_manifests(paths))?;
        if let PackageSelection::Local(path) = which {
            return Ok(vec![local(path, wanted)?]);
        }
        let packument = self.packument(package)?;
        let releases = chosen(packument, which)?;
        let shown = DownloadProgress::new(self.globals, packument.name.as_str(), releases.len());
        let (registry, cache) = self.npm()?;
        let fetch = Fetch {
            registry,
            cache,
            offline: self.offline,
            threads: THREADS,
            limits: Limits::default(),
            cancel: self.cancel.clone(),
        };
        let fetched = fetch.files(&releases, wanted, &|progress| shown.tell(progress));
        shown.clear();
        let one = |fetched: Fetched| -> Result<Upstream> {
            let files = fetched.result.map_err(|error| interrupted(error.into()))?;
            Ok(upstream(fetched.version, files))
        };
        fetched.into_iter().map(one).collect()
    }

    /// One version, or the package on this machine.
    pub fn upstream(&self, series: &SeriesFiles, which: &PackageSelection) -> Result<Upstream> {
        let mut upstreams = self.upstreams(series, which)?;
        match (upstreams.pop(), upstreams.len()) {
            (Some(one), 0) => Ok(one),
            (_, more) => Err(UsageError {
                message: format!("found `{which}`, which is {} versions, expected one", more + 1),
                hint: None,
            }
            .into()),
        }
    }

    /// Every published version, oldest first.
    pub fn versions(&self, package: &str) -> Result<Vec<Version>> {
        let packument = self.packument(package)?;
        Ok(packument.releases.iter().map(|release| release.version.clone()).collect())
    }

    fn npm(&self) -> Result<&(Registry, Cache)> {
        if let Some(npm) = self.npm.get() {
            return Ok(npm);
        }
        let registry = Registry::new(settings::npm(self.project)?);
        let cache = Cache::new(settings::cache()?);
        Ok(self.npm.get_or_init(|| (registry, cache)))
    }

    fn packument(&self, package: &str) -> Result<&Packument> {
        if let Some(packument) = self.packument.get() {
            return Ok(packument);
        }
        let name = PackageName::parse(package)?;
        let freshness = if self.offline { Freshness::Offline } else { Freshness::Now };
        let (registry, cache) = self.npm()?;
        let asked = registry.packument(&name, cache, freshness, &self.cancel);
        let packument = asked.map_err(|error| interrupted(error.into()))?;
        Ok(self.packument.get_or_init(|| packument))
    }
}

fn local(path: &Path, wanted: &FileSelection) -> Result<Upstream> {
    let files = Local::at(path)?.files(wanted, &Limits::default())?;
    let version = files.manifest.version.as_deref().and_then(|text| Version::parse(text).ok());
    let version = version.ok_or_else(|| UsageError {
        message: format!("`package.json` of `{}` states no version", path.display()),
        hint: None,
    })?;
    Ok(upstream(version, files))
}

/// The releases that are meant; never none.
fn chosen<'a>(packument: &'a Packument, which: &PackageSelection) -> Result<Vec<&'a Release>> {
    let releases: Vec<&Release> = match which {
        PackageSelection::Latest => packument.tagged("latest").into_iter().collect(),
        PackageSelection::Versions(versions) => {
            packument.releases.iter().filter(|r| versions.contains(&r.version)).collect()
        }
        PackageSelection::Local(_) => Vec::new(),
    };
    if releases.is_empty() {
        let newest = packument.releases.last().map(|release| release.version.to_string());
        return Err(UsageError {
            message: format!("the registry has no `{which}` of {}", packument.name),
            hint: newest.map(|v| {
                format!("`npm view {} versions` lists them; the newest is {v}", packument.name)
            }),
        }
        .into());
    }
    Ok(releases)
}

fn upstream(version: Version, files: PackageFiles) -> Upstream {
    let files = files.files.into_iter();
    let files = files.map(|(path, file)| (path, file.map(|file| Bytes::from_owner(file.bytes))));
    Upstream { version, files: files.collect() }
}

/// A download that was cancelled was so by Ctrl-C.
fn interrupted(error: CommandError) -> CommandError {
    match error.downcast_ref::<NpmError>() {
        Some(NpmError::Cancelled) => Interrupted.into(),
        _ => error,
    }
}

/// A flag that the first Ctrl-C sets; the second ends the program.
fn on_interrupt() -> Result<Cancel> {
    let cancel = Cancel::new();
    let asked = cancel.clone();
    let runtime = crate::cli::runtime()?;
    let listening = {
        let _inside = runtime.enter();
        interrupt::token().context("cannot listen for signals")?
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            listening.cancelled().await;
            asked.cancel();
            std::future::pending::<()>().await;
        });
    });
    Ok(cancel)
}
