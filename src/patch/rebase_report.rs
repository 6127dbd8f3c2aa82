//! What `mad patch rebase` leaves for a person: the files of a proposal and its `REPORT.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{ConflictHint, Rebase, RebaseOutcome, RebasedPatch, entry, explain};

/// The files of the proposal, by name: new variants, for each patch what changed in it and what
/// upstream changed around it, and the report.
pub fn proposal(rebase: &Rebase) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("REPORT.md".to_owned(), explain::visible(&report(rebase)))]);
    for patch in &rebase.patches {
        // What is read by people has nothing in it that a terminal obeys; the patch is what it is.
        let told = explain::visible;
        if let Some(new) = &patch.new {
            files.insert(new.file.clone(), new.text.clone());
            files.insert(format!("{}.patch.diff", patch.id), told(&new.difference));
        }
        if !patch.upstream.is_empty() {
            files.insert(format!("{}.upstream.diff", patch.id), told(&patch.upstream));
        }
    }
    files
}

/// The report, in Markdown.
pub fn report(rebase: &Rebase) -> String {
    let Rebase { package, from, to, .. } = rebase;
    let mut text = format!("# {package}: the series from {from} on {to}\n\n");
    let open: Vec<&str> = rebase.open().map(|patch| patch.id.as_str()).collect();
    text += &match open.as_slice() {
        [] => {
            "No manual resolution needed. This is a proposal: review it before use.\n\n".to_owned()
        }
        open => format!("**Manual resolution needed for: {}.**\n\n", open.join(", ")),
    };
    text += "| patch | from | on the new version | new variant |\n|---|---|---|---|\n";
    for patch in &rebase.patches {
        let new = patch.new.as_ref().map_or("", |new| new.file.as_str());
        let old = patch.old.as_deref().unwrap_or("no text");
        let _ = writeln!(text, "| {} | {old} | {} | {new} |", patch.id, patch.how.word());
    }
    text.push('\n');
    for (path, target) in &rebase.targets {
        let _ = writeln!(text, "`{path}`:\n");
        let hash = |hash: &Option<String>| hash.clone().unwrap_or_else(|| "none".to_owned());
        let _ = writeln!(text, "- as it comes: {}", hash(&target.pristine));
        let _ = writeln!(text, "- with what could be carried: {}", hash(&target.patched));
        let today = match &target.today {
            None => "does not fit this version".to_owned(),
            today if *today == target.patched => "gives the same bytes".to_owned(),
            Some(today) => format!("gives other bytes: {today}"),
        };
        let _ = writeln!(text, "- the series as it is today {today}\n");
    }
    for patch in &rebase.patches {
        text += &section(patch, to);
    }
    text += &format!(
        "## Next\n\nMove the new variants into the folder of the series, add their lines to `series.yaml`, then:\n\n    mad patch verify {to}\n\nThe probes have the last word: a text that merges without conflict may still do nothing.\n"
    );
    text
}

fn section(patch: &RebasedPatch, to: &str) -> String {
    let mut text = format!("## {}: {}\n\n", patch.id, patch.how.word());
    text += &match &patch.how {
        RebaseOutcome::Exact => "It fits as it is.\n".to_owned(),
        RebaseOutcome::Offset { .. } => "It fits as it is, in one place only, at another line.\n".to_owned(),
        RebaseOutcome::Merged => format!(
            "Merged from {}; the result parses, and the new variant gives it exactly.\n",
            patch.old.as_deref().unwrap_or_default()
        ),
        RebaseOutcome::Superseded => {
            "Upstream has the whole change, in its place. Its probe must pass without it; then it needs no variant here.\n".to_owned()
        }
        RebaseOutcome::NotNeeded => {
            let named = patch
                .named
                .as_ref()
                .map(|file| format!(" `series.yaml` names `{file}` for this one."));
            format!(
                "The version that this starts from did not need it, so there is no text to rebase.{} Its probe tells whether this one needs it.\n",
                named.unwrap_or_default()
            )
        }
        RebaseOutcome::LeftOut => {
            "It is optional, and does not fit the version that this starts from.\n".to_owned()
        }
        RebaseOutcome::Conflict { regions, clue } => {
            let mut text =
                "**Manual resolution needed:** upstream and the patch changed the same lines.\n"
                    .to_owned();
            text += match clue {
                None => "",
                Some(ConflictHint::LinesElsewhere) => {
                    "Each line that the patch puts in or takes out is so somewhere in the new file. Only a look at the place, and the probe, can tell whether it is the same change.\n"
                }
                Some(ConflictHint::OtherContext) => {
                    "Upstream made the same change among other lines. Only a review, and the probe, can tell whether it is meant for the same place.\n"
                }
            };
            text += &block(
                "text",
                &regions.iter().flat_map(explain::region).collect::<Vec<_>>().join("\n"),
            );
            text
        }
        RebaseOutcome::DoesNotParse { fault } => {
            let fault = fault.as_ref().map(|fault| format!(": {fault}")).unwrap_or_default();
            format!("**Manual resolution needed:** the text merges, but the program is broken{fault}.\n")
        }
        RebaseOutcome::TargetMissing => {
            format!("**Manual resolution needed:** the new version has no `{}`.\n", patch.target)
        }
    };
    if let Some(new) = &patch.new {
        text += "\nIn `series.yaml`, among its variants:\n";
        text += &block("yaml", &entry::variant_entry(to, &new.file));
        text += "\nThe patch before and after:\n";
        text += &block("diff", &new.difference);
    } else if matches!(patch.how, RebaseOutcome::Exact | RebaseOutcome::Offset { .. })
        && patch.old != patch.named
    {
        let (old, named) = (patch.old.as_deref().unwrap_or_default(), patch.named.as_deref());
        let _ = writeln!(
            text,
            "`series.yaml` names {} for {to}, not `{old}`.",
            named.map_or("no variant".to_owned(), |named| format!("`{named}`"))
        );
    }
    if !patch.upstream.is_empty() {
        text += "\nWhat upstream changed around it:\n";
        text += &block("diff", &patch.upstream);
    }
    text.push('\n');
    text
}

/// A fenced block whose fence is longer than any in it.
fn block(language: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}
