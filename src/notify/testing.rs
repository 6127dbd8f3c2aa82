//! A notice for tests, and attempts that do not wait.

use std::time::Duration;

use super::{Attempts, NOTICE_SCHEMA, Notice};

pub(super) const QUICK: Attempts = Attempts { count: 3, pause: Duration::from_millis(1) };

pub(super) fn notice() -> Notice {
    Notice {
        schema: NOTICE_SCHEMA.to_owned(),
        at: "2026-05-01T12:00:00Z".parse().unwrap(),
        alert: "Permission Errors".to_owned(),
        condition: "permission_errors > 0".to_owned(),
        origin: None,
        values: [("permission_errors".to_owned(), 2.0)].into(),
        project: "sim".to_owned(),
        profile: "app".to_owned(),
        build: "ab".repeat(16),
        commit: None,
        ci_run: None,
        verdict: "ok".to_owned(),
        reason: "as fast as before".to_owned(),
        image: Some("sha256:ab".to_owned()),
        tags: vec!["mad/app:latest".to_owned()],
        gates: None,
        incident_reports: Vec::new(),
    }
}
