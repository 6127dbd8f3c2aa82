//! The causes that are found in records of real builds, the second of each pair after the first.

use std::fmt::Write;

use super::*;

fn record(name: &str) -> Record {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/builds/records");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn causes_of_real_misses() {
    let mut told = String::new();
    for (before, after) in [
        ("parallel-cold", "parallel-warm"),
        ("parallel-cold", "parallel-partial-stage"),
        ("parallel-cold", "parallel-partial-argument"),
        ("parallel-cold", "parallel-cold-again"),
        ("cold-cold", "cold-warm"),
    ] {
        let (reference, now) = (record(before), record(after));
        writeln!(told, "{before} -> {after}").unwrap();
        for miss in misses(&now, Some(&reference), &|_| None, &|_| 0) {
            let ran: Vec<&str> =
                miss.cascade.iter().map(|id| now.step(id).unwrap().label.as_str()).collect();
            writeln!(
                told,
                "  {}: {}\n    {:?}\n    below: {ran:?}",
                miss.stage, miss.label, miss.causes
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(told);
}
