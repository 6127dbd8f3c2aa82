//! SARIF 2.1.0 (OASIS): for code scanning, with each finding on the line at fault.

use serde_json::{Value, json};

use super::BuildReport;
use super::story::{Finding, Gravity, Rule, Story, findings};
use crate::report::escape;

/// One run of mad with its rules and results.
pub fn sarif(report: &BuildReport) -> String {
    let story = Story::of(report);
    let findings = findings(report, &story);
    let rules: Vec<Value> = Rule::ALL.iter().map(|&rule| describe(rule)).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mad",
                "semanticVersion": story.about.mad,
                "rules": rules
            }},
            // One category a profile: GitHub keeps the results of different ones beside each other.
            "automationDetails": {"id": format!("mad/{}/", story.about.profile)},
            "results": results
        }]
    });
    let text = serde_json::to_string_pretty(&log).expect("values are plain data");
    format!("{}\n", escape::json(&text))
}

fn describe(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "name": rule.title(),
        "shortDescription": {"text": rule.title()},
        "fullDescription": {"text": rule.help()},
        "help": {"text": rule.help()}
    })
}

fn result(finding: &Finding) -> Value {
    let index = Rule::ALL.iter().position(|&rule| rule == finding.rule);
    let level = match finding.gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
        Gravity::Note => "note",
    };
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": index,
        "level": level,
        "message": {"text": format!("{}: {}", finding.title, finding.message)},
        // The same finding in the next build is the same alert, whatever its numbers.
        "partialFingerprints": {"mad/subject/v1": hash::sha256(&finding.subject)}
    });
    if let Some(at) = &finding.at {
        let mut region = json!({"startLine": at.line});
        if let Some(column) = at.column {
            region["startColumn"] = column.into();
        }
        result["locations"] = json!([{"physicalLocation": {
            "artifactLocation": {"uri": escape::uri_path(&at.file)},
            "region": region
        }}]);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, report};

    #[test]
    fn a_regression_in_sarif() {
        insta::assert_snapshot!(sarif(&report("regressed")));
    }

    #[test]
    fn every_report_holds_to_the_schema() {
        let schema = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/inputs/reports/schemas/sarif-schema-2.1.0.json"
        );
        // The patterns of `language` have a stray `]`, which strict readers refuse.
        let text = std::fs::read_to_string(schema).unwrap().replace("{2}]?$", "{2}$");
        let schema: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        every(|name, report| {
            let log: Value = serde_json::from_str(&sarif(report)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        });
        assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
    }
}
