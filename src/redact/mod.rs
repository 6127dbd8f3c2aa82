//! Values that may be secrets, as they may be written down: a keyed hash, unless they are declared
//! harmless. One sees that a value changed, not what it is, and nobody without the key can try values.
//!
//! Secrets belong into `--secret`. This is for those that came as a build argument, an `ENV` or a value
//! of the profile all the same, and for what a step prints of those that came rightly.
//!
//! ```text
//! hidden:1c0ffee5:9b1f3a6400d2c771      the key's own id, HMAC-SHA-256 of the value, 64 bits
//! ```
//!
//! The key is random and lies beside the history, for its user alone. Two hashes under different keys
//! say nothing about each other. Calls nothing of mad.

mod key;
mod plain;
mod redactor;
mod text;

pub use key::Key;
pub use plain::Plain;
pub use redactor::{Redactor, comparable, is_hidden};
pub use text::Texts;

#[cfg(test)]
mod tests;
