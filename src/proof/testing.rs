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

/// The archives of images that a bench made and that were not released.
#[derive(Default)]
pub(crate) struct Archives(Mutex<BTreeMap<String, Vec<u8>>>);

impl Archives {
    pub fn keep(&self, image: &str, archive: Vec<u8>) {
        self.0.lock().unwrap().insert(image.to_owned(), archive);
    }

    /// See [`Bench::files`].
    pub fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError> {
        Ok(Contents::files(self.0.lock().unwrap()[&built.image].as_slice(), wanted)?)
    }

    pub fn release(&self, built: &Built) {
        self.0.lock().unwrap().remove(&built.image).expect("it is released once");
    }

    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

#[derive(Default)]
pub(crate) struct FakeBench {
    builds: AtomicUsize,
    /// Which builds there were, and whether they left the cache aside.
    pub asked: Mutex<Vec<(Side, bool)>>,
    pub kept: Archives,
}

#[async_trait]
impl Bench for FakeBench {
    async fn build(&self, text: &str, side: Side, no_cache: bool) -> Result<Built, ProofError> {
        let build = self.builds.fetch_add(1, Ordering::Relaxed);
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
        let (contents, name) = (image.contents(), build.to_string());
        self.kept.keep(&name, image.old_archive());
        Ok(Built { text: text.to_owned(), image: name, contents, wrote, timing })
    }

    async fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError> {
        self.kept.files(built, wanted)
    }

    async fn release(&self, built: &Built) -> Result<(), ProofError> {
        self.kept.release(built);
        Ok(())
    }
}
