//! A program that has no standard output at all (`>&-`): only a shell starts one so.

use std::process::Command;

/// `program`, started without standard output, in an environment of nothing but the variables that it was given.
pub fn without_stdout(program: &Command) -> Command {
    let mut without = Command::new("sh");
    without.args(["-c", "exec \"$0\" \"$@\" >&-"]).arg(program.get_program());
    without.args(program.get_args());
    if let Some(folder) = program.get_current_dir() {
        without.current_dir(folder);
    }
    without.env_clear();
    without.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    without
}
