//! Whether a file is still the program, or the document, that it was.
//!
//! What the file parses as before a patch is what it must parse as after it: its name says what is
//! tried, its content decides. A file that parses as nothing known before is not looked at.

mod document;
mod javascript;
mod nesting;

use oxc_span::SourceType;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What `"type"` in `package.json` makes of a `.js` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageType {
    /// `"module"`.
    Module,
    /// `"commonjs"`, or nothing.
    #[default]
    CommonJs,
}

impl PackageType {
    /// From the bytes of a `package.json`; one that cannot be read says nothing.
    pub fn of_package(json: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Package {
            r#type: Option<serde_json::Value>,
        }
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        match serde_json::from_slice(json) {
            Ok(Package { r#type: Some(kind) }) if kind == "module" => Self::Module,
            _ => Self::CommonJs,
        }
    }
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// An ES module.
    Module,
    /// An ES module with JSX.
    ModuleJsx,
    /// A CommonJS script.
    Script,
    /// A CommonJS script with JSX.
    ScriptJsx,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    TypeScriptJsx,
    /// A TypeScript script, without `import`.
    TypeScriptScript,
    /// Declarations of TypeScript.
    Declarations,
    /// JSON.
    Json,
    /// JSON behind a byte order mark.
    JsonWithMark,
    /// JSON with comments and trailing commas.
    JsonWithComments,
    /// YAML, also several documents.
    Yaml,
}

/// The file is sound as far as was looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "language", rename_all = "kebab-case")]
pub enum Parsed {
    /// It parses.
    Sound(Language),
    /// Its name says nothing that is known here.
    NotChecked,
}

/// Where a file stops being what it is read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct ParseFault {
    /// The file.
    pub path: String,
    /// From 1; 0 where the parser gives no place.
    pub line: usize,
    /// From 1, in characters; 0 where the parser gives no place.
    pub column: usize,
    /// As the parser says it.
    pub message: String,
}

/// Parses a file as what its name says first: for a file that is new.
///
/// # Errors
///
/// The first place at which it is not in its language.
pub fn parse_check(path: &str, bytes: &[u8], package: PackageType) -> Result<Parsed, ParseFault> {
    match candidates(path, bytes, package).first() {
        None => Ok(Parsed::NotChecked),
        Some(language) => language.check(path, bytes).map(|()| Parsed::Sound(*language)),
    }
}

/// Parses a file as what it was before a change.
///
/// # Errors
///
/// The first place at which it is not that any more.
pub fn parse_like(
    path: &str,
    before: &[u8],
    after: &[u8],
    package: PackageType,
) -> Result<Parsed, ParseFault> {
    match Language::of(path, before, package) {
        None => Ok(Parsed::NotChecked),
        Some(language) => language.check(path, after).map(|()| Parsed::Sound(language)),
    }
}

impl Language {
    /// The first of the languages that the name allows in which the file is sound; none where it is
    /// in none of them.
    pub fn of(path: &str, bytes: &[u8], package: PackageType) -> Option<Self> {
        let mut candidates = candidates(path, bytes, package).into_iter();
        candidates.find(|language| language.check(path, bytes).is_ok())
    }

    /// Parses a file as this.
    ///
    /// # Errors
    ///
    /// The first place at which it is not.
    pub fn check(self, path: &str, bytes: &[u8]) -> Result<(), ParseFault> {
        let module = SourceType::mjs();
        let script = SourceType::cjs();
        let source = match self {
            Self::Json => return document::json(path, bytes),
            Self::JsonWithMark => return document::json_with_mark(path, bytes),
            Self::JsonWithComments => return document::json_with_comments(path, bytes),
            Self::Yaml => return document::yaml(path, bytes),
            Self::Module => module,
            Self::ModuleJsx => module.with_jsx(true),
            Self::Script => script,
            Self::ScriptJsx => script.with_jsx(true),
            Self::TypeScript => SourceType::ts(),
            Self::TypeScriptJsx => SourceType::tsx(),
            Self::TypeScriptScript => SourceType::ts().with_module(false),
            Self::Declarations => SourceType::d_ts(),
        };
        let in_function = matches!(self, Self::Script | Self::ScriptJsx);
        javascript::parse(path, bytes, source, in_function)
    }
}

/// What a file of this name can be, the likeliest first.
fn candidates(path: &str, bytes: &[u8], package: PackageType) -> Vec<Language> {
    use Language as L;
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
    // `.npmignore` has no extension, it is a name.
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    let script = match package {
        PackageType::Module => vec![L::Module, L::Script, L::ModuleJsx, L::ScriptJsx],
        PackageType::CommonJs => vec![L::Script, L::Module, L::ScriptJsx, L::ModuleJsx],
    };
    match extension.map(|(_, extension)| extension) {
        Some("js") => [script, vec![L::TypeScriptJsx]].concat(),
        Some("mjs") => vec![L::Module, L::ModuleJsx],
        Some("cjs") => vec![L::Script, L::ScriptJsx],
        Some("jsx") => vec![L::ModuleJsx, L::ScriptJsx],
        Some("ts" | "mts" | "cts") if name.contains(".d.") => vec![L::Declarations],
        Some("ts" | "mts") => vec![L::TypeScript, L::TypeScriptScript],
        Some("cts") => vec![L::TypeScriptScript, L::TypeScript],
        Some("tsx") => vec![L::TypeScriptJsx],
        Some("json" | "jsonc" | "map" | "webmanifest") => {
            vec![L::Json, L::JsonWithMark, L::JsonWithComments]
        }
        Some("yaml" | "yml") => vec![L::Yaml],
        Some(_) => {
            if runs_on_node(bytes) {
                script
            } else {
                Vec::new()
            }
        }
        None if bytes.starts_with(b"#!") => {
            if runs_on_node(bytes) {
                script
            } else {
                Vec::new()
            }
        }
        None if name.starts_with('.') && !looks_like_json(bytes) => Vec::new(),
        None if looks_like_json(bytes) => {
            [vec![L::Json, L::JsonWithMark, L::JsonWithComments], script].concat()
        }
        // A word alone is a program too, and a text.
        None if bytes.iter().any(|byte| b"(={".contains(byte)) => script,
        None => Vec::new(),
    }
}

/// Whether the first line hands the file to a runtime of JavaScript.
fn runs_on_node(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let words = line.strip_prefix(b"#!").map(String::from_utf8_lossy);
    let program = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or_default();
        ["node", "nodejs", "bun", "deno"].contains(&name)
    };
    words.is_some_and(|words| words.split_whitespace().any(program))
}

fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn fault(path: &str, bytes: &[u8], offset: Option<usize>, message: String) -> ParseFault {
    let before = offset.map(|offset| &bytes[..offset.min(bytes.len())]);
    let (line, column) = before.map_or((0, 0), |before| {
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        (line, 1 + String::from_utf8_lossy(&before[start..]).chars().count())
    });
    ParseFault { path: path.to_owned(), line, column, message }
}
