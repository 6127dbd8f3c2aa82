//! A program as another user: `mad-runtime as USER -- COMMAND…`, the key `user` of a program.
//!
//! Only root can become somebody else. In a container that somebody else has started the program runs as that
//! one: a user that no image knows (`docker run --user 4242:4242`) can run it then, too.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::process::geteuid;

/// Becomes `command`; returns only where that cannot be.
pub fn become_user(user: &str, command: &[OsString]) -> ExitCode {
    let mut process = Command::new(&command[0]);
    process.args(&command[1..]);
    if geteuid().is_root() {
        let Some((uid, gid)) = look_up(user, Path::new("/etc/passwd")) else {
            eprintln!("there is no user `{user}` in /etc/passwd");
            return ExitCode::from(126);
        };
        // Without root's other groups: that goes with the number of a user.
        process.gid(gid).uid(uid);
    }
    let error = process.exec();
    eprintln!("cannot start `{}`: {error}", command[0].to_string_lossy());
    ExitCode::from(127)
}

/// The numbers of a user and its group, by passwd(5).
fn look_up(user: &str, file: &Path) -> Option<(u32, u32)> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, ..] = fields[..] else { return None };
        (name == user).then(|| Some((uid.parse().ok()?, gid.parse().ok()?)))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_looked_up_by_name() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = "root:x:0:0:root:/root:/bin/sh\nbroken\ndev:x:1000:1001::/home/dev:/bin/sh\nodd:x:a:b::/:\n";
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let found = |name| look_up(name, file.path());
        assert_eq!(found("dev"), Some((1000, 1001)));
        assert_eq!(found("root"), Some((0, 0)));
        assert_eq!((found("odd"), found("broken"), found("de")), (None, None, None));
        assert_eq!(look_up("dev", Path::new("/no/such")), None);
    }
}
