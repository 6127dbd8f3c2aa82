//! Python's manifests.

use toml::Table;

use super::Detected;

/// `requirements.txt`, as pip reads it; options and other files are not followed.
pub(super) fn requirements(text: &str, found: &mut Detected) {
    // A line that ends with `\` goes on.
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if !line.is_empty() && !line.starts_with('#') {
            requirement(line, found);
        }
    }
}

/// One requirement, less its hashes and the condition behind `;`: the image is one system.
fn requirement(text: &str, found: &mut Detected) {
    let bare = text.split(';').next().unwrap_or(text);
    let bare = bare.split(" --hash").next().unwrap_or(bare).trim();
    match format!("pip:{bare}").parse::<crate::lock::Requirement>() {
        Ok(_) => found.package(&format!("pip:{bare}")),
        Err(_) => found.left_out(text),
    }
}

/// `pyproject.toml`: the standard's dependencies and the group `dev`, or Poetry's.
pub(super) fn pyproject(text: &str, found: &mut Detected) {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return found.note(format!("`pyproject.toml` is no TOML: {error}")),
    };
    let at = |keys: &[&str]| {
        let first = table.get(keys[0])?;
        keys[1..].iter().try_fold(first, |value, key| value.get(key))
    };
    for keys in [&["project", "dependencies"][..], &["dependency-groups", "dev"]] {
        let list = at(keys).and_then(toml::Value::as_array);
        let texts = list.into_iter().flatten().filter_map(toml::Value::as_str);
        texts.for_each(|text| requirement(text, found));
    }
    let poetry = at(&["tool", "poetry", "dependencies"]).and_then(toml::Value::as_table);
    for (name, value) in poetry.into_iter().flatten().filter(|(name, _)| *name != "python") {
        let version = value.as_str().or_else(|| value.get("version")?.as_str());
        match version.map(poetry_range) {
            Some(range) => found.package(&format!("pip:{name}{range}")),
            None => found.left_out(&format!("{name} of pyproject.toml, which has no version")),
        }
    }
}

/// Poetry's `^1.2` and `1.2` in the words of pip.
fn poetry_range(version: &str) -> String {
    let version = version.trim();
    if let Some(from) = version.strip_prefix('^') {
        let mut parts = from.split('.').map(|part| part.parse::<u64>().unwrap_or(0));
        let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let below = if major > 0 { format!("{}", major + 1) } else { format!("0.{}", minor + 1) };
        return format!(">={from},<{below}");
    }
    if let Some(from) = version.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        return format!("~={from}");
    }
    match version {
        "*" => String::new(),
        exact if exact.starts_with(|c: char| c.is_ascii_digit()) => format!("=={exact}"),
        range => range.to_owned(),
    }
}

/// `cog.yaml` of Replicate's cog.
pub(super) fn cog(text: &str, found: &mut Detected) {
    let value: serde_json::Value = match serde_yaml::from_str(text) {
        Ok(value) => value,
        Err(error) => return found.note(format!("`cog.yaml` is no YAML: {error}")),
    };
    let build = &value["build"];
    let list = |key: &str| build[key].as_array().cloned().unwrap_or_default();
    for package in list("system_packages").iter().filter_map(|package| package.as_str()) {
        found.package(&format!("apt:{package}"));
    }
    for package in list("python_packages").iter().filter_map(|package| package.as_str()) {
        requirement(package, found);
    }
    if build["gpu"] == true {
        found.note("`cog.yaml` asks for a GPU: `extends: cuda` brings PyTorch and CUDA");
    }
    for key in ["python_requirements", "run"] {
        if !build[key].is_null() {
            found.note(format!("`{key}` of cog.yaml is not read"));
        }
    }
}

/// Conda's packages have other names than PyPI's.
pub(super) fn conda(_: &str, found: &mut Detected) {
    found.note("`environment.yml` is conda's and not read: name its packages with `mad add`");
}
