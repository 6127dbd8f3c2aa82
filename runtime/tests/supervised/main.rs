//! The watch under a real supervisord, over real programs that fail.

mod failures;
mod operator;
mod order;
mod support;
