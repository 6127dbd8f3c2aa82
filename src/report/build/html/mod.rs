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
mod page;
mod scale;

pub use page::html;

#[cfg(test)]
mod tests;
