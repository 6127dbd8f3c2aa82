//! A bench without an engine: it understands a few commands and makes the image that they make.
//!
//! `RUN write PATH TEXT`, `RUN copy PATH TO` (fails where there is no such path), `RUN random PATH`
//! (another content in every build), `RUN temporary FOLDER` (another name), `RUN dockerfile PATH`
//! (the text itself), `RUN day PATH` (the day; a rewritten text has it in the cache, of the day
//! before). Every `RUN` is a layer.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::steps::Steps;
use super::{Bench, Built, ProofError, Side, StepRef, StepTime, Timing};
use crate::image::testing::{ImageMaker, LayerMaker};
use crate::image::{Contents, Sha256};

/// What a bench without an engine makes of a text.
pub(crate) struct Made {
    /// The image, as the engine exports it.
    pub archive: Vec<u8>,
    pub wrote: Vec<Option<StepRef>>,
    pub timing: Timing,
}

impl Made {
    pub fn of(archive: Vec<u8>) -> Self {
        Self { archive, wrote: Vec::new(), timing: Timing::default() }
    }
}

/// A bench that makes images instead of building them.
pub(crate) trait MakesImages: Send + Sync {
    fn make(&self, text: &str, side: Side, no_cache: bool) -> Result<Made, ProofError>;

    fn archives(&self) -> &Archives;
}

/// The archives of images that a bench made and that were not released.
#[derive(Default)]
pub(crate) struct Archives {
    made: AtomicUsize,
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Archives {
    /// How many images were made, with the one that is being made.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.kept.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl<T: MakesImages> Bench for T {
    async fn build(&self, text: &str, side: Side, no_cache: bool) -> Result<Built, ProofError> {
        let archives = self.archives();
        let image = archives.made.fetch_add(1, Ordering::Relaxed).to_string();
        let Made { archive, wrote, timing } = self.make(text, side, no_cache)?;
        let contents = Contents::read(archive.as_slice())?;
        archives.kept.lock().unwrap().insert(image.clone(), archive);
        Ok(Built { text: text.to_owned(), image, contents, wrote, timing })
    }

    async fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError> {
        let kept = self.archives().kept.lock().unwrap();
        Ok(Contents::files(kept[&built.image].as_slice(), wanted)?)
    }

    async fn release(&self, built: &Built) -> Result<(), ProofError> {
        let gone = self.archives().kept.lock().unwrap().remove(&built.image);
        gone.expect("it is released once");
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct FakeBench {
    /// Which builds there were, and whether they left the cache aside.
    pub asked: Mutex<Vec<(Side, bool)>>,
    pub kept: Archives,
}

impl MakesImages for FakeBench {
    fn make(&self, text: &str, side: Side, no_cache: bool) -> Result<Made, ProofError> {
        let build = self.kept.made();
        self.asked.lock().unwrap().push((side, no_cache));
        let steps = Steps::read(text, None)?;
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let (mut image, mut wrote) = (ImageMaker::new(), Vec::new());
        let mut timing = Timing::default();
        for step in steps.planned() {
            let line: usize = step.id.parse().unwrap();
            let words: Vec<&str> = step.label.split_whitespace().collect();
            let (path, content) = match words.as_slice() {
                ["RUN", "write", path, content] => ((*path).to_owned(), (*content).to_owned()),
                ["RUN", "random", path] => ((*path).to_owned(), format!("random {build}")),
                ["RUN", "day", path] => {
                    let cached = side == Side::After && !no_cache;
                    let (label, duration) = (step.label.clone(), Duration::ZERO);
                    timing.steps.push(StepTime { line, label, cached, duration });
                    ((*path).to_owned(), format!("day {}", if cached { 27 } else { 28 }))
                }
                ["RUN", "dockerfile", path] => ((*path).to_owned(), text.to_owned()),
                ["RUN", "temporary", folder] => (format!("{folder}/{build}"), "x".to_owned()),
                ["RUN", "copy", from, to] => match files.get(*from) {
                    Some(content) => ((*to).to_owned(), content.clone()),
                    None => {
                        return Err(ProofError::Build {
                            line: Some(line),
                            label: step.label.clone(),
                            message: format!("no such file: {from}"),
                            log: Vec::new(),
                        });
                    }
                },
                _ => panic!("the bench does not know `{}`", step.label),
            };
            let mut layer = LayerMaker::new();
            if let Some((folder, _)) = path.rsplit_once('/') {
                layer = layer.folder(&format!("{folder}/"));
            }
            image = image.layer(&step.label, layer.file(&path, &content));
            files.insert(path, content);
            wrote.push(Some(StepRef { line, label: step.label.clone() }));
        }
        Ok(Made { archive: image.old_archive(), wrote, timing })
    }

    fn archives(&self) -> &Archives {
        &self.kept
    }
}
