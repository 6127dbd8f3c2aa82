//! The commands that mend a mount, for a shell in the project's folder on the host.

use runtime_config::Mount;
use runtime_config::mounts::Source;

use super::facts::User;
use super::table::Mounted;

/// Where the mount's content is, as the host names it.
pub(super) enum Place {
    /// In quotes where it needs them.
    Path(String),
    /// A volume of the engine.
    Volume(String),
    Memory,
}

impl Place {
    pub fn of(mount: &Mount, seen: Option<&Mounted>) -> Self {
        match mount.source() {
            Source::Memory => Self::Memory,
            Source::Path(".") => Self::Path(".".to_owned()),
            Source::Path(path) if path.starts_with('/') => Self::Path(quoted(path)),
            Source::Path(path) => Self::Path(quoted(&format!("./{path}"))),
            // Compose puts the project's name in front; the kernel's table has the whole.
            Source::Volume(name) => Self::Volume(seen.and_then(volume).unwrap_or(name)),
        }
    }

    /// A command on it, as root: `PATH` stands for the place.
    pub fn command(&self, command: &str) -> String {
        match self {
            Self::Path(path) => command.replace("PATH", path),
            Self::Volume(name) => {
                let inside = command.replace("PATH", "/mnt");
                format!("docker run --rm --user 0 --volume {name}:/mnt debian:trixie-slim {inside}")
            }
            Self::Memory => recreate(),
        }
    }

    /// A command on the file system that it lies on.
    pub fn remount(&self, option: &str) -> String {
        match self {
            Self::Path(path) => format!(
                "mount -o remount,{option} \"$(findmnt -no TARGET -T {path})\" && {}",
                recreate()
            ),
            Self::Volume(_) | Self::Memory => recreate(),
        }
    }
}

/// `/var/lib/docker/volumes/NAME/_data` is NAME.
fn volume(seen: &Mounted) -> Option<String> {
    let name = seen.root.strip_suffix("/_data")?.rsplit('/').next()?;
    Some(name.to_owned())
}

/// The container made anew, with the mounts that compose.yaml has.
pub(super) fn recreate() -> String {
    "docker compose up --detach --force-recreate".to_owned()
}

pub(super) fn chown(place: &Place, user: &User, is_deep: bool) -> String {
    let deep = if is_deep { "-R " } else { "" };
    place.command(&format!("chown {deep}{}:{} PATH", user.uid, user.gid))
}

pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+@%=:/,-".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
