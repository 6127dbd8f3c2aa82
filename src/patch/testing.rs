//! The series and the package of `tests/inputs/patches/toy`, for tests of this module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{SeriesFiles, Upstream};
use crate::project::Project;
use npm::Version;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/patches/toy")
}

/// The series.
pub(super) fn toy() -> SeriesFiles {
    SeriesFiles::load(&Project::open(&root()).unwrap(), "toy").unwrap()
}

/// The package in one version.
pub(super) fn upstream(version: &str) -> Upstream {
    let path = "src/server.js";
    let file = std::fs::read(root().join(version).join(path)).ok().map(Bytes::from);
    Upstream {
        version: Version::parse(version).unwrap(),
        files: BTreeMap::from([
            (path.to_owned(), file),
            ("package.json".to_owned(), Some(Bytes::from(r#"{"type": "module"}"#))),
        ]),
    }
}
