//! Options of `docker buildx build` that `mad build` has not, and what it has instead.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// By option; the same words stand in docs/from-buildx.md.
pub(in crate::cli) const INSTEAD: [(&str, &str); 11] = [
    (
        "--allow",
        "steps get what the engine gives to every build; `--network host` asks for that network",
    ),
    ("--annotation", "the engine's own exporter writes none; a label is kept: `--label KEY=VALUE`"),
    (
        "--attest",
        "the engine's own exporter attaches nothing; `mad history show` tells what an image was made from",
    ),
    (
        "--build-context",
        "files come into the context by `files` in the profile, and of an image by `COPY --from=IMAGE` in a template",
    ),
    ("--call", "`mad build --dry-run` lists the steps"),
    ("--check", "`mad build --dry-run` checks profile, templates and files"),
    ("--debug", "`mad -v build` logs decisions, `mad -vv build` also requests"),
    ("--file", "the Dockerfile is rendered from the profile: `mad build -p PROFILE`"),
    ("--load", "leave it out: the image is always in the engine"),
    (
        "--provenance",
        "the engine's own exporter attaches nothing; `mad history show` tells what an image was made from",
    ),
    (
        "--sbom",
        "the engine's own exporter attaches nothing; mad.lock has the packages and their versions",
    ),
];

/// What helps where an option of buildx was typed: the hint for clap's error.
pub(in crate::cli) fn hint(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = typed.split('=').next().unwrap_or_default();
    let name = if name == "-f" { "--file" } else { name };
    let (option, words) = INSTEAD.iter().find(|(option, _)| *option == name)?;
    Some(format!("`{option}` of `docker buildx build`: {words}"))
}
