//! Options that say which profile, shared by the commands that render one.

use std::io::{BufRead, IsTerminal};

use crate::cli::error::Result;
use clap::Args;

use super::exit::UsageError;
use super::globals::Globals;
use super::streams;
use crate::profile::{Loaded, NoProfileChosen, Profile, SetArgument, default_name};
use crate::project::Project;
use crate::project::yaml::quoted;

/// Which profile, and what of it to change.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The profile: `cpu` for profiles/cpu.yaml, or a path [default: `default` of mad.yaml, else the
    /// project's only profile]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Change one value of the profile, for example `user.uid=1001`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The image to start from, instead of the profile's
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
}

impl ProfileArgs {
    /// The profile that was named, else the one that the project means.
    pub fn name(&self, globals: &Globals, project: &Project) -> Result<String> {
        chosen(globals, project, self.profile.as_deref())
    }

    /// Reads, merges and checks the profile `name`.
    pub fn load(&self, project: &Project, name: &str) -> Result<Loaded> {
        self.load_on(project, name, self.base.as_deref())
    }

    /// Likewise, with this image to start from.
    pub fn load_on(&self, project: &Project, name: &str, base: Option<&str>) -> Result<Loaded> {
        let sets: Vec<SetArgument> =
            self.set.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
        Ok(Profile::load(project, name, &sets, base)?)
    }
}

/// The profile that was named, else the one that the project means; a person at a terminal is asked
/// where it has several.
pub fn chosen(globals: &Globals, project: &Project, named: Option<&str>) -> Result<String> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let undecided = match default_name(project) {
        Ok(name) => return Ok(name),
        Err(undecided) => undecided,
    };
    let can_ask = std::io::stdin().is_terminal() && globals.terminal().stderr_is_tty;
    if can_ask && !globals.quiet && !undecided.own.is_empty() {
        streams::say(&question(&undecided.own));
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        if let Some(name) = answer(&undecided.own, &line) {
            return Ok(name.to_owned());
        }
    }
    Err(unnamed(&undecided).into())
}

/// Likewise, where nobody is asked and nothing is an error.
pub fn chosen_silently(project: &Project, named: Option<&str>) -> Option<String> {
    named.map(str::to_owned).or_else(|| default_name(project).ok())
}

fn question(names: &[String]) -> String {
    let lines = names.iter().enumerate().map(|(at, name)| format!("  {} {name}\n", at + 1));
    format!("Which profile?\n{}number or name: ", lines.collect::<String>())
}

/// The profile of that name or number.
fn answer<'a>(names: &'a [String], line: &str) -> Option<&'a str> {
    let line = line.trim();
    let named = names.iter().find(|name| *name == line);
    let number = || line.parse::<usize>().ok()?.checked_sub(1);
    named.or_else(|| names.get(number()?)).map(String::as_str)
}

fn unnamed(NoProfileChosen { own, built_in }: &NoProfileChosen) -> UsageError {
    let (message, hint) = match own.first() {
        Some(first) => (
            format!("no profile is named, and the project has {}", quoted(own)),
            format!("name one: `-p {first}`; or write `default: {first}` into mad.yaml"),
        ),
        None => (
            format!(
                "no profile is named, and the project has none of its own; built in are {}",
                quoted(built_in)
            ),
            "begin one of your own: `mad init`; or name one, for example `-p cpu`".to_owned(),
        ),
    };
    UsageError { message, hint: Some(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_name_or_a_number_of_the_list() {
        let names = ["dev", "2", "gpu"].map(str::to_owned);
        for (line, expected) in [
            ("dev\n", Some("dev")),
            (" 1 \n", Some("dev")),
            ("2\n", Some("2")),
            ("3\n", Some("gpu")),
            ("4\n", None),
            ("0\n", None),
            ("\n", None),
            ("de\n", None),
        ] {
            assert_eq!(answer(&names, line), expected, "{line:?}");
        }
        assert!(question(&names).contains("\n  3 gpu\n"));
    }
}
