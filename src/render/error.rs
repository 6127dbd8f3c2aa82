//! Why a profile could not be rendered.

use thiserror::Error;

/// A plan that cannot be made.
#[derive(Debug, Error)]
pub enum RenderError {
    /// A template is broken or asks for something that is not there.
    #[error("{file}{}: {message}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
    Template {
        /// The template's path in the project.
        file: String,
        /// Line, from 1, where known.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// What the templates wrote is no Dockerfile.
    #[error("{origin}: the templates wrote no Dockerfile: {error}")]
    Dockerfile {
        /// The template line, or the Dockerfile line where none is known.
        origin: String,
        /// What is wrong with it.
        error: dockerfile::ParseError,
    },
    /// The Dockerfile copies something that the context does not have.
    #[error("{origin}: `{instruction}` copies `{source_path}`, which is not in the context")]
    MissingSource {
        /// The template line, or the Dockerfile line where none is known.
        origin: String,
        /// The instruction.
        instruction: String,
        /// What it copies.
        source_path: String,
    },
    /// A lock file does not fit what the profile asks for.
    #[error("{lock}: {found}, expected {expected}")]
    LockMismatch {
        /// The lock file.
        lock: String,
        /// What it pins.
        found: String,
        /// What the profile asks for.
        expected: String,
        /// What mends it.
        hint: String,
    },
    /// The profile asks for a CUDA version that the table does not have.
    #[error("CUDA version `{found}` is not in {table}, expected one of {known}")]
    UnknownCuda {
        /// As the profile says.
        found: String,
        /// The table's path.
        table: String,
        /// The versions there are.
        known: String,
    },
    /// A data file of ours or of the project that cannot be used.
    #[error("{file}: {message}")]
    Data {
        /// Its path.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A patch series that cannot be loaded.
    #[error(transparent)]
    Series(#[from] crate::patch::SeriesFilesError),
    /// The matrix says nothing of a version, so nothing is known of what the patches make of it.
    #[error("patches/{series}/matrix.lock has no proof for {package} {version}")]
    UnprovenVersion {
        /// Folder below `patches/`.
        series: String,
        /// npm package.
        package: String,
        /// The profile's version of it.
        version: String,
    },
    /// The matrix does not prove a patch as it is today.
    #[error(
        "patches/{series}/matrix.lock does not prove `{patch}` for {package} {version}: found {found}"
    )]
    UnprovenPatch {
        /// Folder below `patches/`.
        series: String,
        /// Id of the patch.
        patch: String,
        /// npm package.
        package: String,
        /// The profile's version of it.
        version: String,
        /// What it has instead.
        found: String,
    },
    /// Two series meet in one file.
    #[error(
        "the series `{first}` and `{second}` are both about `{path}` of {package}: each is proven alone, and nothing of both"
    )]
    TwoSeries {
        /// The one named first.
        first: String,
        /// The other.
        second: String,
        /// npm package.
        package: String,
        /// The file.
        path: String,
    },
    /// The image needs a program that this mad does not have.
    #[error(
        "this mad was built without mad-runtime{}, which `gpu`, `mcp` and `services` need in the image",
        .architecture.as_ref().map(|name| format!(" for {name}")).unwrap_or_default()
    )]
    NoRuntime {
        /// As the engine calls it; `None` where it has none at all.
        architecture: Option<String>,
    },
    /// A file of the project that cannot be read.
    #[error("cannot read {0}")]
    Read(std::io::Error),
    /// An asset that is not there or cannot be used.
    #[error(transparent)]
    Asset(#[from] crate::project::AssetError),
    /// Files of the project that may not be copied.
    #[error(transparent)]
    Files(#[from] crate::project::FilesError),
}

impl RenderError {
    /// One command or change that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::LockMismatch { hint, .. } => Some(hint.clone()),
            Self::UnknownCuda { table, .. } => {
                Some(format!("set `gpu.cuda` to one of them, or add a row to your own {table}"))
            }
            Self::UnprovenVersion { series, version, .. }
            | Self::UnprovenPatch { series, version, .. } => Some(format!(
                "derive and probe it: `mad patch verify {version} --series {series} --update`"
            )),
            Self::TwoSeries { first, second, .. } => Some(format!(
                "make one series of both: move the patches of patches/{second}/series.yaml into patches/{first}/series.yaml, then `mad patch verify --series {first} --update`"
            )),
            Self::NoRuntime { architecture } => Some(match architecture.as_deref() {
                Some("amd64") | None => no_runtime("x86_64"),
                Some("arm64") => no_runtime("aarch64"),
                Some(_) => WITHOUT_GATEWAY.to_owned(),
            }),
            Self::Series(error) => error.hint(),
            Self::Asset(error) => error.hint(),
            Self::Files(error) => error.hint(),
            _ => None,
        }
    }
}

const WITHOUT_GATEWAY: &str = "an image without them: `--set mcp=null --set services=null`";

fn no_runtime(architecture: &str) -> String {
    format!(
        "build mad again after `rustup target add {architecture}-unknown-linux-musl`; or {WITHOUT_GATEWAY}"
    )
}
