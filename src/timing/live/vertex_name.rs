//! Reads the name of a vertex: a step of the plan, or the engine's own work.
//!
//! `[stage i/n] REST` is a step. BuildKit pads `i` (`[final  3/12]`), puts the platform in front
//! when it builds for several (`[linux/amd64 final 3/9]`), calls unnamed stages `stage-0` and, in a
//! Dockerfile with a single stage, leaves the stage out (`[2/3]`).

use super::WorkKind;

/// What a vertex name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VertexName<'a> {
    /// An instruction.
    Step {
        /// Stage; empty where the Dockerfile has only one.
        stage: &'a str,
        /// From 1, `FROM` included.
        ordinal: usize,
        /// How many in this stage.
        of: usize,
    },
    /// Anything else.
    Engine {
        /// What sort of.
        kind: WorkKind,
        /// The name without the bracket of a stage.
        label: &'a str,
    },
}

impl<'a> VertexName<'a> {
    /// Reads a name; every name means something.
    pub(super) fn parse(name: &'a str) -> Self {
        let (bracket, rest) = name
            .strip_prefix('[')
            .and_then(|inner| inner.split_once(']'))
            .map_or(("", name), |(bracket, rest)| (bracket, rest.trim_start()));
        match position(bracket) {
            Some(_) if rest.starts_with("FROM ") => {
                Self::Engine { kind: WorkKind::Base, label: rest }
            }
            Some((stage, ordinal, of)) => Self::Step { stage, ordinal, of },
            None => Self::Engine { kind: engine_kind(name), label: name },
        }
    }
}

/// `[platform] [stage] i/n`, as stage, i, n.
fn position(bracket: &str) -> Option<(&str, usize, usize)> {
    let mut words = bracket.split_whitespace().rev();
    let (ordinal, of) = words.next()?.split_once('/')?;
    let position = (ordinal.parse().ok()?, of.parse().ok()?);
    // Stage names hold no slash, platforms always do.
    let stage = words.next().filter(|word| !word.contains('/'));
    Some((stage.unwrap_or(""), position.0, position.1))
}

fn engine_kind(name: &str) -> WorkKind {
    let any = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    if any(&["exporting ", "pushing "]) {
        WorkKind::Export
    } else if any(&["FROM ", "docker-image://", "resolve image config for "]) {
        WorkKind::Base
    } else {
        WorkKind::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_the_engines_own_work() {
        let step = |stage, ordinal, of| VertexName::Step { stage, ordinal, of };
        for (name, expected) in [
            ("[final 3/9] COPY --from=a /x /y", step("final", 3, 9)),
            ("[final  3/12] RUN [ -f /x ]", step("final", 3, 12)),
            ("[linux/amd64 final 3/9] RUN x", step("final", 3, 9)),
            ("[linux/amd64->arm64 final 3/9] RUN x", step("final", 3, 9)),
            ("[stage-0 2/2] RUN x", step("stage-0", 2, 2)),
            ("[2/3] RUN x", step("", 2, 3)),
            ("[linux/arm/v7 2/3] RUN x", step("", 2, 3)),
        ] {
            assert_eq!(VertexName::parse(name), expected, "{name}");
        }
        for (name, kind) in [
            ("[base 1/4] FROM docker.io/library/debian:trixie-slim", WorkKind::Base),
            ("[internal] load build definition from Dockerfile", WorkKind::Internal),
            ("[internal] load metadata for docker.io/library/debian:12", WorkKind::Internal),
            ("[auth] library/debian:pull token for registry-1.docker.io", WorkKind::Internal),
            ("importing cache manifest from example.com/cache", WorkKind::Internal),
            ("copy /context /", WorkKind::Internal),
            ("exporting to image", WorkKind::Export),
            ("exporting cache to registry", WorkKind::Export),
            ("FROM docker.io/library/debian:12", WorkKind::Base),
            ("docker-image://docker.io/docker/dockerfile:1", WorkKind::Base),
            ("resolve image config for docker.io/docker/dockerfile:1", WorkKind::Base),
            ("[unclosed 1/2", WorkKind::Internal),
            ("[a x/y] RUN", WorkKind::Internal),
            ("", WorkKind::Internal),
        ] {
            let VertexName::Engine { kind: got, .. } = VertexName::parse(name) else {
                panic!("{name}");
            };
            assert_eq!(got, kind, "{name}");
        }
    }
}
