//! A gateway on a port of its own, and small clients that show every byte.

mod gateway;
mod http;
mod line;
mod process;

pub use gateway::{Gateway, server};
pub use http::{JSON, Response, Session, exchange, parse, request};
pub use line::{Line, call, text};
pub use process::{children_below, eventually};
