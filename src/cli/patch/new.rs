//! `mad patch new`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::error::{CommandError, Context, Result};
use bytes::Bytes;

use super::source::{PackageSelection, SourceArgs};
use super::workspace::SeriesArgs;
use crate::cli::environment;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::patch::{DraftError, Series, SeriesFiles, check_id, draft, entry, explain, stack};
use crate::profile::Rule;
use crate::project::{AssetError, Project};

/// Create a patch: edit the target file in your editor; the difference becomes the patch
///
/// Starts from the target with the series applied. Writes the patch with a header to fill in and a
/// placeholder probe that fails, and prints the entry for series.yaml. With --package a series is
/// begun where there is none.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// ID of the new patch: lower-case letters, digits and `-`
    id: String,
    /// The version to start from; or a folder (`./DIR`), or a .tgz
    #[arg(long, value_name = "VERSION|DIR|TGZ")]
    base: PackageSelection,
    /// The file to change [default: the series' target, if it has only one]
    #[arg(long, value_name = "PATH")]
    target: Option<String>,
    /// Use this edited file instead of opening $VISUAL or $EDITOR
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Append the entry to series.yaml instead of printing it; a series that is begun always has it
    #[arg(long)]
    add: bool,
    /// Where there is no such series yet, begin it: for this npm package
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,
    #[command(flatten)]
    series: SeriesArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let (files, is_new) = series(&project, args)?;
    check_id(&files.series, &args.id).map_err(usage)?;
    let path = target(&files.series, args.target.as_deref())?;
    // Before anything is fetched or edited.
    let folder = args.series.folder(&project);
    let patch = folder.join(entry::patch_file(&files.series, &args.id));
    let probe = folder.join(entry::probe_file(&files.series, &args.id));
    for path in [&patch, &probe] {
        if path.exists() {
            let message = format!("`{}` exists already", path.display());
            return Err(UsageError { message, hint: None }.into());
        }
    }
    let editor = args.from.is_none().then(editor).transpose()?;
    let source = args.source.open(globals, &project)?;
    let paths = files.series.targets().into_iter().chain([path.as_str()]);
    let upstreams = source.packages(&files.series.package, paths, &args.base)?;
    let [upstream] = upstreams.as_slice() else {
        let message = format!("`{}` is {} versions, expected one", args.base, upstreams.len());
        return Err(UsageError { message, hint: None }.into());
    };
    let stacked = stack(&files, upstream, [path.as_str()], None)?;
    if let Some((id, verdict)) = stacked.failed.first() {
        let message =
            format!("`{id}` does not fit {}: {}", upstream.version, explain::word(*verdict));
        return Err(PatchFailed(message).into());
    }
    let Some(before) = stacked.tree.get(&path).map(|state| state.bytes.clone()) else {
        let message = format!("{} {} has no `{path}`", files.series.package, upstream.version);
        return Err(
            UsageError { message, hint: Some("name one with `--target`".to_owned()) }.into()
        );
    };
    let edited = match (&args.from, &editor) {
        (Some(file), _) => std::fs::read(file).map_err(|error| UsageError {
            message: format!("cannot read `{}`: {error}", file.display()),
            hint: None,
        })?,
        (None, editor) => edit(editor.as_deref().unwrap_or_default(), &path, &before)?,
    };
    let edited = Bytes::from(edited);
    let kind = upstream.package_type(&path);
    let made = draft(&files.series, &args.id, &path, &before, &edited, kind);
    let draft = match made {
        Ok(draft) => draft,
        Err(error @ (DraftError::Unchanged(_) | DraftError::Id { .. })) => {
            return Err(usage(error));
        }
        Err(error) => {
            if args.from.is_none() {
                keep(globals, args, &path, &edited);
            }
            return Err(PatchFailed(error.to_string()).into());
        }
    };
    write_file(&patch, &draft.text)?;
    write_file(&probe, &draft.probe)?;
    globals.note(&format!("wrote {}\nwrote {}", patch.display(), probe.display()));
    if args.add || is_new {
        let path = format!("patches/{}/series.yaml", files.name);
        let text = match is_new {
            true => Series::text_of_new(&files.series.package),
            false => project.asset(&path)?.text()?.to_owned(),
        };
        let text = format!("{}\n{}", text.trim_end(), draft.entry);
        // What is appended must read as what is meant.
        Series::parse(&text)?;
        write_file(&folder.join("series.yaml"), &text)?;
        globals.note(&match is_new {
            true => format!("wrote {}", folder.join("series.yaml").display()),
            false => format!("added `{}` to series.yaml", args.id),
        });
    } else {
        globals.note("series.yaml needs:");
        crate::cli::print(&draft.entry)?;
    }
    globals.note(&format!(
        "fill in every TODO, write the probe, then: `mad patch verify '{version}'{option}`",
        version = upstream.version,
        option = args.series.option()
    ));
    Ok(())
}

