//! What an image has, at a terminal.

use std::fmt::Write;

use super::terminal::write_differences;
use crate::patch::{ImageVerification, ProbeResult};
use crate::timing::clean_line;

/// What an image has, line by line.
pub fn image_terminal(verification: &ImageVerification) -> String {
    let ImageVerification { image, package, version, targets, probes, differences, .. } =
        verification;
    let named = format!("{image}: {package} {version}");
    let mut out = format!("{}\n", clean_line(&named));
    for target in targets {
        let found = target.found.as_deref().unwrap_or("missing");
        let _ = writeln!(out, "  {}  sha256 {found}", target.path);
    }
    for run in probes {
        let result = match run.result {
            ProbeResult::Passes => "passes",
            ProbeResult::Fails => "FAILS",
            ProbeResult::Unknown => "cannot judge",
        };
        let _ = writeln!(out, "  probe {:<28} {result}", run.patch);
    }
    write_differences(&mut out, differences, |_| "build the image anew: mad build".to_owned());
    let verdict = if differences.is_empty() { "verified" } else { "not verified" };
    let run = match probes.len() {
        0 => "probes were not run".to_owned(),
        some => format!("{} run in the image", crate::ui::count(some, "probe")),
    };
    let _ = writeln!(out, "{verdict}; {run}");
    out
}
