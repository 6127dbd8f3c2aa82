//! A deception: a package, its patches and probes, and what must come of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use patch_engine::{FileState, PatchFile, Tree, diff, normalise};

use super::registry::Registry;
use crate::support::{Run, mad_with_registry_in};

/// A module whose `f` is faulty: it should give one more.
pub const FAULTY: &str = "export function f(x) {\n  return x\n}\n";

/// A series on a package, and the package's versions.
pub struct Deception {
    name: &'static str,
    needs: Vec<&'static str>,
    versions: Vec<(&'static str, BTreeMap<String, String>)>,
    patches: Vec<Lie>,
    probes: BTreeMap<String, String>,
    others: Vec<(&'static str, String)>,
}

struct Lie {
    id: &'static str,
    target: &'static str,
    optional: bool,
    variants: Vec<(&'static str, String)>,
}

/// A probe that imports the target and exits by an expression about it, `m`.
pub fn asks(expression: &str) -> String {
    asks_of("f.js", expression)
}

/// The same of another file.
pub fn asks_of(file: &str, expression: &str) -> String {
    format!(
        "import {{pathToFileURL}} from 'node:url';\nconst m = await import(pathToFileURL(process.argv[2] + '/{file}'));\nprocess.exit(({expression}) ? 0 : 1);\n"
    )
}

/// A probe that looks for a text in a file.
pub fn finds(file: &str, text: &str) -> String {
    format!(
        "import fs from 'node:fs';\nprocess.exit(fs.readFileSync(process.argv[2] + '/{file}', 'utf8').includes({text:?}) ? 0 : 1);\n"
    )
}

/// The patch of one file between two texts.
pub fn change(path: &str, before: &str, after: &str) -> String {
    let tree = |text: &str| Tree::from([(path.to_owned(), FileState::regular(text.to_owned()))]);
    let patch = diff(&tree(before), &tree(after)).unwrap();
    normalise(&PatchFile { prose: "Why: a test.\n\n".to_owned(), ..patch })
}

/// The same, made of words that differ.
pub fn replaced(path: &str, before: &str, from: &str, to: &str) -> String {
    assert!(before.contains(from), "{before}");
    change(path, before, &before.replacen(from, to, 1))
}

impl Deception {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            needs: Vec::new(),
            versions: Vec::new(),
            patches: Vec::new(),
            probes: BTreeMap::new(),
            others: Vec::new(),
        }
    }

    /// One version of the faulty module, patched rightly; what is wrong is up to the caller.
    pub fn simple(name: &'static str, probe: &str) -> Self {
        let patch = replaced("f.js", FAULTY, "return x", "return x + 1");
        Self::new(name).version("1.0.0", &[("f.js", FAULTY)]).patch("p1", "f.js", &patch, probe)
    }

    /// The same under another name.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    pub fn needs(mut self, needs: &[&'static str]) -> Self {
        self.needs = needs.to_vec();
        self
    }

    /// A version with files; its `package.json` says `module` unless one is given.
    pub fn version(mut self, version: &'static str, files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        self.versions.push((version, files.collect()));
        self
    }

    pub fn patch(self, id: &'static str, target: &'static str, text: &str, probe: &str) -> Self {
        self.variants(id, target, &[("*", text)], probe)
    }

    pub fn variants(
        mut self,
        id: &'static str,
        target: &'static str,
        texts: &[(&'static str, &str)],
        probe: &str,
    ) -> Self {
        let variants = texts.iter().map(|(versions, text)| (*versions, (*text).to_owned()));
        self.patches.push(Lie { id, target, optional: false, variants: variants.collect() });
        self.probes.insert(format!("probes/{id}.mjs"), probe.to_owned());
        self
    }

    /// The last patch is optional.
    pub fn optional(mut self) -> Self {
        self.patches.last_mut().unwrap().optional = true;
        self
    }

    /// Another file of the project.
    pub fn file(mut self, path: &'static str, text: &str) -> Self {
        self.others.push((path, text.to_owned()));
        self
    }

    fn series(&self) -> String {
        let mut text = format!(
            "schema: mad.series/1\npackage: {}\nneeds: [{}]\npatches:\n",
            self.name,
            self.needs.join(", ")
        );
        if self.patches.is_empty() {
            text = text.replace("patches:", "patches: []");
        }
        for patch in &self.patches {
            let Lie { id, target, optional, variants } = patch;
            let _ = write!(
                text,
                "  - id: {id}\n    why: w\n    upstream: u\n    remove_when: r\n    target: {target}\n    probe: probes/{id}.mjs\n    optional: {optional}\n    variants:\n"
            );
            for (at, (versions, _)) in variants.iter().enumerate() {
                let _ = writeln!(text, "      - {{versions: '{versions}', file: {id}.{at}.patch}}");
            }
        }
        text
    }

    /// Publishes the package and writes the project.
    pub fn set_up(&self, registry: &Registry) -> tempfile::TempDir {
        registry.publish(self.name, &self.versions);
        self.project()
    }

    /// Writes the project.
    pub fn project(&self) -> tempfile::TempDir {
        let project = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = project.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("patches/s/series.yaml", &self.series());
        for (path, text) in &self.probes {
            write(&format!("patches/s/{path}"), text);
        }
        for patch in &self.patches {
            for (at, (_, text)) in patch.variants.iter().enumerate() {
                write(&format!("patches/s/{}.{at}.patch", patch.id), text);
            }
        }
        for (path, text) in &self.others {
            write(path, text);
        }
        project
    }

    /// Every version, to be recorded: exit 5 with the reason, and no record.
    #[track_caller]
    pub fn refused(&self, registry: &Registry, reason: &str) {
        self.refused_as(registry, &["--update"], reason);
    }

    /// The same with other arguments.
    #[track_caller]
    pub fn refused_as(&self, registry: &Registry, arguments: &[&str], reason: &str) {
        let project = self.set_up(registry);
        let run = verify(registry, project.path(), arguments);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 5, "{}: {text}", self.name);
        assert!(run.stdout.contains(reason), "{}: expected `{reason}` in:\n{text}", self.name);
        assert!(!run.stdout.contains("\nverified"), "{}: {text}", self.name);
        assert!(!project.path().join("patches/s/matrix.lock").exists(), "{}: {text}", self.name);
    }

    /// Every version holds and is recorded; gives the record.
    #[track_caller]
    pub fn holds(&self, registry: &Registry) -> String {
        let project = self.set_up(registry);
        let run = verify(registry, project.path(), &["--update"]);
        assert_eq!(run.code, 0, "{}: {}{}", self.name, run.stdout, run.stderr);
        std::fs::read_to_string(project.path().join("patches/s/matrix.lock")).unwrap()
    }
}

/// Verifies the series of a project, with the probes on this host.
pub fn verify(registry: &Registry, project: &Path, arguments: &[&str]) -> Run {
    let probe = ["patch", "verify", "--series", "s", "--probe=host"];
    let own_probe = arguments.iter().any(|argument| argument.starts_with("--probe"));
    let all = [&probe[..if own_probe { 4 } else { 5 }], arguments].concat();
    mad_with_registry_in(project, &registry.url(), &all)
}
