//! Whether a file is still a program, or a document.
//!
//! JavaScript and TypeScript by oxc, early errors included (a name declared twice is the typical
//! result of a change made twice); JSON and YAML by serde. Other files are not looked at.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
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
            r#type: Option<String>,
        }
        match serde_json::from_slice(json) {
            Ok(Package { r#type: Some(kind) }) if kind == "module" => Self::Module,
            _ => Self::CommonJs,
        }
    }
}

/// What a file was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// An ES module.
    Module,
    /// A CommonJS script.
    Script,
    /// TypeScript.
    TypeScript,
    /// JSON, without comments.
    Json,
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

/// Where a file stops being what its name says.
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

/// Parses a file by its extension.
///
/// # Errors
///
/// The first place at which it is not in its language.
pub fn parse_check(path: &str, bytes: &[u8], package: PackageType) -> Result<Parsed, ParseFault> {
    let script = SourceType::cjs();
    let (language, source) = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") if package == PackageType::Module => (Language::Module, SourceType::mjs()),
        Some("mjs") => (Language::Module, SourceType::mjs()),
        Some("js" | "cjs") => (Language::Script, script),
        Some("jsx") => (Language::Module, SourceType::jsx()),
        Some("ts" | "mts") if path.ends_with(".d.ts") || path.ends_with(".d.mts") => {
            (Language::TypeScript, SourceType::d_ts())
        }
        Some("ts" | "mts") => (Language::TypeScript, SourceType::ts()),
        Some("cts") => (Language::TypeScript, SourceType::ts().with_module(false)),
        Some("tsx") => (Language::TypeScript, SourceType::tsx()),
        Some("json") => return json(path, bytes),
        Some("yaml" | "yml") => return yaml(path, bytes),
        _ => return Ok(Parsed::NotChecked),
    };
    javascript_with_room(path, bytes, source, language == Language::Script)?;
    Ok(Parsed::Sound(language))
}

/// Brackets that may be open at the same time. Generated code has some hundred; the parser is
/// recursive, and a file made to exhaust its stack would end the process.
const DEPTH: usize = 5_000;

/// Stack of the parser, reserved but not used up; enough for [`DEPTH`] in a debug build.
const STACK_BYTES: usize = 512 << 20;

/// Parses on a thread of its own, with a stack that fits the allowed depth.
fn javascript_with_room(
    path: &str,
    bytes: &[u8],
    source: SourceType,
    in_function: bool,
) -> Result<(), ParseFault> {
    let mut depth = 0_usize;
    for (offset, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Err(fault(
                path,
                bytes,
                Some(offset),
                format!("more than {DEPTH} open brackets"),
            ));
        }
    }
    std::thread::scope(|scope| {
        let parse = || javascript(path, bytes, source, in_function);
        let failed = |what: &str| Err(fault(path, bytes, None, what.to_owned()));
        match std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, parse) {
            Ok(thread) => thread.join().unwrap_or_else(|_| failed("the parser gave up")),
            Err(_) => failed("no memory for the parser"),
        }
    })
}

fn javascript(
    path: &str,
    bytes: &[u8],
    source: SourceType,
    in_function: bool,
) -> Result<(), ParseFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = "not UTF-8".to_owned();
        fault(path, bytes, Some(error.valid_up_to()), message)
    })?;
    let allocator = Allocator::default();
    // Node wraps a CommonJS file in a function, so that `return` is allowed at its top.
    let options =
        ParseOptions { allow_return_outside_function: in_function, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, source).with_options(options).parse();
    let mut errors = parsed.errors;
    if errors.is_empty() && !parsed.panicked {
        errors = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program).errors;
    }
    match errors.first() {
        None if parsed.panicked => Err(fault(path, bytes, None, "cannot be parsed".to_owned())),
        None => Ok(()),
        Some(error) => {
            let labels = error.labels.iter().flatten();
            let offset = labels.map(|label| label.offset()).min();
            Err(fault(path, bytes, offset, error.message.to_string()))
        }
    }
}

fn json(path: &str, bytes: &[u8]) -> Result<Parsed, ParseFault> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        Ok(_) => Ok(Parsed::Sound(Language::Json)),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            Err(ParseFault { path: path.to_owned(), line, column, message })
        }
    }
}

fn yaml(path: &str, bytes: &[u8]) -> Result<Parsed, ParseFault> {
    for document in serde_yaml::Deserializer::from_slice(bytes) {
        if let Err(error) = serde_yaml::Value::deserialize(document) {
            let place = error.location();
            return Err(ParseFault {
                path: path.to_owned(),
                line: place.as_ref().map_or(0, |place| place.line()),
                column: place.as_ref().map_or(0, |place| place.column()),
                message: error.to_string(),
            });
        }
    }
    Ok(Parsed::Sound(Language::Yaml))
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
