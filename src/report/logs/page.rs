//! The page: what the template sees.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::facts::{Levels, Pattern, PatternList, Stats};
use super::timeline::Timeline;
use crate::ui::human_bytes;

/// Of one table.
const MOST: usize = 30;

#[derive(Serialize)]
struct Page<'a> {
    style: String,
    title: &'a str,
    stats: &'a Stats,
    size: String,
    kept: String,
    timeline: Option<Timeline>,
    services: Vec<(&'a String, &'a Levels, u64)>,
    errors: Vec<&'a Pattern>,
    new: Vec<&'a Pattern>,
    bursts: Vec<&'a Pattern>,
    top: Vec<&'a Pattern>,
}

/// The page; `title` is the container's name.
pub fn html(title: &str, stats: &Stats, patterns: &PatternList) -> String {
    let of = |wanted: fn(&&Pattern) -> bool| -> Vec<&Pattern> {
        patterns.patterns.iter().filter(wanted).take(MOST).collect()
    };
    let mut services: Vec<_> =
        stats.services.iter().map(|(name, levels)| (name, levels, levels.all())).collect();
    services.sort_by_key(|(_, _, all)| std::cmp::Reverse(*all));
    let page = Page {
        style: [include_str!("../build/html/style.css"), include_str!("style.css")].concat(),
        title,
        stats,
        size: human_bytes(stats.bytes),
        kept: human_bytes(stats.kept_bytes),
        timeline: Timeline::of(&stats.minutes),
        services,
        errors: of(|pattern| matches!(&*pattern.level, "error" | "fatal")),
        new: of(|pattern| pattern.new),
        bursts: of(|pattern| pattern.burst),
        top: of(|_| true),
    };
    render(&page).expect("the template is part of mad and tested")
}

fn render(page: &Page<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment.add_template("page.html", include_str!("page.html"))?;
    environment.get_template("page.html")?.render(Value::from(Serde(page)))
}
