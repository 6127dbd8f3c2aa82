//! Whether a content is like those of other builds of the same file, apart from what differs among
//! them: times, random words, numbers of processes.
//!
//! ```text
//! build 1   built 17:35:10 as run.p0fLjh, channel stable ─┐
//! build 2   built 17:36:42 as run.gceUnY, channel stable ─┴─> built 17:NN:NN as run.XXXXXX, channel stable
//! rewritten built 17:36:01 as run.x8sdfh, channel beta   ───> does not fit: `stable` is in both
//! ```
//!
//! What all samples agree in, down to the first letter of a random word, has to be there. Where they
//! may agree by chance, as the last digits of two numbers do in one case of ten, a content fits
//! *perhaps*: whoever asks can build another sample, until chance is ruled out. Archives are opened (gzip, tar, zip, ar) and so is Python bytecode, each entry for itself.

mod bytes;
mod earlier;
mod fit;
mod moments;
mod opened;
mod pem;
mod text;
mod words;
mod zip;

pub(super) use bytes::fits;
pub(super) use earlier::may_be_of_another_time;
pub(super) use fit::SampleMatch;
pub(super) use words::Name;

#[cfg(test)]
mod tests;
