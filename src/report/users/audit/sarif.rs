//! SARIF 2.1.0 (OASIS): for code scanning, with each finding on its lines.

use serde_json::{Value, json};

use crate::report::escape;
use crate::timing::clean_line;
use dockerfile::audit::{Audit, Finding, RULES, Rule, Severity};

/// One run of mad with its rules and results.
pub fn sarif(audit: &Audit) -> String {
    let rules: Vec<Value> = RULES.iter().map(|rule| describe(rule)).collect();
    let results: Vec<Value> = audit.findings.iter().map(|f| result(audit, f)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mad",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules
            }},
            // Of one category: a file that is audited again replaces its own results.
            "automationDetails": {"id": format!("mad-users/{}/", audit.file)},
            "results": results
        }]
    });
    let text = serde_json::to_string_pretty(&log).expect("values are plain data");
    format!("{}\n", escape::json(&text))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn describe(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.help},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": level(rule.severity)}
    })
}

fn result(audit: &Audit, finding: &Finding) -> Value {
    let index = RULES.iter().position(|rule| rule.id == finding.rule);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": clean_line(&finding.message)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": escape::uri_path(&audit.file)},
            "region": {"startLine": finding.line, "endLine": finding.end_line}
        }}],
        // The same words on another line are the same alert.
        "partialFingerprints": {
            "mad/finding/v1": hash::sha256(format!("{}\n{}", finding.rule, finding.message))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::users::audit::testing::{audits, grown, hostile};

    #[test]
    fn a_grown_file_in_sarif() {
        insta::assert_snapshot!(sarif(&grown(Some(3))));
    }

    #[test]
    fn every_audit_holds_to_the_schema() {
        let schema = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/inputs/reports/schemas/sarif-schema-2.1.0.json"
        );
        // The patterns of `language` have a stray `]`, which strict readers refuse.
        let text = std::fs::read_to_string(schema).unwrap().replace("{2}]?$", "{2}$");
        let schema: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for audit in audits().iter().chain([&grown(Some(1)), &hostile()]) {
            let log: Value = serde_json::from_str(&sarif(audit)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", audit.file);
        }
        assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
    }
}
