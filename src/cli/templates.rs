//! `mad templates`.

mod diff;
mod eject;
mod list;

use clap::Subcommand;

use super::exit::UsageError;
use super::globals::Globals;
use crate::cli::error::Result;
use crate::project::Project;
use crate::project::yaml::suggest;

/// The templates of the image: those inside mad, and a project's own over them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Eject(eject::Args),
    Diff(diff::Args),
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    match &args.command {
        Command::List(args) => list::run(globals, args),
        Command::Eject(args) => eject::run(globals, args),
        Command::Diff(args) => diff::run(globals, args),
    }
}

/// The folder of all of them.
const FOLDER: &str = "templates";

/// The paths of the templates inside mad that `names` mean; all of them where none is named.
fn named(names: &[String]) -> Result<Vec<String>> {
    let all = Project::built_in_below(FOLDER);
    if names.is_empty() {
        return Ok(all);
    }
    let mut found = Vec::new();
    for name in names {
        found.extend(matching(&all, name)?);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// `templates/stages/final.j2`, `stages/final.j2`, `final.j2`, `final`; or a folder, `stages`.
fn matching(all: &[String], name: &str) -> Result<Vec<String>> {
    let name = name.trim_end_matches('/').trim_start_matches("./");
    let below = |path: &str| path.strip_prefix("templates/").unwrap_or_default().to_owned();
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let stem = |path: &str| file(path).trim_end_matches(".j2").to_owned();
    let is: [&dyn Fn(&str) -> bool; 4] = [
        &|path| path == name || below(path) == name,
        &|path| {
            path.starts_with(&format!("{name}/")) || below(path).starts_with(&format!("{name}/"))
        },
        &|path| file(path) == name,
        &|path| stem(path) == name,
    ];
    for is in is {
        let found: Vec<String> = all.iter().filter(|path| is(path)).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let names = all.iter().map(|path| below(path)).collect::<Vec<_>>();
    let near = suggest(name, names.iter().map(String::as_str));
    Err(UsageError {
        message: format!("found no template `{name}` inside mad"),
        hint: Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`mad templates list` lists them".to_owned(),
        }),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_short_names() {
        let one = |name: &str| named(&[name.to_owned()]).unwrap();
        for name in [
            "templates/stages/final.j2",
            "stages/final.j2",
            "./stages/final.j2",
            "final.j2",
            "final",
        ] {
            assert_eq!(one(name), ["templates/stages/final.j2"], "{name}");
        }
        assert!(one("stages").len() > 4);
        assert!(one("files/").iter().all(|path| path.starts_with("templates/files/")));
        let both = named(&["final".to_owned(), "stages".to_owned()]).unwrap();
        assert_eq!(both, one("stages"));
        assert!(named(&[]).unwrap().len() > one("stages").len());
        let error = named(&["finl.j2".to_owned()]).unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(
            named(&["zzzzzz".to_owned()]).unwrap_err().hint().unwrap().contains("templates list")
        );
    }
}
