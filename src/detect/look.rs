//! Which file of a folder says what.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Detected, devcontainer, python, tools};

/// The most that is read of a manifest.
const MOST_BYTES: u64 = 1 << 20;

/// What a file says; its text, and where to put it.
type Reader = fn(&str, &mut Detected);

/// The files that are looked for, in this order.
const MANIFESTS: [(&str, Reader); 19] = [
    ("cog.yaml", python::cog),
    ("pyproject.toml", python::pyproject),
    ("requirements.txt", python::requirements),
    ("environment.yml", python::conda),
    ("package.json", tools::package_json),
    ("Cargo.toml", tools::cargo),
    ("go.mod", tools::go),
    ("Gemfile", tools::ruby),
    ("composer.json", tools::php),
    ("pom.xml", tools::maven),
    ("build.gradle", tools::gradle),
    ("build.gradle.kts", tools::gradle),
    ("CMakeLists.txt", tools::cmake),
    ("Makefile", tools::make),
    (".tool-versions", tools::tool_versions),
    (".devcontainer/devcontainer.json", devcontainer::read),
    (".devcontainer.json", devcontainer::read),
    ("Dockerfile", tools::dockerfile),
    ("docker-compose.yml", tools::compose),
];

/// Reads the manifests of a folder.
pub fn look(folder: &Path) -> Detected {
    let mut found = Detected::default();
    for (name, read) in MANIFESTS {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        found.manifests.push(name.to_owned());
        match text_of(&path) {
            Ok(text) => read(&text, &mut found),
            Err(error) => found.note(format!("`{name}` cannot be read: {error}")),
        }
    }
    found
}

fn text_of(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    // Windows' editors begin a file with a mark.
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Detected {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        look(dir.path())
    }

    fn packages(files: &[(&str, &str)]) -> String {
        let found = found(files);
        found.packages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_empty_folder_asks_for_nothing() {
        assert_eq!(found(&[]), Detected::default());
        assert_eq!(found(&[("README.md", "x"), ("src/package.json", "{}")]), Detected::default());
    }

    #[test]
    fn requirements_become_packages() {
        let text = "# comment\nhttpx[http2]>=0.27,<1  # why\nnumpy == 1.26 ; python_version < '3.13'\n\n-r other.txt\n--index-url https://example.org\n-e .\ngit+https://example.org/x\nhttpx\nflask --hash=sha256:00 \\\n    --hash=sha256:01\n";
        let found = found(&[("requirements.txt", text)]);
        let names: Vec<String> = found.packages.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            ["pip:httpx[http2]>=0.27,<1", "pip:numpy== 1.26", "pip:httpx", "pip:flask"]
        );
        assert_eq!(found.notes.len(), 4, "{:?}", found.notes);
        assert!(found.notes[0].contains("-r other.txt"));
    }

    #[test]
    fn pyproject_says_it_by_the_standard_or_by_poetry() {
        let standard = "[project]\nname = \"x\"\nrequires-python = \">=3.11\"\ndependencies = [\"httpx>=0.27\", \"rich\"]\n[dependency-groups]\ndev = [\"pytest\", {include-group = \"x\"}]\n[project.optional-dependencies]\nweb = [\"uvicorn[standard]\"]\n";
        assert_eq!(
            packages(&[("pyproject.toml", standard)]),
            "pip:httpx>=0.27 pip:rich pip:pytest"
        );
        let poetry = "[tool.poetry.dependencies]\npython = \"^3.11\"\nflask = \"^2.3\"\nrich = \"*\"\nnumpy = {version = \"1.26.4\"}\nown = {path = \"../own\"}\n";
        let found = found(&[("pyproject.toml", poetry)]);
        let names: Vec<String> = found.packages.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["pip:flask>=2.3,<3", "pip:numpy==1.26.4", "pip:rich"]);
        assert!(found.notes.iter().any(|note| note.contains("own")), "{:?}", found.notes);
        assert!(!super::look(Path::new("/nonexistent")).manifests.contains(&"x".to_owned()));
    }

    #[test]
    fn a_broken_manifest_is_a_note() {
        for (name, text) in [
            ("pyproject.toml", "[project\n"),
            ("package.json", "{"),
            ("cog.yaml", "a: ["),
            (".devcontainer.json", "{"),
        ] {
            let found = found(&[(name, text)]);
            assert!(found.packages.is_empty());
            assert!(found.notes[0].contains(name), "{:?}", found.notes);
        }
    }

    #[test]
    fn manifests_of_languages_bring_their_tools() {
        for (name, text, expected) in [
            ("Cargo.toml", "[package]\n", "apt:cargo apt:rustc apt:build-essential apt:pkg-config"),
            ("go.mod", "module x\n", "apt:golang-go"),
            ("Gemfile", "", "apt:ruby-full apt:bundler apt:build-essential"),
            ("composer.json", "{}", "apt:php-cli apt:composer apt:unzip"),
            ("pom.xml", "", "apt:default-jdk-headless apt:maven"),
            ("build.gradle", "", "apt:default-jdk-headless"),
            ("CMakeLists.txt", "", "apt:build-essential apt:cmake"),
            ("Makefile", "", "apt:make"),
            ("package.json", "{\"packageManager\": \"pnpm@9.1.0+sha512.00\"}", "npm:pnpm@9.1.0"),
            ("package.json", "{\"dependencies\": {\"a\": \"^1\"}}", ""),
            (".tool-versions", "golang 1.22\nnodejs 20.1.0\n# c\nterraform 1.5\n", "apt:golang-go"),
            ("Dockerfile", "FROM x\n", ""),
            (
                "cog.yaml",
                "build:\n  gpu: true\n  system_packages: [ffmpeg]\n  python_packages: [\"torch==2.0.1\"]\n",
                "apt:ffmpeg pip:torch==2.0.1",
            ),
        ] {
            assert_eq!(packages(&[(name, text)]), expected, "{name}");
        }
    }

    #[test]
    fn devcontainers_have_comments() {
        let text = "// For editors\n{\n  \"name\": \"x\", /* why */\n  \"image\": \"mcr.example.org/python:3.12\",\n  \"remoteUser\": \"vscode\",\n  \"containerEnv\": {\"A\": \"b\", \"HOMES\": \"${localEnv:HOME}\"},\n  \"features\": {\"ghcr.io/devcontainers/features/go:1\": {}, \"ghcr.io/x/unknown:2\": {}},\n  \"postCreateCommand\": \"make\",\n}\n";
        let found = found(&[(".devcontainer/devcontainer.json", text)]);
        assert_eq!(
            found.packages.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["apt:golang-go"]
        );
        assert_eq!(found.user.as_deref(), Some("vscode"));
        assert_eq!(found.env.into_iter().collect::<Vec<_>>(), [("A".to_owned(), "b".to_owned())]);
        let notes = found.notes.join("\n");
        for text in ["mcr.example.org/python:3.12", "HOMES", "ghcr.io/x/unknown:2", "make"] {
            assert!(notes.contains(text), "{notes}");
        }
    }
}
