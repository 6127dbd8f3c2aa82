//! A verification as JSON.

use crate::report::escape;
use crate::verify::ImageVerification;

/// `mad.image-verify/1`.
pub fn json(verification: &ImageVerification) -> String {
    let text = serde_json::to_string_pretty(verification).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}
