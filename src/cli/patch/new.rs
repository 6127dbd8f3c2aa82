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
use crate::patch::{DraftError, Series, check_id, draft, explain, stack};

/// Create a patch: edit the target file in your editor; the difference becomes the patch
///
/// Starts from the target with the series applied. Writes the patch with a header to fill in and a
/// placeholder probe that fails, and prints the entry for series.yaml.
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
    /// Append the entry to series.yaml instead of printing it
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    series: SeriesArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let files = args.series.load(&project)?;
    check_id(&files.series, &args.id).map_err(usage)?;
    let path = target(&files.series, args.target.as_deref())?;
    // Before anything is fetched or edited.
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
    let draft = draft(
        &files.series,
        &args.id,
        &path,
        &before,
        &Bytes::from(edited),
        upstream.package_type(&path),
    )
    .map_err(|error| match error {
        DraftError::Unchanged(_) | DraftError::Id { .. } => usage(error),
        other => PatchFailed(other.to_string()).into(),
    })?;
    let folder = args.series.folder(&project);
    let patch = folder.join(&draft.file);
    let probe = folder.join(&draft.probe_file);
    for path in [&patch, &probe] {
        if path.exists() {
            let message = format!("`{}` exists already", path.display());
            return Err(UsageError { message, hint: None }.into());
        }
    }
    write_file(&patch, &draft.text)?;
    write_file(&probe, &draft.probe)?;
    globals.note(&format!("wrote {}\nwrote {}", patch.display(), probe.display()));
    if args.add {
        let asset = project.asset(&format!("patches/{}/series.yaml", files.name))?;
        let text = format!("{}\n{}", asset.text()?.trim_end(), draft.entry);
        // What is appended must read as what is meant.
        Series::parse(&text)?;
        write_file(&folder.join("series.yaml"), &text)?;
        globals.note(&format!("added `{}` to series.yaml", args.id));
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

fn usage(error: DraftError) -> CommandError {
    UsageError { message: error.to_string(), hint: None }.into()
}

fn target(series: &Series, named: Option<&str>) -> Result<String> {
    let targets: Vec<&str> = series.targets().into_iter().collect();
    match (named, targets.as_slice()) {
        (Some(path), _) => Ok(path.to_owned()),
        (None, [one]) => Ok((*one).to_owned()),
        (None, several) => Err(UsageError {
            message: format!(
                "the series has {} targets: `{}`",
                several.len(),
                several.join("`, `")
            ),
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
