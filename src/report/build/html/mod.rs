//! A report as one HTML file: opens anywhere, asks no network, needs no script.
//!
//! The places of everything in the charts are computed here; `page.html` and the `.svg` templates
//! say what it looks like, with `style.css` inside. All texts pass through the template engine's
//! escaping.
//!
//! The charts are not drawn by a charting crate. plotters and charts-rs write the colour into every
//! mark (`fill="#5470C6"`), so that a page for light, dark and paper would hold each chart three
//! times; charming draws in the reader's browser with a megabyte of script. None of them joins the
//! bars of a critical path, or gives a mark a shape by verdict beside its colour.

mod deltas;
mod gantt;
mod history;
mod scale;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use self::deltas::{Delta, deltas};
use self::gantt::Gantt;
use self::history::HistoryChart;
use super::BuildReport;
use super::story::{Story, percent, time};

const TEMPLATES: [(&str, &str); 4] = [
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
    deltas: Vec<Delta<'a>>,
    history: Option<HistoryChart>,
}

/// The page.
pub fn html(report: &BuildReport) -> String {
    let story = Story::of(report);
    let page = Page {
        style: include_str!("style.css"),
        gantt: Gantt::of(report),
        deltas: deltas(&story),
        history: HistoryChart::of(report),
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

#[cfg(test)]
mod tests;
