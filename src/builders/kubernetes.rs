//! The manifest of a farm in a cluster: BuildKit without root, behind mutual TLS, each with a volume for
//! its cache, as many as there is work for.
//!
//! Values go into the text as they are, so each is checked here, by the rules that the API server has for
//! it: a manifest that is written is one that the server takes.

use thiserror::Error;

/// Its text; `kubectl apply -f` takes it.
const TEMPLATE: &str = include_str!("kubernetes.yaml.j2");

/// The most characters of the name: those of pods and of the label `controller-revision-hash`, which has 63 at
/// most, are made from it (kubernetes/kubernetes issue 64023).
const MOST_NAME_BYTES: usize = 52;

/// What stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name of all its objects.
    pub name: String,
    /// Their namespace; that of `kubectl`'s context without.
    pub namespace: Option<String>,
    /// The image, one of BuildKit's `rootless` ones.
    pub image: String,
    /// The architecture of its nodes: `amd64` or `arm64`; any without.
    pub arch: Option<String>,
    /// The least and the most builders.
    pub replicas: (u32, u32),
    /// Size of each one's cache: `50Gi`.
    pub storage: String,
    /// Processors that each one asks for: `2` or `500m`.
    pub cpu: String,
    /// Memory that each one asks for: `4Gi`.
    pub memory: String,
}

/// A value that the API server would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: found `{found}`, expected {expected}")]
pub struct ManifestError {
    /// Which value.
    pub what: &'static str,
    /// It.
    pub found: String,
    /// What it should be.
    pub expected: &'static str,
}

impl Manifest {
    /// The manifest as YAML.
    ///
    /// # Errors
    /// The first value that the API server would refuse.
    pub fn yaml(&self) -> Result<String, ManifestError> {
        self.check()?;
        let (min, max) = self.replicas;
        let text = minijinja::render!(
            TEMPLATE,
            name => &self.name,
            secret => format!("{}-certs", self.name),
            namespace => &self.namespace,
            image => &self.image,
            arch => &self.arch,
            min => min,
            max => max,
            storage => &self.storage,
            // `2` would be a number; both are quantities.
            cpu => format!("{:?}", self.cpu),
            memory => format!("{:?}", self.memory),
        );
        Ok(text + "\n")
    }

    fn check(&self) -> Result<(), ManifestError> {
        let refuse = |what, found: &str, expected| {
            Err(ManifestError { what, found: found.to_owned(), expected })
        };
        let (min, max) = self.replicas;
        if !is_label(&self.name) || self.name.len() > MOST_NAME_BYTES {
            let expected = "lower-case letters, digits and `-`, a letter first, 52 at most";
            return refuse("the name", &self.name, expected);
        }
        match &self.namespace {
            Some(namespace) if !is_label(namespace) => {
                let expected = "lower-case letters, digits and `-`, a letter first, 63 at most";
                return refuse("the namespace", namespace, expected);
            }
            _ => {}
        }
        if self.image.parse::<crate::profile::ImageRef>().is_err() {
            return refuse("the image", &self.image, "an image's name, `moby/buildkit:rootless`");
        }
        match self.arch.as_deref() {
            None | Some("amd64" | "arm64") => {}
            Some(arch) => return refuse("the architecture", arch, "`amd64` or `arm64`"),
        }
        if min == 0 || max < min {
            return refuse(
                "the builders",
                &format!("{min}-{max}"),
                "one at least, and no more at least than at most",
            );
        }
        for (what, quantity) in [
            ("the storage", &self.storage),
            ("the processors", &self.cpu),
            ("the memory", &self.memory),
        ] {
            if !is_quantity(quantity) {
                return refuse(what, quantity, "a quantity of Kubernetes: `500m`, `2`, `50Gi`");
            }
        }
        Ok(())
    }
}

/// A name that a Service may have, too: RFC 1035.
fn is_label(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 63
        && text.bytes().all(is_plain)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
}

/// A number above 0 with a unit of Kubernetes; no exponents.
fn is_quantity(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && !number.ends_with('.')
        && number.parse::<f64>().is_ok_and(|number| number > 0.0);
    is_number && ["", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            name: "buildkit".to_owned(),
            namespace: Some("ci".to_owned()),
            image: "moby/buildkit:v0.19.0-rootless".to_owned(),
            arch: Some("arm64".to_owned()),
            replicas: (1, 4),
            storage: "50Gi".to_owned(),
            cpu: "2".to_owned(),
            memory: "4Gi".to_owned(),
        }
    }

    #[test]
    fn what_the_server_would_refuse_is_refused_here() {
        assert!(manifest().yaml().is_ok());
        let with = |change: fn(&mut Manifest)| {
            let mut manifest = manifest();
            change(&mut manifest);
            manifest.yaml().map(drop).map_err(|error| error.what)
        };
        assert_eq!(with(|m| m.name = "a".repeat(52)), Ok(()));
        assert_eq!(with(|m| m.name = "a".repeat(53)), Err("the name"));
        for name in ["", "Build", "1b", "b-", "b.c", "b\nkind: Pod", "é"] {
            let mut manifest = manifest();
            manifest.name = name.to_owned();
            assert_eq!(manifest.yaml().unwrap_err().what, "the name", "{name}");
        }
        assert_eq!(with(|m| m.namespace = Some("a b".to_owned())), Err("the namespace"));
        assert_eq!(with(|m| m.namespace = None), Ok(()));
        assert_eq!(with(|m| m.image = "A image".to_owned()), Err("the image"));
        assert_eq!(with(|m| m.arch = Some("x86_64".to_owned())), Err("the architecture"));
        assert_eq!(with(|m| m.replicas = (0, 1)), Err("the builders"));
        assert_eq!(with(|m| m.replicas = (3, 2)), Err("the builders"));
        assert_eq!(with(|m| m.cpu = "500m".to_owned()), Ok(()));
        assert_eq!(with(|m| m.storage = "1.5Ti".to_owned()), Ok(()));
        for quantity in ["", "Gi", "50GB", "-1Gi", "0", "1.", ".5", "1e3", "5 Gi", "5Gi\nx: y"] {
            assert!(!is_quantity(quantity), "{quantity}");
        }
    }
}
