//! Any bytes as a Dockerfile: what parses prints as it was, and its audit does not panic.
//!
//! `cargo +nightly fuzz run dockerfile -- -max_total_time=600`

#![no_main]

use dockerfile::audit::audit;
use dockerfile::{Edit, File, rebuild};
use libfuzzer_sys::fuzz_target;
use mad::report::TerminalStyle;
use mad::report::users::audit as report;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = File::parse(data) else { return };
    let keep: Vec<Edit> = (0..file.blocks().len()).map(Edit::Keep).collect();
    assert_eq!(rebuild(&file, &keep).as_bytes(), data);
    let audit = audit(&file, "Dockerfile", Some(5));
    let text = report::terminal(&audit, TerminalStyle { width: 80, color: false, unicode: true });
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    report::json(&audit);
    report::markdown(&audit);
    report::sarif(&audit);
    report::github(&audit);
});
