//! Pairs of images that differ in one thing: none may be called the same. Every one goes through
//! the archive reader and the prover, which may have further builds of the first image, in which all
//! that differs by itself differs.

mod changes;
mod image;
mod tests;
