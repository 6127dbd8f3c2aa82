//! The tests that need other programs than mad's own (shellcheck, xmllint), or an npm registry. `scripts/test`
//! installs the programs; without one its test fails and says so.

mod junit;
mod npm;
mod scripts;
