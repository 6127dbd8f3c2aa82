//! Tries an image: containers first, then its files, then its patches.

use std::collections::BTreeSet;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::error::VerifyError;
use super::facts::{IMAGE_VERIFY_SCHEMA, ImageVerification, Run};
use super::files::{self, Files, Look};
use super::judge::{Seen, checks, folders};
use super::secrets::{Found, Searcher};
use super::start::{Readiness, Start, stand_ins};
use super::wanted::Wanted;
use crate::patch::{self, probe::ProbeError, probe_container};
use crate::profile::{GateAction, GateName};
use engine::{Builder, Containers, DockerEngine, EngineError, ImageConfig, or_cancelled};

/// Tries `image`. What it starts is gone when this returns.
///
/// # Errors
///
/// No such image, an engine that cannot be used, an interrupt.
pub async fn verify(
    engine: &DockerEngine,
    image: &str,
    wanted: &Wanted,
    cancel: &CancellationToken,
) -> Result<ImageVerification, VerifyError> {
    let label = format!("mad.verify={}", uuid::Uuid::new_v4().simple());
    let sweeping = async {
        engine.sweep_containers().await;
        Ok(())
    };
    or_cancelled(cancel, sweeping).await?;
    let trying = Trying { engine, image, wanted, label: &label, cancel };
    let done = tokio::select! {
        done = trying.all() => done,
        () = cancel.cancelled() => Err(EngineError::Cancelled.into()),
    };
    if done.is_err() {
        // What it was at when it failed.
        let _ = or_cancelled(cancel, engine.remove_containers(&label)).await;
    }
    done
}

struct Trying<'a> {
    engine: &'a DockerEngine,
    image: &'a str,
    wanted: &'a Wanted,
    label: &'a str,
    cancel: &'a CancellationToken,
}

impl Trying<'_> {
    async fn all(&self) -> Result<ImageVerification, VerifyError> {
        let begun = Instant::now();
        let no_image = || VerifyError::NoImage { image: self.image.to_owned() };
        let found = self.engine.image(self.image).await?.ok_or_else(no_image)?;
        let config = self.engine.image_config(self.image).await?.unwrap_or_default();
        let readiness = Readiness::of(&config);
        let mut seen = Seen {
            size_bytes: found.size_bytes,
            user: config.user.clone(),
            readiness: readiness.as_ref().map(|readiness| readiness.command.join(" ")),
            ..Seen::default()
        };
        if self.wanted.starts() {
            seen.runs = self.runs(&found.id, &config, readiness.as_ref()).await?;
        }
        if self.wanted.reads_files() {
            let files = self.files(&found.id).await?;
            seen.files = Some(files);
            seen.base_setuid = self.base_setuid().await?;
        }
        if self.wanted.action(GateName::Secrets) != GateAction::Off {
            seen.texts = self.texts(&found.id, &config).await?;
        }
        if self.wanted.action(GateName::Patches) != GateAction::Off {
            seen.patches = self.patches(&found.id).await?;
        }
        let checks = checks(&seen, self.wanted);
        Ok(ImageVerification {
            schema: IMAGE_VERIFY_SCHEMA.to_owned(),
            image: self.image.to_owned(),
            id: found.id,
            size_bytes: found.size_bytes,
            profile: self.wanted.name.clone(),
            readiness: seen.readiness,
            runs: seen.runs,
            files: seen.files.map(|files| files.counts),
            checks,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// One after the other: two at once would measure each other.
    async fn runs(
        &self,
        image: &str,
        config: &ImageConfig,
        readiness: Option<&Readiness>,
    ) -> Result<Vec<Run>, EngineError> {
        let start = Start {
            engine: self.engine,
            image,
            label: self.label,
            stand_ins: self.wanted.profile.as_ref().map(stand_ins).unwrap_or_default(),
            readiness,
            within: self.wanted.within(),
            watch: self.wanted.watch(),
        };
        let own = if config.user.is_empty() { "root" } else { &config.user };
        let mut runs = Vec::new();
        for _ in 0..self.wanted.own_runs() {
            runs.push(start.run(own, true).await?);
        }
        for user in self.wanted.other_users() {
            runs.push(start.run(&user, false).await?);
        }
        Ok(runs)
    }

    fn searcher(&self) -> Option<Searcher> {
        let is_wanted = self.wanted.action(GateName::Secrets) != GateAction::Off;
        is_wanted.then(|| Searcher::new(&self.wanted.canaries))
    }

    async fn files(&self, image: &str) -> Result<Files, VerifyError> {
        let profile = self.wanted.profile.as_ref();
        let folders = profile.map(folders).unwrap_or_default();
        let folders: BTreeSet<String> = folders.into_iter().map(|(path, _)| path).collect();
        self.read(image, Look { folders, searcher: self.searcher() }).await
    }

    async fn read(&self, image: &str, look: Look) -> Result<Files, VerifyError> {
        let read =
            self.engine.read_files(image, self.label, move |archive| files::read(archive, &look));
        let read = read.await?;
        read.map_err(|error| {
            let during = format!("reading the files of `{}`", self.image).into();
            EngineError::Connection { during, why: error.to_string() }.into()
        })
    }

    /// What has set-user-id in the base image, where that is named and there.
    async fn base_setuid(&self) -> Result<Option<BTreeSet<String>>, VerifyError> {
        if self.wanted.action(GateName::Setuid) == GateAction::Off {
            return Ok(None);
        }
        let Some(base) = &self.wanted.base else { return Ok(None) };
        let Some(found) = self.engine.image(base).await? else { return Ok(None) };
        let files = self.read(&found.id, Look::default()).await?;
        Ok(Some(files.setuid.into_keys().collect()))
    }

    /// Credentials where they are in no file: they stay readable for whoever has the image.
    async fn texts(&self, image: &str, config: &ImageConfig) -> Result<Vec<Found>, EngineError> {
        let Some(searcher) = self.searcher() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for variable in &config.env {
            let name = variable.split('=').next().unwrap_or_default();
            found.extend(searcher.text(&format!("the variable {name}"), variable));
        }
        for (name, value) in &config.labels {
            found.extend(searcher.text(&format!("the label {name}"), value));
        }
        for (at, entry) in self.engine.history(image).await?.iter().enumerate() {
            found.extend(
                searcher.text(&format!("step {} of the history", at + 1), &entry.created_by),
            );
        }
        Ok(found)
    }

    async fn patches(&self, image: &str) -> Result<Vec<patch::ImageVerification>, VerifyError> {
        let mut all = Vec::new();
        for files in &self.wanted.series {
            let mut found = patch::look(files, self.engine, image).await?;
            let subjects = [found.subject(files)];
            let mut done = |_: &patch::probe::ProbeRun| {};
            let run =
                probe_container::run(files, &subjects, self.engine, image, self.cancel, &mut done);
            let runs = match run.await {
                // Without a runtime for them there are no probes, and what they would say is not known.
                Err(ProbeError::NoNode) => Vec::new(),
                runs => runs?,
            };
            found.judge(files, runs);
            all.push(found);
        }
        Ok(all)
    }
}
