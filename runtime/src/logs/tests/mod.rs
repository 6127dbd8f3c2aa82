#[path = "../../../examples/logs-bench/corpus.rs"]
mod corpus;
mod held_out;
mod joining;
mod kinds;
mod storing;
