//! Whether a piece of the engine's work is about an image, by their names.

/// Whether `label` (`FROM docker.io/library/debian:12@sha256:…`) names `image` (`debian:12`).
pub(super) fn is_about(label: &str, image: &str) -> bool {
    let last = label.rsplit(' ').next().unwrap_or(label);
    full(last.strip_prefix("docker-image://").unwrap_or(last)) == full(image)
}

/// A name without its digest, with everything that may be left out of it: registry, folder, tag
/// (the rules of `docker pull`).
fn full(name: &str) -> String {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let (host, rest) = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
        _ => ("docker.io", name),
    };
    let folder = if host == "docker.io" && !rest.contains('/') { "library/" } else { "" };
    let tag = if rest.contains(':') { "" } else { ":latest" };
    format!("{host}/{folder}{rest}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_the_same_image_in_all_their_forms() {
        for (label, image) in [
            ("FROM docker.io/mad/base:trixie", "mad/base:trixie"),
            ("FROM docker.io/library/debian:12@sha256:0123", "debian:12"),
            ("FROM docker.io/library/debian:latest", "debian"),
            ("docker-image://docker.io/docker/dockerfile:1", "docker/dockerfile:1"),
            ("FROM localhost:5000/a", "localhost:5000/a:latest"),
            ("resolve image config for docker.io/library/debian:12", "debian:12@sha256:0123"),
        ] {
            assert!(is_about(label, image), "{label} {image}");
        }
        assert!(!is_about("FROM docker.io/library/debian:12", "debian:13"));
        assert!(!is_about("FROM docker.io/library/debian:12", "example.com/debian:12"));
        assert!(!is_about("", "debian"));
    }
}
