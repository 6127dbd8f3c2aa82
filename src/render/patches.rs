//! The patch series of a profile: what matrix.lock proves of the versions that it pins, and nothing
//! that it does not.

use std::collections::BTreeMap;

use patch_engine::{PatchFile, normalise};
use sha2::{Digest, Sha256};

use super::facts::{PatchFacts, PatchedFile};
use super::{Context, RenderError};
use crate::patch::{Patch, PatchRecord, ProvenVersions, SeriesFiles, Target};
use crate::profile::Profile;
use crate::project::Project;

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
        let entry = proof(patch, proven).map_err(|found| RenderError::UnprovenPatch {
            series: name.clone(),
            patch: patch.id.clone(),
            package: package.clone(),
            version: version.clone(),
            found,
        })?;
        verdicts.push(format!("{}={}", entry.id, entry.verdict));
        let Some(file) = entry.file.as_ref().filter(|_| entry.is_applied()) else { continue };
        let text = match files.patches.get(file).map(|text| &text.patch) {
            Some(Ok(patch)) => normalise(&inert(patch)),
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

/// The patch with its prose as a comment: `patch` looks for file names and other formats in it, and
/// would apply what nobody has verified.
fn inert(patch: &PatchFile) -> PatchFile {
    let prose = patch.prose.trim_end().split('\n');
    let prose: String = prose.map(|line| format!("# {line}\n")).collect();
    PatchFile { prose: format!("{prose}\n"), files: patch.files.clone() }
}

/// What matrix.lock proves of a patch; else what it has instead.
fn proof<'a>(patch: &Patch, proven: &'a ProvenVersions) -> Result<&'a PatchRecord, String> {
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
    // Another text that makes the same bytes is as good, and one that makes others fails the build.
    match entry.probe {
        None => Err("no run of its probe".to_owned()),
        Some(_) => Ok(entry),
    }
}

/// What the image must have, by path.
pub(super) fn patched(facts: &[PatchFacts]) -> BTreeMap<String, String> {
    let files = facts.iter().flat_map(|facts| &facts.patched);
    files.map(|file| (file.path.clone(), file.sha256.clone())).collect()
}

#[cfg(test)]
mod tests {
    use patch_engine::lint;

    use super::*;

    /// GNU patch reads a normal diff and the name of its file in what we call prose.
    #[test]
    fn prose_is_nothing_that_a_tool_could_read() {
        let hidden = "Why.\nIndex: evil.js\n0a1\n> evil()\n*** x\n\n";
        let lines = "--- a/f.js\n+++ b/f.js\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n";
        let patch = lint(format!("{hidden}{lines}").as_bytes()).unwrap();
        let text = normalise(&inert(&patch));
        assert!(text.ends_with(lines), "{text}");
        let prose = text.strip_suffix(lines).unwrap();
        assert!(prose.lines().all(|line| line.is_empty() || line.starts_with("# ")), "{prose}");
        assert!(prose.contains("# Index: evil.js\n# 0a1\n"), "{prose}");
        assert_eq!(lint(text.as_bytes()).unwrap().files.len(), 1);
    }
}
