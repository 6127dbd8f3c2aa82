//! The facts as they are, for programs.

use super::BuildReport;
use crate::report::escape;

/// `mad.report/1`, one object, indented.
pub fn json(report: &BuildReport) -> String {
    let text = serde_json::to_string_pretty(report).expect("facts are plain data");
    format!("{}\n", escape::json(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::json_schema;
    use crate::report::build::testing::{every, report};

    #[test]
    fn every_report_holds_to_the_schema_and_comes_back() {
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        every(|name, report| {
            let text = json(report);
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}");
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
            assert_eq!(&serde_json::from_value::<BuildReport>(value).unwrap(), report, "{name}");
        });
    }

    #[test]
    fn another_schema_is_refused() {
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        let mut value = serde_json::to_value(report("ok")).unwrap();
        value["schema"] = "mad.report/2".into();
        assert!(!validator.is_valid(&value));
    }

    #[test]
    fn the_schema_is_what_programs_get() {
        insta::assert_json_snapshot!(json_schema());
    }
}
