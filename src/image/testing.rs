//! Images made by hand, in the formats that engines write.

use std::io::Write;

use tar::{Builder, EntryType, Header};

use super::Contents;

/// A layer to be written.
pub(crate) struct LayerMaker(Builder<Vec<u8>>);

impl LayerMaker {
    pub fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    fn header(kind: EntryType, mode: u32, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(7);
        header
    }

    /// An entry of any kind, with its name as it stands, however bad.
    pub fn entry(mut self, kind: EntryType, name: &str, link: &str, content: &[u8]) -> Self {
        let mut header = Self::header(kind, 0o644, content.len() as u64);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..name.len()].copy_from_slice(name.as_bytes());
        gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    pub fn file(self, name: &str, content: &str) -> Self {
        self.entry(EntryType::Regular, name, "", content.as_bytes())
    }

    pub fn folder(self, name: &str) -> Self {
        self.entry(EntryType::Directory, name, "", b"")
    }

    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, target, b"")
    }

    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Link, name, target, b"")
    }

    /// A file with its mode, owner and group.
    pub fn owned(mut self, name: &str, mode: u32, uid: u64, gid: u64, content: &str) -> Self {
        let mut header = Self::header(EntryType::Regular, mode, content.len() as u64);
        header.set_uid(uid);
        header.set_gid(gid);
        self.0.append_data(&mut header, name, content.as_bytes()).unwrap();
        self
    }

    /// An entry with its mode, owner, group and numbers of a device.
    pub fn node(
        mut self,
        kind: EntryType,
        name: &str,
        (mode, uid, gid): (u32, u64, u64),
        (link, device): (&str, (u32, u32)),
        content: &[u8],
    ) -> Self {
        let mut header = Self::header(kind, mode, content.len() as u64);
        header.set_uid(uid);
        header.set_gid(gid);
        if !link.is_empty() {
            header.set_link_name(link).unwrap();
        }
        if matches!(kind, EntryType::Char | EntryType::Block) {
            header.set_device_major(device.0).unwrap();
            header.set_device_minor(device.1).unwrap();
        }
        self.0.append_data(&mut header, name, content).unwrap();
        self
    }

    /// Pax records in front of the next entry.
    pub fn pax(mut self, records: &[(&str, &[u8])]) -> Self {
        self.0.append_pax_extensions(records.iter().copied()).unwrap();
        self
    }

    pub fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

/// An image to be written.
#[derive(Default)]
pub(crate) struct ImageMaker {
    layers: Vec<(Vec<u8>, String)>,
    config: serde_json::Value,
    fields: serde_json::Map<String, serde_json::Value>,
}

impl ImageMaker {
    pub fn new() -> Self {
        Self { config: serde_json::json!({}), ..Self::default() }
    }

    /// Adds a layer and the instruction that wrote it.
    pub fn layer(mut self, created_by: &str, layer: LayerMaker) -> Self {
        self.layers.push((layer.bytes(), created_by.to_owned()));
        self
    }

    /// A field of the image beside its configuration.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub fn config(mut self, config: serde_json::Value) -> Self {
        self.config = config;
        self
    }

    fn json(&self) -> String {
        let history: Vec<_> = std::iter::once(serde_json::json!({"created_by": "ENV a"}))
            .map(|mut env| {
                env["empty_layer"] = true.into();
                env
            })
            .chain(self.layers.iter().map(|(_, by)| serde_json::json!({"created_by": by})))
            .collect();
        let ids: Vec<String> = self.layers.iter().map(|(bytes, _)| hash::sha256(bytes)).collect();
        let mut json = serde_json::json!({
            "config": self.config, "history": history, "rootfs": {"diff_ids": ids}
        });
        json.as_object_mut().unwrap().extend(self.fields.clone());
        json.to_string()
    }

    /// As engine 20.10 writes it: layers in folders, the manifest last.
    pub fn old_archive(&self) -> Vec<u8> {
        let mut archive = LayerMaker::new();
        let mut names = Vec::new();
        for (index, (bytes, _)) in self.layers.iter().enumerate() {
            let folder = format!("{index:064}");
            archive = archive
                .folder(&format!("{folder}/"))
                .file(&format!("{folder}/VERSION"), "1.0")
                .file(&format!("{folder}/json"), "{}");
            let name = format!("{folder}/layer.tar");
            let same = self.layers[..index].iter().position(|(other, _)| other == bytes);
            archive = match same {
                Some(same) => archive.symlink(&name, &format!("../{same:064}/layer.tar")),
                None => archive.entry(EntryType::Regular, &name, "", bytes),
            };
            names.push(name);
        }
        let manifest = serde_json::json!([{"Config": "c.json", "RepoTags": null, "Layers": names}]);
        archive.file("c.json", &self.json()).file("manifest.json", &manifest.to_string()).bytes()
    }

    /// As engine 25 and later write it: blobs, here compressed as `pack` does it.
    pub fn new_archive(&self, pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut archive =
            LayerMaker::new().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        let manifest_names: Vec<String> = self
            .layers
            .iter()
            .map(|(bytes, _)| format!("blobs/sha256/{}", hash::sha256(bytes)))
            .collect();
        let manifest = serde_json::json!([{
            "Config": "blobs/sha256/0", "RepoTags": ["x:1"], "Layers": manifest_names
        }]);
        archive = archive.file("manifest.json", &manifest.to_string()).file("index.json", "{}");
        let mut written = std::collections::BTreeSet::new();
        for (name, (bytes, _)) in manifest_names.iter().zip(&self.layers) {
            if written.insert(name) {
                archive = archive.entry(EntryType::Regular, name, "", &pack(bytes));
            }
        }
        archive.file("blobs/sha256/0", &self.json()).bytes()
    }

    pub fn contents(&self) -> Contents {
        Contents::read(self.old_archive().as_slice()).unwrap()
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}