/// The series; where there is none and a package is named, one that is begun.
fn series(project: &Project, args: &Args) -> Result<(SeriesFiles, bool)> {
    let name = args.series.name();
    let is_there = project.asset(&format!("patches/{name}/series.yaml"));
    if let (Err(AssetError::NotFound { .. }), package) = (is_there, &args.package) {
        let refused = |message: String, hint: String| UsageError { message, hint: Some(hint) };
        if !Rule::PatchSeries.allows(name) {
            let message =
                format!("found the series `{name}`, expected {}", Rule::PatchSeries.expected());
            return Err(UsageError { message, hint: None }.into());
        }
        if let Some(package) = package.as_ref().filter(|package| !Rule::NpmName.allows(package)) {
            let message = format!("found `{package}`, expected {}", Rule::NpmName.expected());
            return Err(UsageError { message, hint: None }.into());
        }
        return match package {
            Some(package) => Ok((SeriesFiles::begin(name, package), true)),
            None => Err(refused(
                format!("there is no series `{name}`, neither in the project nor built in"),
                format!("begin it: `mad patch new {} --series {name} --package PACKAGE --base VERSION --target FILE`", args.id),
            )
            .into()),
        };
    }
    Ok((args.series.load(project)?, false))
}

/// What somebody edited is not lost because it makes no patch yet.
fn keep(globals: &Globals, args: &Args, path: &str, edited: &[u8]) {
    let name = Path::new(path).file_name().unwrap_or(path.as_ref()).to_string_lossy();
    let kept = format!("{}.edited.{name}", args.id);
    let is_free = !Path::new(&kept).exists();
    if is_free && write_file(Path::new(&kept), edited).is_ok() {
        globals.note(&format!(
            "what was edited is in `{kept}`: change it, and name it with `--from {kept}`"
        ));
    }
}

fn usage(error: DraftError) -> CommandError {
    UsageError { message: error.to_string(), hint: None }.into()
}

fn target(series: &Series, named: Option<&str>) -> Result<String> {
    let targets: Vec<&str> = series.targets().into_iter().collect();
    match (named, targets.as_slice()) {
        (Some(path), _) => Ok(path.to_owned()),
        (None, [one]) => Ok((*one).to_owned()),
        (None, several) => Err(UsageError {
            message: match several {
                [] => "the series has no target yet".to_owned(),
                _ => {
                    format!("the series has {} targets: `{}`", several.len(), several.join("`, `"))
                }
            },
            hint: Some("name the file to change with `--target PATH`".to_owned()),
        }
        .into()),
    }
}

fn editor() -> Result<String> {
    let named = environment::set("VISUAL").or_else(|| environment::set("EDITOR"));
    named.and_then(|editor| editor.into_string().ok()).ok_or_else(|| {
        UsageError {
            message: "found neither VISUAL nor EDITOR, expected an editor".to_owned(),
            hint: Some("edit a copy and name it: `--from FILE`".to_owned()),
        }
        .into()
    })
}

/// Lets a person edit a scratch copy, which has the file's own name so that editors know its
/// language.
fn edit(editor: &str, path: &str, before: &[u8]) -> Result<Vec<u8>> {
    let scratch = tempfile::tempdir().context("cannot make a folder for the scratch copy")?;
    let name = Path::new(path).file_name().unwrap_or(path.as_ref());
    let copy = scratch.path().join(name);
    std::fs::write(&copy, before).context("cannot write the scratch copy")?;
    // As git does it: the variable may hold options.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(editor)
        .arg(&copy)
        .status()
        .with_context(|| format!("cannot start the editor `{editor}`"))?;
    if !status.success() {
        let message = format!("the editor `{editor}` ended with {status}; no patch was written");
        return Err(UsageError { message, hint: None }.into());
    }
    std::fs::read(&copy).context("cannot read the scratch copy again")
}
