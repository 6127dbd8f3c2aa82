//! What lies where in the container, as Markdown for the README of a project.

use runtime_config::Mount;
use runtime_config::mounts::{Kind, Source};

/// The table, in the order of the profile.
pub fn markdown(profile: &str, mounts: &[Mount]) -> String {
    let mut text = format!("## Mounts of the profile `{profile}`\n\n");
    if mounts.is_empty() {
        text.push_str("None: whatever is written is gone with the container.\n");
        return text;
    }
    text.push_str("| in the container | from | for | lives | backup |\n|---|---|---|---|---|\n");
    for mount in mounts {
        let cells = [
            code(mount.path()),
            from(mount),
            purpose(mount),
            lives(mount).to_owned(),
            backup(mount),
        ];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text.push_str("\nAnything else is gone with the container.\n");
    text
}

fn from(mount: &Mount) -> String {
    match mount.source() {
        Source::Memory => format!("memory, {} at most", mount.size()),
        Source::Volume(name) => format!("the volume {}", code(&name)),
        Source::Path(".") => "the project's folder".to_owned(),
        Source::Path(path) if path.starts_with('/') => format!("{} of the host", code(path)),
        Source::Path(path) => code(&format!("./{path}")),
    }
}

fn purpose(mount: &Mount) -> String {
    let kind = mount.kind.name();
    let read_only = if mount.is_writable() { "" } else { ", read only" };
    let required = if mount.required { ", required" } else { "" };
    format!("{kind}{read_only}{required}")
}

fn lives(mount: &Mount) -> &'static str {
    match (mount.kind, mount.source()) {
        (Kind::Runtime, _) => "as long as the container",
        (_, Source::Volume(_)) => "until `mad down --volumes`",
        _ => "until it is deleted on the host",
    }
}

fn backup(mount: &Mount) -> String {
    match (mount.is_backed_up(), mount.source()) {
        (false, _) => "no".to_owned(),
        (true, Source::Volume(name)) => format!("yes: the volume {}", code(&name)),
        (true, _) => "yes: with the host's files".to_owned(),
    }
}

/// In backticks, whatever characters it has; `|` would end the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_line() {
        let mounts: Vec<Mount> = serde_json::from_value(serde_json::json!([
            {"target": "/workspace", "source": "./workspace", "required": true},
            {"target": "/srv/all", "source": "."},
            {"target": "/models", "source": "/srv/models", "kind": "config"},
            {"target": "/data", "source": "data", "writable": false},
            {"target": "/home/dev/.cache", "kind": "cache"},
            {"target": "/tmp", "kind": "runtime", "size": "1GiB"},
            {"target": "/run/secrets/key", "kind": "secret", "source": "./a|b.key"}
        ]))
        .unwrap();
        insta::assert_snapshot!(markdown("cpu", &mounts));
        assert!(markdown("cpu", &[]).contains("None: "));
    }
}
