//! SARIF 2.1.0 (OASIS): findings for code scanning, each on the lines at fault.
//!
//! Written as plain JSON values: the typed models of it (`serde-sarif`) are thousands of generated lines
//! for the dozen properties used here, and the tests hold the result against the schema itself.

use serde_json::{Value, json};

use super::escape;
use super::finding::{Finding, Rule, Severity, SourceLine};

/// One run of mad.
pub(in crate::report) struct Run<'a> {
    /// The version of mad that found it.
    pub version: &'a str,
    /// What the findings are of, for example `mad/cpu/`: a later run with the same one replaces its
    /// results, GitHub keeps those of different ones beside each other.
    pub category: String,
    /// All rules that there are.
    pub rules: &'a [Rule],
    /// What is hashed for a finding's fingerprint, as a name with a version: `subject/v1`.
    pub fingerprint: &'a str,
    /// What was found.
    pub findings: &'a [Finding],
}

/// A log of one run.
pub(in crate::report) fn sarif(run: &Run) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mad",
                "semanticVersion": run.version,
                "rules": run.rules.iter().map(describe).collect::<Vec<_>>()
            }},
            "automationDetails": {"id": run.category},
            "results": run.findings.iter().map(|finding| result(run, finding)).collect::<Vec<_>>()
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
    let mut description = json!({
        "id": rule.id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.help},
        "help": {"text": rule.help}
    });
    if let Some(severity) = rule.severity {
        description["defaultConfiguration"] = json!({"level": level(severity)});
    }
    description
}

fn result(run: &Run, finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": run.rules.iter().position(|rule| rule.id == finding.rule),
        "level": level(finding.severity),
        "message": {"text": finding.message},
        // The same finding in the next run is the same alert, whatever its numbers.
        "partialFingerprints": {format!("mad/{}", run.fingerprint): hash::sha256(&finding.subject)}
    });
    if let Some(at) = &finding.at {
        result["locations"] = json!([{"physicalLocation": location(at)}]);
    }
    result
}

fn location(at: &SourceLine) -> Value {
    let mut location = json!({"artifactLocation": {"uri": escape::uri_path(&at.file)}});
    let numbers = [("startLine", at.line), ("endLine", at.end_line), ("startColumn", at.column)];
    for (name, number) in numbers {
        if let Some(number) = number {
            location["region"][name] = number.into();
        }
    }
    location
}

/// Holds logs against OASIS' schema.
#[cfg(test)]
pub(in crate::report) mod testing {
    use serde_json::{Value, json};

    /// Panics where a log does not hold to the schema; `name` says which log.
    pub(in crate::report) fn check<'a>(logs: impl IntoIterator<Item = (&'a str, String)>) {
        let schema = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/inputs/reports/schemas/sarif-schema-2.1.0.json"
        );
        // The patterns of `language` have a stray `]`, which strict readers refuse.
        let text = std::fs::read_to_string(schema).unwrap().replace("{2}]?$", "{2}$");
        let schema: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, log) in logs {
            let log: Value = serde_json::from_str(&log).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
        assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
    }
}
