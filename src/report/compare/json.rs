//! The facts as they are, for programs.

use super::Compare;
use crate::report::escape;

/// `mad.compare/1`, one object, indented.
pub fn json(compare: &Compare) -> String {
    let text = serde_json::to_string_pretty(compare).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::json_schema;
    use crate::report::compare::testing::{compare, hostile};

    #[test]
    fn comparisons_hold_to_their_schema() {
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        for compare in [compare(), hostile()] {
            let text = json(&compare);
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
            let value = serde_json::from_str(&text).unwrap();
            assert!(validator.is_valid(&value));
            assert_eq!(serde_json::from_value::<Compare>(value).unwrap(), compare);
        }
    }
}
