//! The rules of `mounts`, of each and between them.

use super::mount::{Kind, Mount, Owner, Source, is_path};
use crate::check::Found;
use crate::error::Problem;

/// Less holds no page for each of a handful of files.
const SMALLEST: usize = 64 << 10;

pub(crate) fn problems(mounts: &[Mount]) -> Vec<Problem> {
    let mut found = Found::default();
    for (index, mount) in mounts.iter().enumerate() {
        one(mount, &format!("mounts[{index}]"), &mut found);
    }
    for (index, mount) in mounts.iter().enumerate() {
        for other in &mounts[..index] {
            overlap(mount, other, &format!("mounts[{index}]"), &mut found);
        }
    }
    found.0
}

fn one(mount: &Mount, key: &str, found: &mut Found) {
    let kind = mount.kind;
    target(mount.path(), &format!("{key}.target"), found);
    source(mount, &format!("{key}.source"), found);
    let in_memory = kind == Kind::Runtime;
    found.when(mount.size.is_some() && !in_memory, &format!("{key}.size"), || {
        format!("only `runtime` has a size; `{}` is as large as what it lies on", kind.name())
    });
    found.when(mount.size.is_some_and(|size| size.0 < SMALLEST), &format!("{key}.size"), || {
        "less than 64KiB".into()
    });
    found.when(mount.mode.is_some() && !in_memory, &format!("{key}.mode"), || {
        format!("only `runtime` has a mode; `{}` has that of its source", kind.name())
    });
    found.when(mount.owner != Owner::User && !kind.is_writable(), &format!("{key}.owner"), || {
        format!("`{}` belongs to whom its source belongs to", kind.name())
    });
    found.when(
        mount.writable == Some(true) && !kind.is_writable(),
        &format!("{key}.writable"),
        || format!("`{}` is read, never written; `persistent` is written", kind.name()),
    );
    found.when(mount.writable == Some(false) && in_memory, &format!("{key}.writable"), || {
        "memory that nobody writes to holds nothing".into()
    });
    found.when(
        mount.backup == Some(true) && matches!(kind, Kind::Runtime | Kind::Cache),
        &format!("{key}.backup"),
        || format!("`{}` is not worth a backup: it can be made again, or is gone", kind.name()),
    );
}

fn target(path: &str, key: &str, found: &mut Found) {
    let parts = || path.split('/').skip(1);
    let is_plain = path.starts_with('/') && parts().all(|part| !matches!(part, "" | "." | ".."));
    found.when(!is_plain, key, || {
        format!("`{path}` is no absolute path below `/` without `.` and `..`")
    });
    found.when(path.contains('\0'), key, || "has a NUL byte".into());
    let kernel = ["proc", "sys", "dev"].contains(&parts().next().unwrap_or_default());
    found.when(kernel, key, || format!("`{path}` is the kernel's"));
}

fn source(mount: &Mount, key: &str, found: &mut Found) {
    let kind = mount.kind;
    let Some(text) = mount.source.as_deref() else {
        found.when(!kind.is_writable(), key, || {
            format!("`{}` needs a source: `./PATH` of the project", kind.name())
        });
        return;
    };
    found.when(kind == Kind::Runtime, key, || "`runtime` is memory, and has no source".into());
    found.when(text.is_empty() || text.contains(|c: char| c.is_control()), key, || {
        "empty, or with a control character".into()
    });
    if !is_path(text) {
        let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        found.when(!first || !text.chars().all(plain), key, || {
            format!("`{text}` is neither the name of a volume nor a path; write `./{text}`")
        });
        found.when(!kind.is_writable(), key, || {
            format!("`{}` comes from a file or folder; write `./{text}`", kind.name())
        });
        return;
    }
    found.when(text.starts_with('~'), key, || {
        format!("`{text}`: the home is another for each; write `./PATH` of the project")
    });
    let is_hidden = text.starts_with('.') && !(text == "." || text.starts_with("./"));
    let leaves = text.split('/').any(|part| part == "..");
    found.when(leaves, key, || format!("`{text}` leaves the project"));
    found.when(is_hidden && !leaves, key, || format!("write `./{text}`"));
    found.when(text == "/", key, || "the whole host is no source".into());
    found.when(kind == Kind::Secret && text.ends_with('/'), key, || "a secret is a file".into());
    found.when(kind == Kind::Secret && matches!(text, "." | "./"), key, || {
        "a secret is a file".into()
    });
}

fn overlap(mount: &Mount, other: &Mount, key: &str, found: &mut Found) {
    let target = format!("{key}.target");
    let (own, its) = (mount.path(), other.path());
    let is_below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    if own == its {
        found.when(true, &target, || format!("`{own}` is mounted twice"));
    } else if is_below(own, its) || is_below(its, own) {
        let (inner, outer) = if is_below(own, its) { (mount, other) } else { (other, mount) };
        let lost = outer.kind == Kind::Runtime && inner.kind == Kind::Persistent;
        found.when(true, &target, || {
            let words = format!(
                "the {} `{}` is inside the {} `{}`",
                inner.kind.name(),
                inner.path(),
                outer.kind.name(),
                outer.path()
            );
            match lost {
                true => format!("{words}, which is gone with the container"),
                false => format!("{words}; give each a place of its own"),
            }
        });
    }
    let is_shared = match (mount.source(), other.source()) {
        (Source::Path(own), Source::Path(its)) => own == its,
        (Source::Volume(own), Source::Volume(its)) => own == its,
        _ => false,
    };
    found.when(is_shared && own != its, &format!("{key}.source"), || {
        format!("the same as of `{its}`: what is written to one is in the other")
    });
    let is_secret = mount.kind == Kind::Secret && other.kind == Kind::Secret;
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    found.when(is_secret && own != its && name(own) == name(its), &target, || {
        format!("the secret has the name of the one at `{its}`")
    });
}
