//! What the engine tells beside the build: its machine, the images that were used, the names that
//! are about to move.
//!
//! None of it decides over the build, so what the engine does not answer in time stays unknown.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::timing::{Tracker, WorkKind};
use engine::{Builder, Host, HostLoad};

/// How long an answer may keep a build waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// The machine, asked while the build runs; it may answer a little later than the build ends.
pub(super) async fn host(engine: &dyn Builder, ended: &CancellationToken) -> Host {
    let too_late = async {
        ended.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        host = engine.host() => host.unwrap_or_default(),
        () = too_late => Host::default(),
    }
}

/// The processor time that was taken away since `before`, in milliseconds; `None` where the engine
/// is not on this machine.
pub(super) fn steal_ms(host: &Host, before: Option<HostLoad>) -> Option<u64> {
    let before = before.filter(|_| host.is_here)?;
    Some(HostLoad::now()?.steal_ms.saturating_sub(before.steal_ms))
}

/// The ids of images by their names, empty where nobody knows. What the engine pulled it names by
/// its digest; what it had, it knows.
pub(super) async fn image_ids(
    engine: &dyn Builder,
    names: impl IntoIterator<Item = String>,
    tracker: &Tracker,
) -> BTreeMap<String, String> {
    let asked = names.into_iter().map(|name| async {
        let id = match pulled(tracker, &name) {
            Some(digest) => Some(digest),
            None => in_time(engine.base_image(&name)).await.flatten().map(|image| image.id),
        };
        (name, id.unwrap_or_default())
    });
    join_all(asked).await.into_iter().collect()
}

/// What names point to now; those that point nowhere are left out.
pub(super) async fn named(engine: &dyn Builder, names: &[String]) -> BTreeMap<String, String> {
    let asked = names.iter().map(|name| async move {
        let image = in_time(engine.image(name)).await.flatten()?;
        Some((name.clone(), image.id))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// The answer, where it comes in time and is none of trouble.
pub(super) async fn in_time<T, E>(asked: impl Future<Output = Result<T, E>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
}

/// The digest in `FROM docker.io/library/debian:trixie@sha256:…`.
fn pulled(tracker: &Tracker, name: &str) -> Option<String> {
    let bases = tracker.engine_works().filter(|work| work.kind == WorkKind::Base);
    bases.filter_map(|work| work.label.strip_prefix("FROM ")?.split_once('@')).find_map(
        |(image, digest)| {
            let (name, _) = name.split_once('@').unwrap_or((name, ""));
            let is_it = image == name || image.ends_with(&format!("/{name}"));
            (is_it || image.ends_with(&format!("/{name}:latest"))).then(|| digest.to_owned())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{StatusUpdate, Vertex};

    #[test]
    fn pulled_images_are_named_by_their_digest() {
        let mut tracker = Tracker::new(Vec::new());
        for name in ["debian:trixie@sha256:d", "alpine:latest@sha256:a", "mine:1"] {
            let name = format!("[base 1/2] FROM docker.io/library/{name}");
            let vertex = Vertex { digest: name.clone(), name, ..Vertex::default() };
            tracker.update(&StatusUpdate { vertexes: vec![vertex], ..StatusUpdate::default() });
        }
        for (name, digest) in [
            ("debian:trixie", Some("sha256:d")),
            ("debian:trixie@sha256:d", Some("sha256:d")),
            ("docker.io/library/debian:trixie", Some("sha256:d")),
            ("alpine", Some("sha256:a")),
            ("mine:1", None),
            ("trixie", None),
        ] {
            assert_eq!(pulled(&tracker, name).as_deref(), digest, "{name}");
        }
    }
}
