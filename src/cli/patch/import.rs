//! `mad patch import`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::error::Result;

use super::source::{PackageSelection, SourceArgs};
use super::workspace::SeriesArgs;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::patch::{
    Series, SeriesFiles, Upstream, anchored, entry, explain, of_target, stack, with_context,
};
use crate::ui::count;
use patch_engine::{
    FaultKind, Import, PatchFile, Refusal, Tree, Verdict, candidates, import, lint, normalise,
    paths,
};

/// Check a patch file against the version it is for, and repair what can be proven
///
/// Repairs hunk counts, hunk positions and the final newline. Every repaired hunk must match the
/// base in exactly one place, and the result must still parse; the patch's own lines are never
/// changed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The patch file
    file: PathBuf,
    /// What it is for: a version, a range, a folder (`./DIR`) or a .tgz [default: the newest
    /// published version that it applies to]
    #[arg(long, value_name = "VERSION|DIR|TGZ")]
    base: Option<PackageSelection>,
    /// Add it to the series under this ID: the base then has the earlier patches applied, and the
    /// entry for series.yaml is printed
    #[arg(long = "as", value_name = "ID")]
    id: Option<String>,
    /// Write the repaired patch to this file [default with --as: its place in the series]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    series: SeriesArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let bytes = std::fs::read(&args.file).map_err(|error| UsageError {
        message: format!("cannot read `{}`: {error}", args.file.display()),
        hint: None,
    })?;
    // What no base can mend needs none.
    if let Err(refusal) = import(&bytes, &Tree::new())
        && let Refusal::Unmendable { faults } = &refusal
        && (candidates(&bytes).is_empty() || !faults.iter().all(|fault| is_of_names(fault.kind)))
    {
        return refuse(&args.file, &refusal, None);
    }
    let files = args.series.load(&project)?;
    let named = paths(&bytes);
    // What a name in another tool's spelling may stand for, only the base can tell.
    let wanted: BTreeSet<String> = named.union(&candidates(&bytes)).cloned().collect();
    if let (Some(id), true) = (&args.id, named.len() != 1) {
        let message = format!(
            "`{}` changes {}, expected one: `{id}` cannot be a patch of a series",
            args.file.display(),
            count(named.len(), "file")
        );
        return Err(UsageError { message, hint: None }.into());
    }
    let source = args.source.open(globals, &project)?;
    let targets = files.series.targets().into_iter().filter(|_| args.id.is_some());
    let paths = wanted.iter().map(String::as_str).chain(targets);
    let which = args.base.clone().unwrap_or_else(PackageSelection::all);
    let upstreams = source.packages(&files.series.package, paths, &which)?;
    let (upstream, base_tree, imported) = match prove(&bytes, &files, upstreams, args)? {
        Ok(proven) => proven,
        Err((refusal, base)) => return refuse(&args.file, &refusal, base.as_deref()),
    };
    let base = format!("{} {}", files.series.package, upstream.version);
    let old = String::from_utf8_lossy(&bytes);
    crate::cli::print(&explain::visible(&told(&args.file, &old, &imported, &base)))?;
    let patch = lint(imported.text.as_bytes()).map_err(|faults| {
        PatchFailed(format!("the repaired patch: {}", explain::faults(&faults).join("; ")))
    })?;
    let Some(id) = &args.id else { return keep(globals, args, &patch, &base_tree, &imported.text) };
    // Of a series, a patch is about the lines of one file.
    let target = named.first().map(String::as_str).unwrap_or_default();
    let patch = of_target(patch, target).map_err(|faults| {
        PatchFailed(format!(
            "`{id}` cannot be a patch of a series: {}",
            explain::faults(&faults).join("; ")
        ))
    })?;
    let folder = args.series.folder(&project);
    let patch = with_context(&patch, &base_tree).unwrap_or(patch);
    take(globals, args, &files.series, &upstream, id, patch, &folder)
}

/// Whether a fault may come from names, or a first line, that another tool wrote.
fn is_of_names(kind: FaultKind) -> bool {
    use FaultKind as F;
    matches!(
        kind,
        F::NamesDiffer
            | F::NamePrefix
            | F::NameEscapes
            | F::GitHeader
            | F::FileHeader
            | F::OrphanHunk
    )
}

type ProvenVersions = Result<(Upstream, Tree, Import), (Refusal, Option<String>)>;

