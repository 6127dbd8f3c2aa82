//! `safe` on generated Dockerfiles: built as they were and as they became, both must be one image.
//!
//! Without the lines that change nothing the engine is told the same steps, so that it takes every one
//! from its cache: the layers of both images have the same digests. Where they have not (a cache that was
//! emptied meanwhile), the contents are compared.
//!
//! `MAD_SAFE_FILES` says how many files; `MAD_SAFE_FROM` the number of the first. The long run:
//! `MAD_SAFE_FILES=2000 cargo nextest run --test engine generated_files`.

mod generate;
mod run;
