//! A verification as JSON.

use crate::report::escape;

/// `mad.verification/2`, `mad.image-verification/1`.
pub fn json(verification: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(verification).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}