/// The newest version that proves the patch; else what the newest with its files says.
fn prove(
    bytes: &[u8],
    files: &SeriesFiles,
    upstreams: Vec<Upstream>,
    args: &Args,
) -> Result<ProvenVersions> {
    let mut named = paths(bytes);
    named.extend(candidates(bytes));
    let mut refused: Option<(bool, Refusal, String)> = None;
    for upstream in upstreams.into_iter().rev() {
        let names = named.iter().map(String::as_str);
        let stacked = match &args.id {
            Some(id) => stack(files, &upstream, names, Some(id))?.tree,
            None => stack(&files.without_patches(), &upstream, names, None)?.tree,
        };
        let checked = import(bytes, &stacked).and_then(|import| {
            match import.outcome.clone().parse_checked(&stacked, |path| upstream.package_type(path))
            {
                outcome if outcome.verdict == Verdict::DoesNotParse => {
                    Err(Refusal::Unproven { faults: Vec::new(), outcome: Box::new(outcome) })
                }
                _ => Ok(import),
            }
        });
        match checked {
            Ok(import) => return Ok(Ok((upstream, stacked, import))),
            Err(refusal) => {
                let has_files = !stacked.is_empty();
                if refused.as_ref().is_none_or(|(had_files, ..)| has_files && !had_files) {
                    refused = Some((has_files, refusal, upstream.version.to_string()));
                }
            }
        }
    }
    // There is at least one version, or its choice had failed.
    let (_, refusal, version) = refused
        .unwrap_or_else(|| (false, Refusal::Unmendable { faults: Vec::new() }, String::new()));
    Ok(Err((refusal, Some(format!("{} {version}", files.series.package)))))
}

/// The repairs by line, the proof, the difference.
fn told(file: &Path, old: &str, import: &Import, base: &str) -> String {
    let mut text = String::new();
    let name = file.display();
    if import.repairs.is_empty() {
        let _ = writeln!(text, "{name}: nothing to repair");
    } else {
        let _ = writeln!(text, "{name}: {} mended", count(import.repairs.len(), "line"));
    }
    for repair in &import.repairs {
        let mut kinds: Vec<String> = repair.faults.iter().map(ToString::to_string).collect();
        if kinds.is_empty() {
            kinds.push("moved to its place".to_owned());
        }
        let _ = writeln!(text, "  line {}: {}", repair.line, kinds.join(", "));
        if repair.from.trim_end() != repair.to.trim_end() {
            let _ = writeln!(text, "    {}\n    {}", repair.from.trim_end(), repair.to.trim_end());
        }
    }
    let _ = writeln!(text, "proven by {base}, every hunk in one place only:");
    for line in explain::outcome(&import.outcome) {
        let _ = writeln!(text, "  {line}");
    }
    let mended = format!("{name} (mended)");
    text += &explain::difference(&name.to_string(), &mended, old, &import.text);
    text
}

fn refuse(file: &Path, refusal: &Refusal, base: Option<&str>) -> Result<()> {
    let mut text = format!("{}: {refusal}\n", file.display());
    if let Some(base) = base {
        let _ = writeln!(text, "against {base}:");
    }
    let lines = match refusal {
        Refusal::Unmendable { faults } => explain::faults(faults),
        Refusal::Unproven { outcome, .. } => explain::outcome(outcome),
        Refusal::CutOff { .. } => Vec::new(),
    };
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    crate::cli::print(&explain::visible(&text))?;
    Err(PatchFailed(format!("`{}` is not taken; nothing was written", file.display())).into())
}

/// Writes the mended patch where it was asked for.
fn keep(globals: &Globals, args: &Args, patch: &PatchFile, base: &Tree, text: &str) -> Result<()> {
    let anchored = anchored(patch, base);
    if !anchored.is_empty() {
        let hunks: Vec<String> = anchored.iter().map(ToString::to_string).collect();
        globals.note(&format!(
            "note: `patch --fuzz=0` and `git apply` look for hunk {} at an end of the file only: it has less context on one side; `--as ID` writes it with more",
            hunks.join(", ")
        ));
    }
    if let Some(output) = &args.output {
        write_file(output, text)?;
        globals.note(&format!("wrote {}", output.display()));
    }
    Ok(())
}

/// Writes the patch into the series' folder, and says what else it needs to be of the series.
fn take(
    globals: &Globals,
    args: &Args,
    series: &Series,
    upstream: &Upstream,
    id: &str,
    mut patch: PatchFile,
    folder: &Path,
) -> Result<()> {
    if patch.prose.trim().is_empty() {
        patch.prose = entry::header(id);
    }
    let known = series.patches.iter().any(|patch| patch.id == id);
    let file = match known {
        true => entry::variant_file(series, id, &upstream.version.to_string()),
        false => entry::patch_file(series, id),
    };
    let output = args.output.clone().unwrap_or_else(|| folder.join(&file));
    write_file(&output, normalise(&patch))?;
    globals.note(&format!("wrote {}", output.display()));
    let target = patch.files.first().map(|file| file.operation.path()).unwrap_or_default();
    let lines = match known {
        true => entry::variant_entry(&upstream.version.to_string(), &file),
        false => entry::entry(series, id, target, &file),
    };
    globals.note("series.yaml needs:");
    crate::cli::print(&lines)?;
    if !known {
        globals.note(&format!("now write its probe: {}", entry::probe_file(series, id)));
    }
    Ok(())
}
