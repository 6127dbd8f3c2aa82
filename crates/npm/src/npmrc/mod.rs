//! Settings of npm, for talking to a registry; nothing else of `.npmrc` is looked at.
//!
//! Rules: <https://docs.npmjs.com/cli/configuring-npm/npmrc> and
//! <https://docs.npmjs.com/cli/using-npm/config>. The caller reads the files.

mod credentials;
mod error;
mod ini;
mod layers;
mod places;
mod proxy;
mod settings;

pub use error::SettingsError;
pub use layers::NpmrcTexts;
pub use places::NpmrcPlaces;
pub use settings::Settings;
