//! `mad patch bisect`.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::error::Result;

use super::source::{PackageSelection, SourceArgs};
use super::workspace::SeriesArgs;
use crate::cli::exit::{PatchFailed, UsageError};
use crate::cli::globals::Globals;
use crate::patch::{Bisected, Bisection, SeriesFiles, Upstream, Versions, bisect, explain};
use npm::Version;
use patch_engine::{PatchFile, Verdict, lint};

/// Find the first version a patch no longer applies to, and the upstream change that broke it
///
/// A patch of the series is tried in the variant of each version, after the patches before it; the
/// file of one variant is tried on every version; any other patch file on the unpatched package.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A patch of the series by its ID, one of its files, or any patch file
    #[arg(value_name = "ID|FILE")]
    patch: String,
    /// Start at this version, which the patch applies to
    #[arg(long, value_name = "VERSION", value_parser = version)]
    good: Option<Version>,
    /// End at this version, which the patch does not apply to
    #[arg(long, value_name = "VERSION", value_parser = version)]
    bad: Option<Version>,
    /// Check this package instead of all published versions: a folder (`./DIR`), a .tgz or a
    /// version; may be repeated
    #[arg(long = "package", value_name = "DIR|TGZ|VERSION")]
    packages: Vec<PackageSelection>,
    #[command(flatten)]
    series: SeriesArgs,
    #[command(flatten)]
    source: SourceArgs,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|_| format!("found `{text}`, expected a version like `2.7.47`"))
}

/// What was named.
enum BisectTarget {
    Id(String),
    Variant { id: String, file: String },
    Alone(PatchFile),
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let files = args.series.load(&project)?;
    let subject = subject(&files, &args.patch)?;
    let mut paths: Vec<String> = files
        .series
        .targets()
        .into_iter()
        .map(str::to_owned)
        .chain(files.series.needs.clone())
        .collect();
    if let BisectTarget::Alone(patch) = &subject {
        let named = patch.files.iter().flat_map(|file| file.operation.paths());
        paths = named.map(str::to_owned).collect();
    }
    let source = args.source.open(globals, &project)?;
    let named = || paths.iter().map(String::as_str);
    let mut upstreams: Vec<Upstream> = Vec::new();
    if args.packages.is_empty() {
        let range = Versions::Range {
            from: args.good.clone().map(|version| (version, true)),
            to: args.bad.clone().map(|version| (version, true)),
        };
        upstreams =
            source.packages(&files.series.package, named(), &PackageSelection::Versions(range))?;
    }
    for which in &args.packages {
        upstreams.extend(source.packages(&files.series.package, named(), which)?);
    }
    upstreams.sort_by(|one, other| one.version.cmp(&other.version));
    upstreams.retain(|upstream| {
        args.good.as_ref().is_none_or(|good| upstream.version >= *good)
            && args.bad.as_ref().is_none_or(|bad| upstream.version <= *bad)
    });
    let bisected = match &subject {
        BisectTarget::Id(id) => Bisected::Patch(id),
        BisectTarget::Variant { id, file } => Bisected::Variant { id, file },
        BisectTarget::Alone(patch) => Bisected::Alone(patch),
    };
    let bisection = bisect(&files, bisected, &upstreams)?;
    agree(args, &bisection)?;
    let text = told(&args.patch, &files.series.package, &bisection);
    crate::cli::print(&explain::visible(&text))?;
    if let (Some(bad), BisectTarget::Id(_) | BisectTarget::Variant { .. }) =
        (&bisection.first_bad, &subject)
    {
        let outcome = bisection.blame.as_ref().and_then(|blame| blame.outcome.as_ref());
        let is_gone = outcome.is_none_or(|outcome| outcome.verdict == Verdict::TargetMissing);
        if !is_gone {
            let option = args.series.option();
            globals
                .note(&format!("hint: `mad patch rebase --to {bad}{option}` proposes a variant"));
        }
    }
    Ok(())
}

/// An id of the series, a file of it, or a file.
fn subject(files: &SeriesFiles, named: &str) -> Result<BisectTarget> {
    if files.series.patches.iter().any(|patch| patch.id == named) {
        return Ok(BisectTarget::Id(named.to_owned()));
    }
    let name = Path::new(named).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let text = std::fs::read(named);
    for patch in &files.series.patches {
        let variant = patch.variants.iter().find(|variant| variant.file == name);
        // The same name elsewhere is another patch.
        let known = files.patches.get(name).map(|known| known.text.as_bytes());
        if let Some(variant) = variant
            && text.as_ref().map_or(name == named, |text| Some(text.as_slice()) == known)
        {
            return Ok(BisectTarget::Variant { id: patch.id.clone(), file: variant.file.clone() });
        }
    }
    let text = text.map_err(|error| UsageError {
        message: format!("`{named}` is no patch of the series, and no file: {error}"),
        hint: Some("`mad patch list` names the patches".to_owned()),
    })?;
    lint(&text).map(BisectTarget::Alone).map_err(|faults| {
        PatchFailed(format!("{named}: {}", explain::faults(&faults).join("; "))).into()
    })
}

/// What was said to be good and bad must be so.
fn agree(args: &Args, bisection: &Bisection) -> Result<()> {
    for (option, version, expected) in [("--good", &args.good, true), ("--bad", &args.bad, false)] {
        let Some(version) = version else { continue };
        let text = version.to_string();
        let span = bisection.spans.iter().find(|span| span.versions.contains(&text));
        let message = match span {
            None => format!("{option} {text}: no such version"),
            Some(span) if span.good != expected => format!(
                "{option} {text}: found {}, expected that the patch {} it",
                explain::word(span.verdict),
                if expected { "fits" } else { "does not fit" }
            ),
            Some(_) => continue,
        };
        return Err(UsageError { message, hint: None }.into());
    }
    Ok(())
}

fn told(name: &str, package: &str, bisection: &Bisection) -> String {
    let mut text = format!("{name} on {package}:\n");
    for span in &bisection.spans {
        let versions = match span.versions.as_slice() {
            [one] => one.clone(),
            [first, .., last] => format!("{first} … {last} ({})", span.versions.len()),
            [] => continue,
        };
        let sign = if span.good { "fits" } else { "fails" };
        let _ = writeln!(text, "  {sign:<5}  {}  {versions}", explain::word(span.verdict));
    }
    let Some(first_good) = &bisection.first_good else {
        text += "it fits none of these versions\n";
        return text;
    };
    let _ = writeln!(text, "first good: {first_good}");
    let _ = writeln!(text, "last good:  {}", bisection.last_good.as_deref().unwrap_or_default());
    let Some(first_bad) = &bisection.first_bad else {
        text += "first bad:  none\n";
        return text;
    };
    let _ = writeln!(text, "first bad:  {first_bad}");
    if !bisection.monotone {
        text += "it fits again later: the list above has every verdict\n";
    }
    let Some(blame) = &bisection.blame else { return text };
    for line in blame.outcome.iter().flat_map(explain::outcome) {
        let _ = writeln!(text, "  {line}");
    }
    if !blame.upstream.is_empty() {
        let _ = write!(text, "what upstream changed there:\n{}", blame.upstream);
    }
    text
}
