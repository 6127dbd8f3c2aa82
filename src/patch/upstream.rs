//! A version of a package, as far as a series needs it; and all that a result can depend on.
//!
//! What is laid out for a probe is all that it can see of the package. So the key of a version is
//! the path and the hash of each of those files, and nothing else is taken for the same.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use hash::sha256;
use npm::Version;
use patch_engine::PackageType;

use super::Series;

const MANIFEST: &str = "package.json";

/// What Node reads of a `package.json` to run a file of the package.
const READ_BY_NODE: [&str; 5] = ["name", "type", "main", "exports", "imports"];

/// A version's files, as far as the series needs them.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The version.
    pub version: Version,
    /// By path in the package; `None` for one that the version does not have.
    pub files: BTreeMap<String, Option<Bytes>>,
}

/// The files to fetch for some files of a package: those, and every `package.json` above them, which
/// says what a `.js` file is.
pub fn with_manifests<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut wanted = BTreeSet::from([MANIFEST.to_owned()]);
    for path in paths {
        wanted.extend(manifests(path));
        wanted.insert(path.to_owned());
    }
    wanted
}

/// The `package.json` of each folder that a file is in, from the nearest to the package's own.
fn manifests(path: &str) -> impl Iterator<Item = String> {
    let folders = path.match_indices('/').map(|(at, _)| format!("{}/{MANIFEST}", &path[..at]));
    let mut folders: Vec<String> = folders.collect();
    folders.reverse();
    folders.into_iter().chain([MANIFEST.to_owned()])
}

impl Upstream {
    /// A file of it.
    pub fn file(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)?.as_ref()
    }

    /// What a `.js` file at this place is: the nearest `package.json` says it, as for Node.
    pub fn package_type(&self, path: &str) -> PackageType {
        let nearest = manifests(path).find_map(|manifest| self.file(&manifest).cloned());
        nearest.map_or(PackageType::CommonJs, |json| PackageType::of_package(&json))
    }

    /// The files that a probe sees. Of the package's own `package.json`, where the series does not
    /// need it, what Node reads: its version and its dependencies make no difference then.
    pub fn laid_out(&self, series: &Series) -> BTreeMap<String, Bytes> {
        let needs_it = series.needs.iter().any(|path| path == MANIFEST);
        let paths = series.targets().into_iter().chain(series.needs.iter().map(String::as_str));
        let paths = with_manifests(paths).into_iter();
        let files = paths.filter_map(|path| {
            let bytes = self.file(&path)?.clone();
            let bytes = if path == MANIFEST && !needs_it { read_by_node(&bytes) } else { bytes };
            Some((path, bytes))
        });
        files.collect()
    }

    /// SHA-256 over the path and the content of all that a result depends on.
    pub fn inputs(&self, series: &Series) -> String {
        layout_hash(&self.laid_out(series))
    }
}

/// SHA-256 over paths and contents.
pub fn layout_hash(files: &BTreeMap<String, Bytes>) -> String {
    let lines = files.iter().map(|(path, bytes)| format!("{}  {path}\n", sha256(bytes)));
    sha256(lines.collect::<String>())
}

fn read_by_node(json: &Bytes) -> Bytes {
    let plain = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let Ok(serde_json::Value::Object(mut package)) = serde_json::from_slice(plain) else {
        return json.clone();
    };
    package.retain(|key, _| READ_BY_NODE.contains(&key.as_str()));
    serde_json::to_vec(&package).map_or_else(|_| json.clone(), Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(files: &[(&str, &str)]) -> Upstream {
        let file = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), Some(Bytes::from((*text).to_owned())))
        };
        Upstream {
            version: Version::parse("1.0.0").unwrap(),
            files: files.iter().map(file).collect(),
        }
    }

    fn series(needs: &[&str]) -> Series {
        let needs = needs.join(", ");
        Series::parse(&format!(
            "{{schema: mad.series/1, package: p, needs: [{needs}], patches: [{{id: a, why: w, \
             upstream: u, remove_when: r, target: esm/f.js, probe: p.mjs, \
             variants: [{{versions: '*', file: a.patch}}]}}]}}"
        ))
        .unwrap()
    }

    #[test]
    fn the_nearest_manifest_says_what_a_file_is() {
        let files = upstream(&[
            ("package.json", r#"{"type": "module"}"#),
            ("cjs/package.json", r#"{"type": "commonjs"}"#),
            ("lib/package.json", "{}"),
        ]);
        let kind = |path: &str| files.package_type(path);
        assert_eq!(kind("f.js"), PackageType::Module);
        assert_eq!(kind("esm/f.js"), PackageType::Module);
        assert_eq!(kind("cjs/deep/f.js"), PackageType::CommonJs);
        assert_eq!(kind("lib/f.js"), PackageType::CommonJs);
        let wanted: Vec<String> = with_manifests(["cjs/deep/f.js"]).into_iter().collect();
        let expected =
            ["cjs/deep/f.js", "cjs/deep/package.json", "cjs/package.json", "package.json"];
        assert_eq!(wanted, expected);
    }

    #[test]
    fn whatever_a_result_depends_on_is_another_key() {
        let pristine = [
            ("esm/f.js", "f"),
            ("esm/package.json", r#"{"type":"module"}"#),
            ("h.js", "h"),
            ("package.json", r#"{"name":"p","version":"1.0.0"}"#),
        ];
        let key = |needs: &[&str], at: usize, text: &str| {
            let mut files = pristine;
            files[at].1 = text;
            upstream(&files).inputs(&series(needs))
        };
        let needs = ["h.js"];
        let known = key(&needs, 0, "f");
        assert_ne!(key(&needs, 0, "F"), known);
        assert_ne!(key(&needs, 1, "{}"), known);
        assert_ne!(key(&needs, 2, "H"), known);
        assert_ne!(key(&needs, 3, r#"{"name":"p","version":"1.0.0","type":"module"}"#), known);
        assert_eq!(key(&needs, 3, r#"{"name":"p","version":"1.0.1"}"#), known);
        assert_ne!(
            key(&["package.json"], 3, r#"{"name":"p","version":"1.0.1"}"#),
            key(&["package.json"], 0, "f")
        );
        // The same bytes at another path, or none.
        let moved = upstream(&[("esm/g.js", "f"), pristine[1], pristine[2], pristine[3]]);
        assert_ne!(moved.inputs(&series(&needs)), known);
        assert_ne!(upstream(&pristine[..2]).inputs(&series(&needs)), known);
    }
}
