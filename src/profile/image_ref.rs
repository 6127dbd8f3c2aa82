//! Image references, by the grammar of the distribution project.
//!
//! Grammar: <https://pkg.go.dev/github.com/distribution/reference>, and Docker's rule for what is
//! a registry and what the first part of a name. Only the text is judged; nothing is looked up.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::project::yaml::shown;

/// The longest name, registry included, in characters.
const MAX_NAME: usize = 255;

/// A reference in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The registry, with its port; `None` for Docker Hub as people write it.
    pub domain: Option<String>,
    /// The name in the registry.
    pub path: String,
    /// After `:`.
    pub tag: Option<String>,
    /// After `@`, with its algorithm.
    pub digest: Option<String>,
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageRefError {
    /// No name at all.
    #[error("it has no name")]
    Empty,
    /// `Debian:trixie`.
    #[error("the name `{name}` has upper-case letters")]
    Capitals {
        /// The name as written.
        name: String,
    },
    /// `https://…`.
    #[error("it starts with the scheme `{scheme}`")]
    Scheme {
        /// With its colon and slashes.
        scheme: String,
    },
    /// Not a host name, an address or a port.
    #[error("`{domain}` is not a registry")]
    Domain {
        /// As written.
        domain: String,
    },
    /// A part of the name that is empty or has other characters.
    #[error(
        "`{component}` is no part of a name: lower case letters and digits, with `.`, `_`, `__` or `-` between"
    )]
    Component {
        /// As written.
        component: String,
    },
    /// A tag with other characters, or too long.
    #[error(
        "`{tag}` is no tag: up to 128 letters, digits, `_`, `.` and `-`, the first no `.` or `-`"
    )]
    Tag {
        /// As written.
        tag: String,
    },
    /// A digest of another form.
    #[error("`{digest}` is not a digest, expected `sha256:` and 64 hexadecimal digits")]
    Digest {
        /// As written.
        digest: String,
    },
    /// A name past the limit.
    #[error("its name has {length} characters, {MAX_NAME} at most")]
    TooLong {
        /// Of the registry and the name.
        length: usize,
    },
    /// 64 hexadecimal digits, which engines read as an image id.
    #[error("it looks like an image ID")]
    Identifier,
}

impl FromStr for ImageRef {
    type Err = ImageRefError;

