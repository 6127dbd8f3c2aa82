//! Which step of the plan made which layer of an image.

use crate::timing::record::Layer;
use engine::HistoryEntry;

/// What BuildKit's history entries of executed instructions begin with.
const STEPS: [&str; 4] = ["RUN ", "COPY ", "ADD ", "WORKDIR "];

/// The layers of an image that hold something, the lowest first. `history` begins at the bottom;
/// `labels` are those of the steps that lie on the base image, in the same order.
///
/// The history names instructions in words that hold build arguments, so the plan's labels are
/// taken: from the top down, an entry a step, until no step is left. The rest is the base image.
pub(super) fn layers(history: &[HistoryEntry], labels: &[&str]) -> Vec<Layer> {
    let mut labels = labels.iter().rev();
    let mut layers = Vec::new();
    let mut base_bytes = 0;
    for entry in history.iter().rev() {
        let is_step = STEPS.iter().any(|start| entry.created_by.starts_with(start));
        match is_step.then(|| labels.next()).flatten() {
            Some(label) if entry.size_bytes > 0 => {
                layers.push(Layer { made_by: label.to_string(), size_bytes: entry.size_bytes });
            }
            Some(_) => {}
            None => base_bytes += entry.size_bytes,
        }
    }
    if base_bytes > 0 {
        layers.push(Layer { made_by: "base".to_owned(), size_bytes: base_bytes });
    }
    layers.reverse();
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lie_on_the_base() {
        let history = [
            ("", 70),
            ("RUN /bin/sh -c made the base # buildkit", 8),
            ("ENV A=b", 0),
            ("RUN |1 NPM_TOKEN=hunter2 /bin/sh -c npm ci # buildkit", 5),
            ("WORKDIR /x", 0),
            ("COPY /y /y # buildkit", 3),
            ("LABEL a=b", 0),
        ]
        .map(|(words, size_bytes)| HistoryEntry { created_by: words.to_owned(), size_bytes });
        let named = |layers: Vec<Layer>| -> Vec<(String, u64)> {
            layers.into_iter().map(|layer| (layer.made_by, layer.size_bytes)).collect()
        };
        let expected = [("base", 78), ("RUN npm ci", 5), ("COPY /y /y", 3)];
        let expected = expected.map(|(name, bytes)| (name.to_owned(), bytes));
        let labels = ["RUN npm ci", "WORKDIR /x", "COPY /y /y"];
        assert_eq!(named(layers(&history, &labels)), expected);
        assert!(layers(&[], &labels).is_empty());
    }
}
