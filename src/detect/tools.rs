//! Manifests of other languages: what they need beside the profile's own tools, from the distribution.

use super::Detected;

pub(super) fn package_json(text: &str, found: &mut Detected) {
    let manifest: serde_json::Value = match serde_json::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => return found.note(format!("`package.json` is no JSON: {error}")),
    };
    // `pnpm@9.1.0+sha512.…`, as corepack reads it; npm itself is there.
    let manager = manifest["packageManager"].as_str().unwrap_or_default();
    let manager = manager.split('+').next().unwrap_or(manager);
    if let Some((name @ ("pnpm" | "yarn"), version)) = manager.split_once('@') {
        found.package(&format!("npm:{name}@{version}"));
    }
    if let Some(range) = manifest["engines"]["node"].as_str() {
        found.note(format!("`package.json` wants Node {range}; the image has Debian's, 20"));
    }
    if manifest["dependencies"].is_object() || manifest["devDependencies"].is_object() {
        found.note("the dependencies of `package.json` are for the work tree: run `npm ci` there");
    }
}

pub(super) fn cargo(_: &str, found: &mut Detected) {
    apt(&["cargo", "rustc", "build-essential", "pkg-config"], found);
}

pub(super) fn go(_: &str, found: &mut Detected) {
    apt(&["golang-go"], found);
}

pub(super) fn ruby(_: &str, found: &mut Detected) {
    apt(&["ruby-full", "bundler", "build-essential"], found);
}

pub(super) fn php(_: &str, found: &mut Detected) {
    apt(&["php-cli", "composer", "unzip"], found);
}

pub(super) fn maven(_: &str, found: &mut Detected) {
    apt(&["default-jdk-headless", "maven"], found);
}

/// The project's own `gradlew` brings Gradle.
pub(super) fn gradle(_: &str, found: &mut Detected) {
    apt(&["default-jdk-headless"], found);
}

pub(super) fn cmake(_: &str, found: &mut Detected) {
    apt(&["build-essential", "cmake"], found);
}

pub(super) fn make(_: &str, found: &mut Detected) {
    apt(&["make"], found);
}

pub(super) fn dockerfile(_: &str, found: &mut Detected) {
    found.note("`Dockerfile` is not read: `mad users audit Dockerfile` looks at its users");
}

pub(super) fn compose(_: &str, found: &mut Detected) {
    found.note("`docker-compose.yml` is not read: services run beside the image");
}

/// asdf's and mise's list of tools; the distribution has one version of each.
pub(super) fn tool_versions(text: &str, found: &mut Detected) {
    for line in text.lines().map(|line| line.split('#').next().unwrap_or(line)) {
        let mut words = line.split_whitespace();
        let Some(tool) = words.next() else { continue };
        let version = words.next().unwrap_or("latest");
        match of_tool(tool) {
            Some(packages) => {
                apt(packages, found);
                found.note(format!(
                    "`.tool-versions` wants {tool} {version}; the image has the distribution's"
                ));
            }
            None => found.left_out(&format!("{tool} {version} of .tool-versions")),
        }
    }
}

/// The packages of a tool; none for what every profile has.
pub(super) fn of_tool(tool: &str) -> Option<&'static [&'static str]> {
    Some(match tool {
        "nodejs" | "node" | "python" => &[],
        "golang" | "go" => &["golang-go"],
        "rust" => &["cargo", "rustc", "build-essential", "pkg-config"],
        "ruby" => &["ruby-full", "bundler", "build-essential"],
        "php" => &["php-cli", "composer", "unzip"],
        "java" => &["default-jdk-headless"],
        "maven" => &["maven"],
        "cmake" => &["cmake"],
        "git-lfs" => &["git-lfs"],
        "jq" | "git" => &[],
        "shellcheck" => &["shellcheck"],
        "postgres" => &["postgresql-client"],
        _ => return None,
    })
}

pub(super) fn apt(packages: &[&str], found: &mut Detected) {
    packages.iter().for_each(|package| found.package(&format!("apt:{package}")));
}
