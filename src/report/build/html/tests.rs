//! The page as a whole; its charts are tested beside their code.

use super::*;
use crate::report::build::testing::{every, hostile, many, report};

#[test]
fn the_whole_page() {
    let page = html(&report("regressed"));
    let without_style = page.replace(include_str!("style.css").trim_end(), "");
    insta::assert_snapshot!(without_style);
}

#[test]
fn nothing_is_asked_of_a_network_and_no_script_runs() {
    every(|name, report| {
        let page = html(report);
        for word in ["http://", "https://", "src=", "@import", "url(", "<script", "onload="] {
            assert!(
                name == "failed" && word == "https://" || !page.contains(word),
                "{name}: {word}"
            );
        }
    });
}

#[test]
fn hostile_texts_stay_texts() {
    let page = html(&hostile());
    assert!(!page.contains("<script") && !page.contains("</title></svg>"));
    assert!(page.contains("&lt;script&gt;"));
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn the_same_facts_make_the_same_bytes() {
    assert_eq!(html(&many(100)), html(&many(100)));
}

#[test]
fn every_element_is_closed() {
    every(|name, report| {
        let page = html(report);
        for element in ["svg", "g", "table", "tr", "td", "section", "details", "text", "div", "p"] {
            let opened = page.matches(&format!("<{element} ")).count()
                + page.matches(&format!("<{element}>")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{name}: {element}");
        }
    });
}
