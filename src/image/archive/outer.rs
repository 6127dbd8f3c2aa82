//! The archive as a whole: layers, and the JSON that says what they are.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::sync::Arc;

use serde::Deserialize;
use tar::EntryType;

use super::blob::{self, Blob};
use super::entries::walk;
use super::layer::{self, LayerEntries};
use crate::image::path::shown;
use crate::image::{Config, History, ImageError, Sha256};

/// The most names that an image may have, over all layers; each costs some hundred bytes of memory.
pub(super) const MOST_ENTRIES: usize = 16 << 20;

/// The most JSON that an archive may hold, in bytes.
const MOST_JSON_BYTES: u64 = 64 << 20;

/// What an archive holds.
#[derive(Debug)]
pub(in crate::image) struct Archive {
    /// The layers, lowest first; one may be there twice.
    pub layers: Vec<Arc<LayerEntries>>,
    /// The layers' hashes, uncompressed, in the same order.
    pub diff_ids: Vec<String>,
    /// One for every instruction of the image and of its base.
    pub history: Vec<History>,
    /// What it tells those who start it.
    pub config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    config: String,
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct ImageJson {
    #[serde(default)]
    config: Option<Config>,
    #[serde(default)]
    history: Vec<History>,
    #[serde(default)]
    rootfs: RootFs,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    diff_ids: Vec<String>,
}

/// Reads an archive to its end.
pub(in crate::image) fn read(archive: impl Read) -> Result<Archive, ImageError> {
    let mut parts = Parts { room: MOST_ENTRIES, ..Parts::default() };
    walk(archive, |entry, content| {
        let name = entry.shown();
        match entry.kind {
            EntryType::Regular | EntryType::Continuous => parts.take(name, content),
            // 20.10 writes a layer that is there twice once, and a link for the other.
            EntryType::Symlink => {
                let from = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = format!("{from}/{}", shown(&entry.link));
                parts.links.insert(name, resolved(&target));
                Ok(())
            }
            _ => Ok(()),
        }
    })?;
    parts.assemble()
}

/// The most bytes of contents that are held at once.
const MOST_FILES_BYTES: u64 = 256 << 20;

/// The contents of files that are asked for, by hash and size.
pub(in crate::image) fn files(
    archive: impl Read,
    wanted: &BTreeMap<Sha256, u64>,
) -> Result<BTreeMap<Sha256, Vec<u8>>, ImageError> {
    let mut found = BTreeMap::new();
    let mut room = MOST_FILES_BYTES;
    let io = |source| ImageError::Read { entry: String::new(), source };
    walk(archive, |entry, content| {
        if !matches!(entry.kind, EntryType::Regular | EntryType::Continuous) {
            return Ok(());
        }
        if let Blob::Layer(mut content) = blob::open(content).map_err(io)? {
            layer::files(&mut content, wanted, &mut room, &mut found)?;
            io::copy(&mut content, &mut io::sink()).map_err(io)?;
        }
        Ok(())
    })?;
    Ok(found)
}

#[derive(Default)]
struct Parts {
    layers: HashMap<String, Arc<LayerEntries>>,
    json: HashMap<String, Vec<u8>>,
    json_bytes: u64,
    links: HashMap<String, String>,
    room: usize,
}

impl Parts {
    fn take(&mut self, name: String, content: &mut dyn Read) -> Result<(), ImageError> {
        let io = |source| ImageError::Read { entry: String::new(), source };
        match blob::open(content).map_err(io)? {
            Blob::Layer(mut content) => {
                let entries = layer::read(&mut content, &mut self.room)?;
                // Past the last entry: checksums of compressed layers stand at their end.
                io::copy(&mut content, &mut io::sink()).map_err(io)?;
                self.layers.insert(name, Arc::new(entries));
            }
            Blob::Other(content) => {
                let mut bytes = Vec::new();
                let left = MOST_JSON_BYTES - self.json_bytes;
                content.take(left + 1).read_to_end(&mut bytes).map_err(io)?;
                if bytes.len() as u64 > left {
                    let (what, limit_bytes) = ("descriptions", MOST_JSON_BYTES);
                    return Err(ImageError::TooLarge { what, bytes: limit_bytes + 1, limit_bytes });
                }
                self.json_bytes += bytes.len() as u64;
                self.json.insert(name, bytes);
            }
        }
        Ok(())
    }

    fn assemble(self) -> Result<Archive, ImageError> {
        let manifests: Vec<Manifest> = self.parse("manifest.json")?;
        let Ok([manifest]) = <[Manifest; 1]>::try_from(manifests) else {
            let why = "expected one image".to_owned();
            return Err(ImageError::Json { name: "manifest.json".to_owned(), why });
        };
        let image: ImageJson = self.parse(&manifest.config)?;
        let layers = manifest.layers.iter().map(|name| {
            let name = self.links.get(name).unwrap_or(name);
            self.layers.get(name).cloned().ok_or_else(|| missing(name))
        });
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let (diff_ids, history) = (image.rootfs.diff_ids, image.history);
        let config = image.config.unwrap_or_default().with_platform(image.others);
        Ok(Archive { layers, diff_ids, history, config })
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, ImageError> {
        let bytes = self.json.get(name).ok_or_else(|| missing(name))?;
        serde_json::from_slice(bytes)
            .map_err(|error| ImageError::Json { name: name.to_owned(), why: error.to_string() })
    }
}

fn missing(name: &str) -> ImageError {
    ImageError::Missing { what: format!("`{name}`") }
}

/// A link's target from the root of the archive; one that leads out of it finds nothing.
fn resolved(target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
