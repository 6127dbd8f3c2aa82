//! The facts themselves: `mad.users-audit/1`.

use crate::report::escape;
use dockerfile::audit::Audit;

/// One JSON document.
pub fn json(audit: &Audit) -> String {
    let text = serde_json::to_string_pretty(audit).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}

#[cfg(test)]
mod tests {
    use crate::report::users::audit::testing::{grown, hostile};

    #[test]
    fn facts_are_named_and_versioned() {
        let value: serde_json::Value = serde_json::from_str(&super::json(&grown(None))).unwrap();
        assert_eq!(value["schema"], "mad.users-audit/1");
        insta::assert_json_snapshot!(value);
    }

    #[test]
    fn nothing_in_it_drives_a_terminal() {
        let text = super::json(&hostile());
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        assert!(text.is_char_boundary(0) && !text.contains('\u{202e}'));
    }
}
