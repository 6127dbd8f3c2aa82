//! Whose home a path lies in.

use super::accounts::Accounts;

/// The home of a user: root's is fixed, others' as `useradd` says, else by custom where the file
/// makes the account.
pub(super) fn of(accounts: &Accounts, stage: usize, name: &str) -> Option<String> {
    if matches!(name, "root" | "0") {
        return Some("/root".to_owned());
    }
    let made = accounts.user(stage, name)?;
    Some(made.home.clone().unwrap_or_else(|| format!("/home/{}", made.name)))
}

/// The home that a path is in, or is: `/root`, `/home/NAME`.
pub(super) fn around(path: &str) -> Option<&str> {
    let is_in = |rest: &str| rest.is_empty() || rest.starts_with('/');
    if path.strip_prefix("/root").is_some_and(is_in) {
        return Some("/root");
    }
    let name = path.strip_prefix("/home/")?.split('/').next().filter(|name| !name.is_empty())?;
    Some(&path[.."/home/".len() + name.len()])
}

#[cfg(test)]
mod tests {
    #[test]
    fn homes_are_found_around_paths() {
        for (path, home) in [
            ("/root", Some("/root")),
            ("/root/.cache", Some("/root")),
            ("/home/dev/x", Some("/home/dev")),
            ("/home/", None),
            ("/rootfs", None),
            ("/opt", None),
        ] {
            assert_eq!(super::around(path), home, "{path}");
        }
    }
}
