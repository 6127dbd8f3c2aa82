//! The result, for people and for programs.

use serde_json::json;

use super::check::Checked;
use super::judge::Severity;

/// One line a mount, and what is wrong below it.
pub fn table(checked: &[Checked]) -> String {
    let width = checked.iter().map(|one| one.mount.path().len()).max().unwrap_or(0);
    let mut text = String::new();
    for one in checked {
        let system = one.file_system.as_deref().unwrap_or("-");
        let kind = one.mount.kind.name();
        let worst = one.findings.iter().map(|finding| finding.severity).max();
        let state = worst.map_or("ok", word);
        text.push_str(&format!("{:width$}  {kind:10}  {system:10}  {state}\n", one.mount.path()));
        text.push_str(&lines(one));
    }
    text
}

/// Only what is wrong.
pub fn problems(checked: &[&Checked]) -> String {
    let told = checked.iter().filter(|one| !one.findings.is_empty());
    told.map(|one| format!("mount `{}`:\n{}", one.mount.path(), lines(one))).collect()
}

fn lines(one: &Checked) -> String {
    let lines = one.findings.iter().map(|finding| {
        let (word, reason, fix) = (word(finding.severity), &finding.reason, &finding.fix);
        format!("  {word}: {reason} [{}]\n  fix: {fix}\n", finding.id)
    });
    lines.collect()
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// `mad.mounts/1`.
pub fn json(checked: &[Checked]) -> String {
    let mounts: Vec<serde_json::Value> = checked
        .iter()
        .map(|one| {
            json!({
                "target": one.mount.path(),
                "kind": one.mount.kind.name(),
                "required": one.mount.required,
                "mounted": one.is_mounted,
                "file_system": one.file_system,
                "ok": !one.has_error(),
                "findings": one.findings,
            })
        })
        .collect();
    let whole = json!({"schema": "mad.mounts/1", "ok": checked.iter().all(|one| !one.has_error()), "mounts": mounts});
    serde_json::to_string_pretty(&whole).expect("texts are JSON") + "\n"
}