    fn from_str(text: &str) -> Result<Self, ImageRefError> {
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(ImageRefError::Scheme { scheme: format!("{}://", shown(scheme)) });
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(check_digest(digest)?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let tag_at = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
        let (name, tag) = match tag_at {
            Some(at) => (&rest[..at], Some(check_tag(&rest[at + 1..])?)),
            None => (rest, None),
        };
        if name.is_empty() {
            return Err(ImageRefError::Empty);
        }
        if name.chars().count() > MAX_NAME {
            return Err(ImageRefError::TooLong { length: name.chars().count() });
        }
        let (domain, path) = split_domain(name);
        if let Some(domain) = domain
            && !is_domain(domain)
        {
            return Err(ImageRefError::Domain { domain: shown(domain) });
        }
        if domain.is_none() && tag.is_none() && path.len() == 64 && path.bytes().all(is_lower_hex) {
            return Err(ImageRefError::Identifier);
        }
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(ImageRefError::Capitals { name: shown(path) });
        }
        if let Some(component) = path.split('/').find(|component| !is_component(component)) {
            return Err(ImageRefError::Component { component: shown(component) });
        }
        Ok(Self { domain: domain.map(str::to_owned), path: path.to_owned(), tag, digest })
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(domain) = &self.domain {
            write!(f, "{domain}/")?;
        }
        f.write_str(&self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl ImageRef {
    /// The reference as engines record it: `debian` is `docker.io/library/debian`, and without tag
    /// and digest the tag is `latest`.
    pub fn normalized(&self) -> Self {
        let mut full = self.clone();
        let domain = full.domain.get_or_insert_with(|| "docker.io".to_owned());
        if domain == "index.docker.io" {
            *domain = "docker.io".to_owned();
        }
        if domain == "docker.io" && !full.path.contains('/') {
            full.path = format!("library/{}", full.path);
        }
        if full.tag.is_none() && full.digest.is_none() {
            full.tag = Some("latest".to_owned());
        }
        full
    }
}

/// The engine's rule: the first part is a registry where it has a dot or a colon, or is `localhost`.
/// Docker's client takes one with a capital for a registry too, and the engine then refuses it.
fn split_domain(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':', '[']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[') {
        Some(rest) => {
            let Some((address, after)) = rest.split_once(']') else {
                return false;
            };
            if address.is_empty() || !address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
                return false;
            }
            return after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        }
        None => domain.split_once(':').map_or((domain, None), |(host, port)| (host, Some(port))),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

/// `[a-z0-9]+ ( ( "." | "_" | "__" | "-"+ ) [a-z0-9]+ )*`
fn is_component(component: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut bytes = component.bytes().peekable();
    loop {
        if bytes.next_if(|b| word(*b)).is_none() {
            return false;
        }
        while bytes.next_if(|b| word(*b)).is_some() {}
        match bytes.next() {
            None => return true,
            Some(b'.') => {}
            Some(b'_') => {
                bytes.next_if_eq(&b'_');
            }
            Some(b'-') => while bytes.next_if_eq(&b'-').is_some() {},
            Some(_) => return false,
        }
    }
}

fn check_tag(tag: &str) -> Result<String, ImageRefError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let good = tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-');
    if good { Ok(tag.to_owned()) } else { Err(ImageRefError::Tag { tag: shown(tag) }) }
}

fn check_digest(digest: &str) -> Result<String, ImageRefError> {
    let length = |algorithm: &str| match algorithm {
        "sha256" => Some(64),
        "sha384" => Some(96),
        "sha512" => Some(128),
        _ => None,
    };
    let good = digest.split_once(':').is_some_and(|(algorithm, hex)| {
        length(algorithm) == Some(hex.len()) && hex.bytes().all(is_lower_hex)
    });
    if good { Ok(digest.to_owned()) } else { Err(ImageRefError::Digest { digest: shown(digest) }) }
}

fn is_lower_hex(b: u8) -> bool {
    b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ImageRef, ImageRefError> {
        text.parse()
    }

    /// Most are from distribution's `reference_test.go`.
    #[test]
    fn good_references_survive_a_round_trip() {
        let digest = format!("debian@sha256:{}", "a".repeat(64));
        for text in [
            "debian",
            "debian:trixie-slim",
            "mad/base:trixie",
            "nvidia/cuda:12.8.0-runtime-ubuntu24.04",
            "test.com/repo:tag",
            "test:5000/repo",
            "test.com:5000/repo:tag",
            "localhost/x",
            "localhost:5000/a/b/c:V1",
            "[2001:db8::1]:5000/repo",
            "192.168.1.1/repo",
            "sub-dom1.foo.com/bar/baz/quux",
            "xn--n3h.com/myimage:xn--n3h.com",
            "foo_bar.com:8080",
            "a__b/c---d/e.f",
            "Registry.Example/x",
            "HOST:5000/x",
            "[2001:DB8::1]/x",
            "lower:A",
            &digest,
        ] {
            assert_eq!(parse(text).map(|image| image.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn bad_references_say_why() {
        use ImageRefError as E;
        let kinds = |text: &str| parse(text).unwrap_err();
        assert_eq!(kinds(""), E::Empty);
        assert_eq!(kinds(":justtag"), E::Empty);
        assert!(matches!(kinds("https://x/y"), E::Scheme { .. }));
        assert!(matches!(kinds("Debian:trixie"), E::Capitals { .. }));
        for name in ["a/Uppercase:tag", "MyOrg/app:1", "LOCALHOST/x", "A/b/c", "h:5000/Org/x"] {
            assert!(matches!(kinds(name), E::Capitals { .. }), "{name}");
        }
        assert!(matches!(kinds("-foo.com/x"), E::Domain { .. }));
        assert!(matches!(kinds("x.com:p/x"), E::Domain { .. }));
        for name in [
            "-foo/bar", "foo//bar", "foo/", "/foo", "a b", "a___b", "a..b", "a._b", "ä", "a\nb",
            "a$b",
        ] {
            assert!(matches!(kinds(name), E::Component { .. }), "{name:?}");
        }
        for tag in ["x:", "x:-a", "x:.a", "x:a b", "x:a$b"] {
            assert!(matches!(kinds(tag), E::Tag { .. }), "{tag}");
        }
        assert!(matches!(kinds(&format!("x:{}", "a".repeat(129))), E::Tag { .. }));
        for digest in ["x@", "x@sha256:abc", "x@sha256", &format!("x@sha256:{}", "A".repeat(64))] {
            assert!(matches!(kinds(digest), E::Digest { .. }), "{digest}");
        }
        assert_eq!(
            kinds(&"a/".repeat(128).trim_end_matches('/').to_owned().replace("a/", "aa/")),
            E::TooLong { length: 382 }
        );
        assert_eq!(kinds(&"a".repeat(64)), E::Identifier);
    }

    #[test]
    fn the_full_form_is_the_engines() {
        let full = |text: &str| parse(text).unwrap().normalized().to_string();
        assert_eq!(full("debian"), "docker.io/library/debian:latest");
        assert_eq!(full("mad/base:trixie"), "docker.io/mad/base:trixie");
        assert_eq!(full("localhost/x"), "localhost/x:latest");
    }
}
