//! Where things come from: the project folder, the assets in the binary, the files to copy.

mod assets;
mod dockerignore;
mod files;
mod open;
mod path;
mod settings;
pub mod yaml;

pub use assets::{Asset, AssetError, Origin};
pub use dockerignore::{DockerIgnore, PatternError};
pub use files::{Content, FilesError, ProjectFile};
pub use open::{Project, ProjectError};
pub use path::{PathError, relative};
pub use settings::Settings;
