#[path = "../../../examples/logs-bench/corpus.rs"]
mod corpus;
mod joining;
mod kinds;
mod storing;
