//! The facts as they are, for programs.

use super::BuildReport;
use crate::report::escape;

/// `mad.report/1`, one object, indented.
pub fn json(report: &BuildReport) -> String {
    let text = serde_json::to_string_pretty(report).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}
