//! Whether the steps of a stage are of sh or bash, as far as the file says so.

use super::words;
use crate::{Block, File};

/// Whether steps without `SHELL` can be taken for sh: the frontend is the usual one, and nothing in the
/// stage is of Windows or PowerShell.
pub(super) fn is_shell(file: &File, index: usize) -> bool {
    let stage = &file.stages()[index];
    let has_own_frontend = file.directives().iter().any(|directive| {
        directive.name == "syntax"
            && !directive.value.trim_start_matches("docker.io/").starts_with("docker/dockerfile")
    });
    let base = file.lineage(index)[0];
    let view = &file.stages()[base];
    let from = file.blocks()[view.blocks.start].instruction.text().to_ascii_lowercase();
    let is_foreign = ["windows", "nanoserver", "servercore", "powershell", "pwsh"]
        .iter()
        .any(|word| from.contains(word));
    let blocks = file.stages()[base].blocks.clone().chain(stage.blocks.clone());
    let mut blocks = blocks.map(|at| &file.blocks()[at]);
    !has_own_frontend
        && !is_foreign
        && file.escape() == '\\'
        && !blocks.any(|block| speaks_powershell(file, block))
}

/// `Remove-Item`, `$env:X`, `C:\x`, or a comment that says so.
fn speaks_powershell(file: &File, block: &Block) -> bool {
    let is_cmdlet = |word: &str| {
        word.split_once('-').is_some_and(|(verb, noun)| {
            let is_name = |part: &str| {
                part.starts_with(|c: char| c.is_ascii_uppercase())
                    && part.len() > 1
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && part.bytes().any(|byte| byte.is_ascii_lowercase())
            };
            is_name(verb) && is_name(noun)
        })
    };
    let instruction = &block.instruction;
    let names_shell = file.leading(block).contains("hadolint shell=")
        && !["=sh", "=bash", "=dash", "=ash", "=/bin/"]
            .iter()
            .any(|shell| file.leading(block).contains(&format!("shell{shell}")));
    names_shell
        || instruction.keyword == "RUN"
            && (instruction.exact.contains("$env:")
                || words::commands(&instruction.exact).iter().any(|words| {
                    words.words_from_name().first().is_some_and(|name| is_cmdlet(name))
                })
                || instruction.exact.split_whitespace().any(|word| {
                    let word = word.trim_start_matches(['"', '\'', '(']).as_bytes();
                    word.len() > 2
                        && word[0].is_ascii_alphabetic()
                        && word[1] == b':'
                        && matches!(word[2], b'/' | b'\\')
                }))
}
