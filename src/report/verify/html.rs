//! A verification as a page: opens anywhere, asks no network, needs no script.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::words::{line, run, state, verdict};
use crate::timing::clean_line;
use crate::ui::{human_bytes, human_ms};
use crate::verify::{Check, ImageVerification};

/// What the template sees.
#[derive(Serialize)]
struct Page {
    style: &'static str,
    image: String,
    id: String,
    size: String,
    profile: Option<String>,
    tone: &'static str,
    word: &'static str,
    verdict: String,
    took: String,
    runs: Vec<[String; 2]>,
    checks: Vec<Row>,
}

/// A check.
#[derive(Serialize)]
pub(in crate::report) struct Row {
    name: String,
    state: String,
    summary: String,
    findings: Vec<RowFinding>,
}

#[derive(Serialize)]
struct RowFinding {
    message: String,
    log: String,
}

impl Row {
    pub(in crate::report) fn of(check: &Check) -> Self {
        let finding = |one: &crate::verify::ImageFinding| RowFinding {
            message: clean_line(&one.message),
            log: one.log.iter().map(line).collect::<Vec<_>>().join("\n"),
        };
        Self {
            name: check.name.as_str().to_owned(),
            state: state(check).to_owned(),
            summary: clean_line(&check.summary),
            findings: check.findings.iter().map(finding).collect(),
        }
    }
}

/// The page.
pub fn html(verification: &ImageVerification) -> String {
    let is_good = verification.is_good();
    let page = Page {
        style: include_str!("../build/html/style.css"),
        image: clean_line(&verification.image),
        id: clean_line(&verification.id),
        size: human_bytes(verification.size_bytes),
        profile: verification.profile.as_deref().map(clean_line),
        tone: if is_good { "good" } else { "bad" },
        word: if is_good { "verified" } else { "not verified" },
        verdict: verdict(verification),
        took: human_ms(verification.took_ms),
        runs: verification.runs.iter().map(|one| [clean_line(&one.user), run(one)]).collect(),
        checks: verification.checks.iter().map(Row::of).collect(),
    };
    render(&page).expect("the template is part of mad and tested with every kind of verification")
}

fn render(page: &Page) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment.add_template("checks.html", include_str!("checks.html"))?;
    environment.add_template("page.html", include_str!("page.html"))?;
    environment.get_template("page.html")?.render(Value::from(Serde(page)))
}
