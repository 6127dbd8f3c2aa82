//! The page: what the templates see, and the engine that fills them in.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::deltas::{Delta, deltas, slower};
use super::gantt::Gantt;
use super::history::HistoryChart;
use crate::report::build::BuildReport;
use crate::report::build::story::{Story, percent, time};
use crate::report::verify::{Row, trial_facts};

const TEMPLATES: [(&str, &str); 5] = [
    ("checks.html", include_str!("../../verify/checks.html")),
    ("page.html", include_str!("page.html")),
    ("gantt.svg", include_str!("gantt.svg")),
    ("history.svg", include_str!("history.svg")),
    ("parts.svg", include_str!("parts.svg")),
];

/// What the templates see.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    story: &'a Story,
    gantt: Option<Gantt>,
    slower: Vec<Delta<'a>>,
    deltas: Vec<Delta<'a>>,
    history: Option<HistoryChart>,
    trial: Option<TrialSection>,
}

/// The image's trial.
#[derive(Serialize)]
struct TrialSection {
    facts: Vec<(&'static str, String)>,
    checks: Vec<Row>,
}

/// The page.
pub fn html(report: &BuildReport) -> String {
    let story = Story::of(report);
    let page = Page {
        style: include_str!("style.css"),
        gantt: Gantt::of(report),
        slower: slower(&story),
        deltas: deltas(&story),
        history: HistoryChart::of(report),
        trial: report.record.trial.as_ref().map(|trial| TrialSection {
            facts: trial_facts(trial),
            checks: trial.checks.iter().map(Row::of).collect(),
        }),
        story: &story,
    };
    render(&page).expect("the templates are part of mad and tested with every kind of report")
}

fn render(page: &Page<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment.add_filter("time", time);
    environment.add_filter("percent", percent);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    environment.get_template("page.html")?.render(Value::from(Serde(page)))
}
