//! The gates of a profile, tried on the engine that builds.

use std::collections::HashMap;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::build::{BuildError, Gates};
use crate::cli::error::Result;
use crate::patch::SeriesFiles;
use crate::patch::probe::ProbeError;
use crate::profile::{Condition, Loaded};
use crate::project::Project;
use crate::timing::record::Trial;
use crate::verify::{VerifyError, Wanted, verify};
use engine::{DockerEngine, Image};

/// The values of a record that only a trial has.
const MEASURED: [&str; 2] = ["startup_time", "service_uptime"];

/// Whether a secret is certificates and nothing else: no image is worse for having them.
fn is_certificates(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret);
    text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY-----")
}

/// The gates of one build.
pub(super) struct ImageGates<'a> {
    engine: &'a DockerEngine,
    wanted: Wanted,
    /// Whether the profile says something of them; else an image that has the tag already is not tried anew.
    are_named: bool,
}

impl<'a> ImageGates<'a> {
    /// What the profile wants; `secrets` are those of the build.
    pub fn of(
        engine: &'a DockerEngine,
        project: &Project,
        loaded: &Loaded,
        secrets: &HashMap<String, Vec<u8>>,
    ) -> Result<Self> {
        let profile = &loaded.profile;
        let measures = profile.alerts.iter().any(|alert| {
            let condition = Condition::parse(&alert.condition);
            condition.is_ok_and(|it| it.names().iter().any(|name| MEASURED.contains(name)))
        });
        let mut series = Vec::new();
        for name in &profile.patches {
            series.push(SeriesFiles::load(project, name)?);
        }
        let secrets = secrets.values().filter(|secret| !is_certificates(secret));
        let texts = secrets.filter_map(|secret| std::str::from_utf8(secret).ok());
        let lines = texts.flat_map(str::lines).map(|line| line.trim().to_owned());
        let wanted = Wanted {
            name: Some(loaded.name.clone()),
            gates: profile.gates.clone(),
            measures,
            base: Some(profile.base.clone()),
            series,
            canaries: lines.collect(),
            profile: Some(profile.clone()),
            ..Wanted::default()
        };
        Ok(Self { engine, wanted, are_named: measures || !profile.gates.is_empty() })
    }
}

#[async_trait(?Send)]
impl Gates for ImageGates<'_> {
    fn are_wanted(&self, moves: bool) -> bool {
        self.wanted.is_anything() && (moves || self.are_named)
    }

    async fn try_image(
        &self,
        image: &Image,
        cancel: &CancellationToken,
    ) -> std::result::Result<Trial, BuildError> {
        let tried = verify(self.engine, &image.id, &self.wanted, cancel).await;
        tried.map(|found| found.trial()).map_err(|error| match error {
            VerifyError::Engine(error) | VerifyError::Probe(ProbeError::Engine(error)) => {
                error.into()
            }
            VerifyError::Probe(ProbeError::Interrupted) => BuildError::Interrupted,
            error => BuildError::Untried { why: error.to_string() },
        })
    }
}
