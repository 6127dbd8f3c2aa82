//! A command that gets the notice.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Attempts, Failure, NotTold, Notice, attempt};

/// How long it may run.
const LIMIT: Duration = Duration::from_secs(20);
/// Between two looks whether it has ended.
const TICK: Duration = Duration::from_millis(20);

/// Runs a command in `folder`, with the notice on its standard input; its output goes nowhere.
///
/// # Errors
///
/// One that cannot be started, ends with another status than 0, or does not end.
pub fn tell_command(
    words: &[String],
    folder: &Path,
    notice: &Notice,
    attempts: Attempts,
) -> Result<(), NotTold> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    attempt(attempts, program, || once(program, arguments, folder, &notice.json()))
}

fn once(program: &str, arguments: &[String], folder: &Path, text: &str) -> Result<(), Failure> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| Failure::Lasting(error.to_string()))?;
    // A notice is shorter than what a pipe holds; a program that does not read it may be right all the same.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(Failure::Passing(format!("it ended with {status}"))),
            Ok(None) if begun.elapsed() < LIMIT => std::thread::sleep(TICK),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Failure::Lasting(format!(
                    "it ran for more than {} s",
                    LIMIT.as_secs()
                )));
            }
            Err(error) => return Err(Failure::Lasting(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::testing::{QUICK, notice};

    fn tell(script: &str, folder: &Path) -> Result<(), NotTold> {
        let words = ["sh", "-c", script].map(str::to_owned);
        tell_command(&words, folder, &notice(), QUICK)
    }

    #[test]
    fn a_command_reads_the_notice_and_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        tell("cat > got", folder.path()).unwrap();
        let got = std::fs::read_to_string(folder.path().join("got")).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&got).unwrap(), notice());
        // It works the third time.
        tell("echo x >> tries; test $(wc -l < tries) -ge 3", folder.path()).unwrap();
        let error = tell("exit 7", folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "sh: it ended with exit status: 7");
        let none = tell_command(&["/no/such".to_owned()], folder.path(), &notice(), QUICK);
        assert!(none.unwrap_err().to_string().starts_with("/no/such: No such file"));
        // One that reads nothing is fine.
        tell("true", folder.path()).unwrap();
    }
}
