//! What of this host goes into the `.env` beside compose.yaml: who runs it, and where the project is.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use hash::sha256;

use crate::render::Compose;

/// The ids that the container runs as, so that what it writes is a person's on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl Person {
    /// Whoever runs mad; for root the owner of the project, and where that is root too, the profile's user:
    /// nobody works as root in the container.
    pub fn of(project: &Path, compose: &Compose) -> Self {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        if !uid.is_root() {
            return Self { uid: uid.as_raw(), gid: gid.as_raw() };
        }
        let owner = project.metadata().ok().filter(|facts| facts.uid() != 0 && facts.gid() != 0);
        let owner = owner.map(|facts| Self { uid: facts.uid(), gid: facts.gid() });
        owner.unwrap_or(Self { uid: compose.user.0, gid: compose.user.1 })
    }
}

/// One project on this host, with one profile.
#[derive(Debug, Clone)]
pub struct Host {
    /// The project's folder, without links.
    pub project: PathBuf,
    /// The profile's name.
    pub profile: String,
}

impl Host {
    /// What Compose calls the project: it stands in the names of containers and volumes. Two folders of one
    /// name are two projects.
    pub fn name(&self) -> String {
        let folder = self.project.file_name().unwrap_or_default().to_string_lossy();
        let at = sha256(self.project.as_os_str().as_encoded_bytes());
        let text = format!("{folder}-{}", self.profile).to_lowercase();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let text: String = text.chars().map(|c| if plain(c) { c } else { '-' }).collect();
        let text = text.trim_matches('-');
        format!("{}-{}", if text.is_empty() { "mad" } else { text }, &at[..6])
    }

    /// Where its compose.yaml is, below the folder of mad's state.
    pub fn folder(&self, state: &Path) -> PathBuf {
        state.join("compose").join(self.name())
    }

    /// The image that fits the person: one that was built for other ids is built again, which takes its last
    /// few steps.
    pub fn image(compose: &Compose, person: Person) -> Option<String> {
        if compose.user == (person.uid, person.gid) {
            return None;
        }
        let ids = format!("uid-{}-{}", person.uid, person.gid);
        let (name, tag) = match compose.image.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (compose.image.as_str(), "latest"),
        };
        Some(match tag {
            "latest" => format!("{name}:{ids}"),
            tag => format!("{name}:{tag}-{ids}"),
        })
    }

    /// The text of `.env`: Compose reads it from the folder of its first file, so that the call that mad
    /// makes can be made by hand. A variable of the shell stands over it.
    pub fn environment(&self, compose: &Compose, person: Person) -> String {
        let mut lines = vec![
            "# Written by `mad up`: this host. A variable of the shell stands over it.".to_owned(),
            format!("COMPOSE_PROJECT_NAME={}", self.name()),
            format!("MAD_PROJECT={}", quoted(&self.project.to_string_lossy())),
            format!("MAD_UID={}", person.uid),
            format!("MAD_GID={}", person.gid),
        ];
        lines.extend(Self::image(compose, person).map(|image| format!("MAD_IMAGE={image}")));
        lines.join("\n") + "\n"
    }
}

/// Compose's dotenv: nothing is replaced between single quotes; between double ones `\`, `"` and `$` are
/// escaped.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '\\' | '"' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(image: &str) -> Compose {
        Compose {
            text: String::new(),
            image: image.to_owned(),
            user: (1000, 1000),
            sources: Vec::new(),
        }
    }

    #[test]
    fn the_image_of_another_person_has_a_tag_of_its_own() {
        let own = Person { uid: 1000, gid: 1000 };
        let other = Person { uid: 1001, gid: 100 };
        assert_eq!(Host::image(&compose("mad/cpu:latest"), own), None);
        for (image, expected) in [
            ("mad/cpu:latest", "mad/cpu:uid-1001-100"),
            ("r.example:5000/mad/cpu", "r.example:5000/mad/cpu:uid-1001-100"),
            ("team/x:v1", "team/x:v1-uid-1001-100"),
        ] {
            assert_eq!(Host::image(&compose(image), other).as_deref(), Some(expected));
        }
    }

    #[test]
    fn two_folders_of_one_name_are_two_projects() {
        let host = |path: &str| Host { project: path.into(), profile: "cpu".into() };
        assert_ne!(host("/a/App").name(), host("/b/App").name());
        assert!(host("/a/App").name().starts_with("app-cpu-"));
        assert!(host("/ä ö").name().starts_with("cpu-"), "{}", host("/ä ö").name());
    }

    #[test]
    fn paths_are_quoted_as_compose_reads_them() {
        let host = Host { project: "/a b/it's $x".into(), profile: "cpu".into() };
        let text = host.environment(&compose("mad/cpu:latest"), Person { uid: 7, gid: 8 });
        assert!(text.contains("MAD_PROJECT=\"/a b/it's \\$x\"\n"), "{text}");
        assert!(text.contains("MAD_UID=7\nMAD_GID=8\nMAD_IMAGE=mad/cpu:uid-7-8\n"), "{text}");
        assert_eq!(quoted("/a $b"), "'/a $b'");
    }
}
