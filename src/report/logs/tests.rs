use serde_json::json;

use super::*;

fn facts() -> (Stats, PatternList) {
    let levels = |info: u64, error: u64| json!({"trace": 0, "debug": 1, "info": info, "warn": 2, "error": error, "fatal": 0});
    let stats = json!({
        "lines": 1234, "bytes": 300_000, "kept_bytes": 20_000, "budget_bytes": null, "segments": 2,
        "first": "2026-11-29T10:00:00.000000Z", "last": "2026-11-29T11:05:00.000000Z",
        "services": {"a<b": levels(10, 0), "worker": levels(900, 12)},
        "minutes": [
            {"at": "2026-11-29T10:00:00.000000Z", "levels": levels(900, 0)},
            {"at": "2026-11-29T11:05:00.000000Z", "levels": levels(10, 12)},
        ],
        "loss_reports": 1,
    });
    let pattern = json!({
        "service": "worker", "level": "error", "pattern": "no <*> & <script>", "count": 12,
        "first": "2026-11-29T11:05:00.000000Z", "last": "2026-11-29T11:05:10.000000Z", "new": true,
        "burst": true, "peak_minute": "2026-11-29T11:05:00.000000Z", "peak_count": 12,
        "example": "no 7 & <script>alert(1)</script>",
    });
    (
        serde_json::from_value(stats).unwrap(),
        serde_json::from_value(json!({"v": 1, "patterns": [pattern]})).unwrap(),
    )
}

#[test]
fn what_programs_wrote_is_text_on_the_page() {
    let (stats, patterns) = facts();
    let page = html("agents", &stats, &patterns);
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(page.contains("a&lt;b") && page.contains("Lines were lost"));
    assert_eq!(page.matches("<g><title>").count(), 2);
    assert!(page.contains("2026-11-29 11:05: 25 lines, 2 warn, 12 error"), "{page}");
}

#[test]
fn nothing_was_written() {
    let (stats, _) = facts();
    let none = Stats { lines: 0, minutes: Vec::new(), first: None, last: None, ..stats };
    let page = html("agents", &none, &PatternList { patterns: Vec::new() });
    assert!(!page.contains("<svg") && !page.contains("Errors</h2>"));
}
