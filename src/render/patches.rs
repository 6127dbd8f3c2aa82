//! The patch series of a profile: what matrix.lock proves of the versions that it pins, and nothing
//! that it does not.

use std::collections::BTreeMap;

use patch_engine::{PatchFile, normalise};
use sha2::{Digest, Sha256};

use super::facts::{PatchFacts, PatchedFile};
use super::{Context, RenderError};
use crate::patch::{Entry, Patch, PatchText, Proven, SeriesFiles, Target};
use crate::profile::Profile;
use crate::project::Project;
use npm::Version;

/// Where the image has its npm packages.
const MODULES: &str = "/opt/mad/node/node_modules";

/// Facts and files of every series of a profile.
pub(super) fn gather(
    project: &Project,
    profile: &Profile,
    context: &mut Context,
) -> Result<Vec<PatchFacts>, RenderError> {
    let mut loaded: Vec<SeriesFiles> = Vec::new();
    for name in &profile.patches {
        let files = SeriesFiles::load(project, name)?;
        if let Some((other, path)) = loaded
            .iter()
            .find_map(|other| shared_file(other, &files).map(|path| (other.name.clone(), path)))
        {
            return Err(RenderError::TwoSeries {
                first: other,
                second: name.clone(),
                package: files.series.package,
                path,
            });
        }
        loaded.push(files);
    }
    loaded.iter().map(|files| one(profile, files, context)).collect()
}

/// A file of one package that one series patches, and that the other patches or was probed with: what
/// is proven of each alone says nothing of both.
fn shared_file(one: &SeriesFiles, other: &SeriesFiles) -> Option<String> {
    if one.series.package != other.series.package {
        return None;
    }
    let (targets, others) = (one.series.targets(), other.series.targets());
    let needs = |files: &SeriesFiles, path: &str| files.series.needs.iter().any(|n| n == path);
    let shared = targets.iter().find(|path| others.contains(*path) || needs(other, path));
    let shared = shared.or_else(|| others.iter().find(|path| needs(one, path)));
    shared.map(|path| (*path).to_owned())
}

fn one(
    profile: &Profile,
    files: &SeriesFiles,
    context: &mut Context,
) -> Result<PatchFacts, RenderError> {
    let name = &files.name;
    let package = files.series.package.clone();
    let Some(version) = profile.node.packages.get(&package).cloned() else {
        return Err(RenderError::Data {
            file: format!("patches/{name}/series.yaml"),
            message: format!(
                "it patches `{package}`, which is not among the profile's node.packages"
            ),
        });
    };
    let unproven = || RenderError::UnprovenVersion {
        series: name.clone(),
        package: package.clone(),
        version: version.clone(),
    };
    let proven = files.matrix.as_ref().and_then(|matrix| matrix.of_version(&version));
    let proven = proven.filter(|proven| !proven.targets.is_empty()).ok_or_else(unproven)?;
    let targets = &proven.targets;
    let sums = |hash: fn(&Target) -> &str| -> String {
        targets.iter().map(|target| format!("{}  {}\n", hash(target), target.path)).collect()
    };
    let (before, after) = (sums(|target| &target.pristine), sums(|target| &target.patched));
    let mut hasher = Sha256::new();
    hasher.update(&before);
    hasher.update(&after);
    context.insert_text(format!("patches/{name}/before.sha256"), before);
    context.insert_text(format!("patches/{name}/after.sha256"), after);
    let (mut applied, mut verdicts) = (Vec::new(), Vec::new());
    // In the order of the series, whichever target they change.
    for patch in &files.series.patches {
        let entry =
            proof(files, patch, proven, &version).map_err(|found| RenderError::UnprovenPatch {
                series: name.clone(),
                patch: patch.id.clone(),
                package: package.clone(),
                version: version.clone(),
                found,
            })?;
        verdicts.push(format!("{}={}", entry.id, entry.verdict));
        let Some(file) = entry.file.as_ref().filter(|_| entry.is_applied()) else { continue };
        // Lines alone: the prose of a patch is for people, and `patch` would read it, too.
        let text = match files.patches.get(file).map(|text| &text.patch) {
            Some(Ok(patch)) => {
                normalise(&PatchFile { prose: String::new(), files: patch.files.clone() })
            }
            _ => return Err(unproven()),
        };
        hasher.update(&text);
        context.insert_text(format!("patches/{name}/{file}"), text);
        applied.push(file.clone());
    }
    let patched = |target: &Target| PatchedFile {
        path: format!("{MODULES}/{package}/{}", target.path),
        sha256: target.patched.clone(),
    };
    Ok(PatchFacts {
        series: name.clone(),
        version: version.clone(),
        targets: targets.iter().map(|target| target.path.clone()).collect(),
        files: applied,
        verdicts: verdicts.join(" "),
        digest: hex::encode(hasher.finalize()),
        patched: targets.iter().map(patched).collect(),
        package,
    })
}

/// What matrix.lock proves of a patch as it is today; else what it has instead.
fn proof<'a>(
    files: &SeriesFiles,
    patch: &Patch,
    proven: &'a Proven,
    version: &str,
) -> Result<&'a Entry, String> {
    let entry = proven.entry(&patch.id).ok_or("nothing")?;
    let fits_not = ["conflict", "ambiguous", "merged", "does-not-parse", "target-missing"];
    let left_out = entry.after.is_none();
    match entry.verdict.as_str() {
        "exact" | "offset" if !left_out => {}
        "superseded" | "not-needed" | "already-applied" if left_out => {}
        "target-missing" if left_out && entry.file.is_none() && entry.probe.is_none() => {
            return Ok(entry);
        }
        other if left_out && patch.optional && fits_not.contains(&other) => return Ok(entry),
        other => return Err(format!("the verdict `{other}`")),
    }
    let variant = Version::parse(version).ok().and_then(|version| patch.variant(&version).ok()?);
    let file = variant.map(|variant| variant.file.clone());
    if entry.file != file {
        let name = |file: &Option<String>| file.clone().unwrap_or_else(|| "no file".to_owned());
        return Err(format!("{}, where series.yaml names {}", name(&entry.file), name(&file)));
    }
    let text = file.as_ref().and_then(|file| files.patches.get(file)).map(PatchText::sha256);
    if entry.patch != text {
        return Err(format!("another text of {}", file.unwrap_or_default()));
    }
    match &entry.probe {
        None => Err("no run of its probe".to_owned()),
        Some(probe) if Some(&probe.program) != files.program(&patch.id).as_ref() => {
            Err("a run of another probe".to_owned())
        }
        Some(_) => Ok(entry),
    }
}

/// What the image must have, by path.
pub(super) fn patched(facts: &[PatchFacts]) -> BTreeMap<String, String> {
    let files = facts.iter().flat_map(|facts| &facts.patched);
    files.map(|file| (file.path.clone(), file.sha256.clone())).collect()
}
