//! The archive that `docker save` and `GET /images/…/get` write, read in one pass.
//!
//! Its format: <https://github.com/moby/moby/blob/master/image/spec/v1.2.md> up to engine 24
//! (`<id>/layer.tar`), the OCI layout with a `manifest.json` beside it from 25 on
//! (`blobs/sha256/<digest>`). Layers come before the manifest that orders them, so their entries
//! are kept as a list each; contents are hashed while they pass and kept nowhere.

mod blob;
mod entries;
mod extension;
mod layer;
mod outer;

pub(super) use layer::{Change, LayerEntries};
pub(super) use outer::{Archive, files, read};
