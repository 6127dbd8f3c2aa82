//! `profiles/cuda-versions.yaml`: whole versions that are known to work together.

use nvidia::Driver;
use serde::Deserialize;

use super::RenderError;
use crate::project::Project;

const TABLE: &str = "profiles/cuda-versions.yaml";
const SCHEMA: &str = "mad.cuda-versions/1";

#[derive(Debug, Clone, Deserialize)]
struct Table {
    schema: String,
    versions: Vec<Row>,
}

/// The value of `gpu.cuda` that leaves the choice to the driver.
pub const AUTO: &str = "auto";

/// How a CUDA version of the table goes with a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CudaFit {
    /// It runs.
    Runs,
    /// The driver is too old.
    TooOld {
        /// The lowest that runs it.
        needed: Driver,
        /// The newest version of the table that the driver takes; `None` where it is too old for all.
        instead: Option<String>,
    },
}

/// One row: a CUDA version and what goes with it. Keys that only people read are passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    /// For example `12.8`.
    pub cuda: String,
    /// Lowest NVIDIA driver for Linux.
    pub min_driver: Driver,
    /// Requirements with hashes, a file in `profiles/locks/`.
    pub lock: String,
}

impl Row {
    /// The requirements, as a path in the project.
    pub fn lock_path(&self) -> String {
        format!("profiles/locks/{}", self.lock)
    }
}

/// The row of a CUDA version; of `auto` the one that the most drivers take.
pub(super) fn row(project: &Project, cuda: &str) -> Result<Row, RenderError> {
    let rows = rows(project)?;
    let cuda = match cuda {
        AUTO => newest(&rows, None).map_or(AUTO, |row| &row.cuda).to_owned(),
        cuda => cuda.to_owned(),
    };
    let known: Vec<String> = rows.iter().map(|row| format!("`{}`", row.cuda)).collect();
    rows.into_iter().find(|row| row.cuda == cuda).ok_or_else(|| RenderError::UnknownCuda {
        found: cuda,
        table: TABLE.to_owned(),
        known: known.join(", "),
    })
}

/// What `gpu.cuda: auto` means: the newest version of the table that `driver` takes. Without a driver, or
/// with one that is too old for all, the newest among those that ask for the lowest one.
pub fn newest_cuda(project: &Project, driver: Option<Driver>) -> Result<String, RenderError> {
    let rows = rows(project)?;
    let chosen = newest(&rows, driver).or_else(|| newest(&rows, None));
    Ok(chosen.map_or_else(|| AUTO.to_owned(), |row| row.cuda.clone()))
}

/// Whether `driver` runs this version of the table.
pub fn cuda_fit(project: &Project, cuda: &str, driver: Driver) -> Result<CudaFit, RenderError> {
    let needed = row(project, cuda)?.min_driver;
    if driver >= needed {
        return Ok(CudaFit::Runs);
    }
    let instead = newest(&rows(project)?, Some(driver)).map(|row| row.cuda.clone());
    Ok(CudaFit::TooOld { needed, instead })
}

fn newest(rows: &[Row], driver: Option<Driver>) -> Option<&Row> {
    let limit = driver.or_else(|| rows.iter().map(|row| row.min_driver).min())?;
    rows.iter().filter(|row| row.min_driver <= limit).max_by_key(|row| numbers(&row.cuda))
}

/// `12.8` is older than `12.10`.
fn numbers(cuda: &str) -> Vec<u32> {
    cuda.split('.').filter_map(|part| part.parse().ok()).collect()
}

fn rows(project: &Project) -> Result<Vec<Row>, RenderError> {
    let asset = project.asset(TABLE)?;
    let data = |message| RenderError::Data { file: TABLE.to_owned(), message };
    let table: Table =
        serde_yaml::from_str(asset.text()?).map_err(|error| data(error.to_string()))?;
    if table.schema != SCHEMA {
        return Err(data(format!("found schema `{}`, expected `{SCHEMA}`", table.schema)));
    }
    Ok(table.versions)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_newest_version_is_the_one_that_the_driver_takes() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::open(dir.path()).unwrap();
        let newest = |driver: Option<&str>| {
            newest_cuda(&project, driver.map(|text| text.parse().unwrap())).unwrap()
        };
        for (driver, cuda) in [
            (None, "12.8"),
            (Some("470.57.02"), "12.8"),
            (Some("525.60.13"), "12.8"),
            (Some("580.65.05"), "12.8"),
            (Some("580.65.06"), "13.2"),
            (Some("610.43.03"), "13.2"),
        ] {
            assert_eq!(newest(driver), cuda, "{driver:?}");
        }
        assert_eq!(row(&project, AUTO).unwrap().cuda, "12.8");
        assert!(numbers("12.10") > numbers("12.8"));
    }

    #[test]
    fn an_old_driver_is_told_what_would_run() {
        let project = Project::open(Path::new(".")).unwrap();
        let fit = |cuda, driver: &str| cuda_fit(&project, cuda, driver.parse().unwrap()).unwrap();
        assert_eq!(fit("13.0", "580.65.06"), CudaFit::Runs);
        assert_eq!(fit(AUTO, "550.54.15"), CudaFit::Runs);
        let needed = "580.65.06".parse().unwrap();
        let instead = Some("12.8".to_owned());
        assert_eq!(fit("13.0", "550.54.15"), CudaFit::TooOld { needed, instead });
        let needed = "525.60.13".parse().unwrap();
        assert_eq!(fit("12.8", "470.57.02"), CudaFit::TooOld { needed, instead: None });
    }
}
