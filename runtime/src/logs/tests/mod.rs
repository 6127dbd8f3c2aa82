#[path = "../../../examples/logs-bench/corpus.rs"]
mod corpus;
#[path = "../../../examples/logs-bench/held_out.rs"]
mod held_out;
mod joining;
mod kinds;
mod storing;
