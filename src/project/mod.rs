//! Where things come from: the project folder, the assets in the binary, the files to copy.

mod assets;
mod discover;
mod dockerignore;
mod files;
mod files_error;
mod inside;
mod open;
mod path;
mod runtime;
mod settings;
mod source;
#[cfg(test)]
pub(crate) mod testing;
pub mod yaml;

pub use assets::{Asset, AssetError, MAX_ASSET_BYTES, Origin};
pub use dockerignore::{DockerIgnore, PatternError};
pub use files::{Content, ProjectFile};
pub use files_error::FilesError;
pub use inside::Inside;
pub use open::{Project, ProjectError};
pub use path::{PathError, relative};
pub use runtime::RUNTIME_PROGRAMS;
pub use settings::{BuilderSettings, PROFILE_IN_TAG, Settings};
pub use source::Source;
