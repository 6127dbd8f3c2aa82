//! The patches inside a built image: hashes against the matrix, and every probe on what is there.

use serde::Serialize;

use super::probe::{ProbeRun, ProbedPackage};
use super::{Difference, DifferenceKind, ProbeResult, SeriesFiles};
use engine::{Containers, EngineError};
use hash::sha256;

/// Where mad's images have their npm packages.
const MODULES: &str = "/opt/mad/node/node_modules";

/// What an image has of a patched package.
#[derive(Debug, Clone, Serialize)]
pub struct ImageVerification {
    /// `mad.image-verification/1`.
    pub schema: &'static str,
    /// As it was named.
    pub image: String,
    /// npm package.
    pub package: String,
    /// Its version, by its `package.json`.
    pub version: String,
    /// By path: SHA-256 of the file in the image.
    pub targets: Vec<ImageTarget>,
    /// What the probes said of the package in the image.
    pub probes: Vec<ProbeRun>,
    /// What does not hold.
    pub differences: Vec<Difference>,
}

/// One target in an image.
#[derive(Debug, Clone, Serialize)]
pub struct ImageTarget {
    /// In the package.
    pub path: String,
    /// SHA-256, or `None` where it is missing.
    pub found: Option<String>,
}

/// Reads what an image has.
pub async fn look(
    files: &SeriesFiles,
    engine: &dyn Containers,
    image: &str,
) -> Result<ImageVerification, EngineError> {
    let package = &files.series.package;
    let label = format!("mad.look={}", uuid::Uuid::new_v4().simple());
    let targets = files.series.targets();
    let paths = ["package.json"].into_iter().chain(targets.iter().copied());
    let paths: Vec<String> = paths.map(|path| format!("{MODULES}/{package}/{path}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut contents = engine.contents_of_image(image, &paths, &label).await?.into_iter();
    let version = contents
        .next()
        .flatten()
        .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok())
        .and_then(|json| Some(json.get("version")?.as_str()?.to_owned()))
        .unwrap_or_default();
    let targets = targets
        .into_iter()
        .zip(contents)
        .map(|(path, content)| ImageTarget { path: path.to_owned(), found: content.map(sha256) })
        .collect();
    Ok(ImageVerification {
        schema: "mad.image-verification/1",
        image: image.to_owned(),
        package: package.clone(),
        version,
        targets,
        probes: Vec::new(),
        differences: Vec::new(),
    })
}

impl ImageVerification {
    /// The installed package, for its probes.
    pub fn subject(&self, files: &SeriesFiles) -> ProbedPackage {
        // An optional patch that does not fit this version is not in the image.
        let known = files.matrix.as_ref().and_then(|matrix| matrix.of_version(&self.version));
        let is_missing = |patch: &super::Patch| {
            let entry = known.and_then(|known| known.entry(&patch.id));
            patch.optional && entry.is_some_and(|entry| entry.probe.is_none())
        };
        let patches = files.series.patches.iter().filter(|patch| !is_missing(patch));
        let patches = patches.map(|patch| patch.id.clone()).collect();
        ProbedPackage::installed(format!("{MODULES}/{}", self.package), patches)
    }

    /// Judges hashes by the matrix, and what the probes said.
    pub fn judge(&mut self, files: &SeriesFiles, probes: Vec<ProbeRun>) {
        let versions = vec![self.version.clone()];
        let mut differ = |what: &str, expected: String, found: String| {
            let versions = versions.clone();
            let (kind, what) = (DifferenceKind::Image, what.to_owned());
            self.differences.push(Difference { kind, versions, what, expected, found });
        };
        if self.version.is_empty() {
            let found = format!("no {MODULES}/{}/package.json in the image", self.package);
            differ(&self.package, "the package".to_owned(), found);
        }
        let known = files.matrix.as_ref().and_then(|matrix| matrix.of_version(&self.version));
        for target in &self.targets {
            let proven =
                known.map(|known| known.targets.iter().find(|proven| proven.path == target.path));
            let expected = match proven {
                Some(Some(proven)) => format!("sha256 {}", proven.patched),
                Some(None) => "no such file".to_owned(),
                None => "a version in matrix.lock".to_owned(),
            };
            let found = match &target.found {
                Some(hash) => format!("sha256 {hash}"),
                None => "no such file".to_owned(),
            };
            if expected != found {
                differ(&target.path, expected, found);
            }
        }
        for run in probes.iter().filter(|run| run.result != ProbeResult::Passes) {
            let found = run.why.clone().unwrap_or_else(|| "it does not pass".to_owned());
            differ(&run.patch, "a probe that passes".to_owned(), found);
        }
        self.probes = probes;
    }
}
