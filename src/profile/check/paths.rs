//! Paths in the image.

/// Absolute, below `/`, without `.`, `..` and doubled slashes, and only of characters that neither
/// a Dockerfile, nor a shell, nor a `--mount` option reads as its own.
pub(super) fn absolute(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+@~%=".contains(c);
    let Some(rest) = text.strip_prefix('/') else {
        return false;
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    rest.split('/')
        .all(|name| !name.is_empty() && name != "." && name != ".." && name.chars().all(plain))
}

/// What the kernel provides; a file copied there is lost when the container starts.
pub(super) fn kernel(text: &str) -> bool {
    under(text, &["/proc", "/sys", "/dev"])
}

/// What an empty folder, owned by the user, would break if it were mounted over the image's own:
/// all that lies under folders of the system, and the folders that hold other people's.
pub(super) fn system(text: &str) -> bool {
    let whole = text.strip_suffix('/').unwrap_or(text);
    kernel(text)
        || under(
            text,
            &["/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr"],
        )
        || ["/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var"]
            .contains(&whole)
}

fn under(text: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| {
        text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths() {
        for good in ["/workspace", "/home/dev/.config/x", "/opt/a-b_c+d@1/", "/usr/local/bin/run"] {
            assert!(absolute(good), "{good}");
        }
        for bad in [
            "", "/", "//", "a", "./a", "/a/../b", "/a/./b", "/a//b", "/a b", "/a\nb", "/$HOME",
            "/a,b", "/a:b", "/a\"b", "~/a", "/a*",
        ] {
            assert!(!absolute(bad), "{bad:?}");
        }
    }

    #[test]
    fn folders_of_the_system() {
        for bad in ["/etc", "/etc/x", "/usr/", "/usr/local/x", "/proc/1", "/home", "/home/", "/tmp"]
        {
            assert!(system(bad), "{bad}");
        }
        for good in ["/workspace", "/home/dev/work", "/etcetera", "/var/lib/agents", "/tmp/x"] {
            assert!(!system(good), "{good}");
        }
    }
}
