//! YAML of the project with the place of every value: read, compare with a shape, report.

mod compose;
mod conform;
mod decode;
mod fault;
mod json;
pub mod limits;
mod located;
mod node;
mod places;
mod scalar;
mod shape;
mod source;
mod suggest;

pub use compose::compose;
pub use conform::{complete, conform};
pub use decode::decode;
pub use fault::{Advice, Cause, Fault, Refusal};
pub use json::to_json;
pub use located::{Explain, Located, render_all};
pub use node::{MapEntry, Node, Scalar, Value};
pub use scalar::Kind;
pub use shape::Shape;
pub use source::{Mark, Position, Source};
pub use suggest::{quoted, shown, suggest};
