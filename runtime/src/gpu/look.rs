//! Looks at this container.

use std::path::PathBuf;
use std::time::Duration;

use nvidia::container::{Environment, Facts, Verdict, judge};
use nvidia::{Files, Smi};

use super::GpuReport;

/// Where the cards are looked for.
#[derive(Debug)]
pub struct Place {
    /// A folder that stands for `/`.
    root: PathBuf,
    environment: Environment,
    smi: Option<Smi>,
}

impl Place {
    /// `folders` are those of PATH.
    pub fn new(
        root: PathBuf,
        environment: Environment,
        folders: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        Self { root, environment, smi: Smi::find(folders) }
    }

    /// What is there now, as it is told.
    pub fn report(&mut self, deadline: Duration, cuda: bool) -> GpuReport {
        let verdict = self.look(deadline, cuda);
        GpuReport::new(verdict, self.environment.cuda.clone(), self.environment.min_driver)
    }

    /// Whether a card was given to the container, however it is.
    pub fn has_device(&self) -> bool {
        let files = Files::look(&self.root);
        !files.devices.is_empty() || files.dxg
    }

    /// What is there now. Without a device file nothing is run; with one `nvidia-smi` is asked, and waited for until
    /// `deadline`.
    fn look(&mut self, deadline: Duration, cuda: bool) -> Verdict {
        let mut facts = Facts {
            environment: self.environment.clone(),
            files: Files::look(&self.root),
            smi: None,
        };
        // What somebody asked for, or what is missing, is known before.
        let before = judge(&facts);
        let is_asked = self.environment.asked.as_deref() == Some("cuda");
        let has_device = !facts.files.devices.is_empty() || facts.files.dxg;
        if has_device && (before.is_usable() && !is_asked) {
            facts.smi = Some(match &mut self.smi {
                Some(smi) => smi.cards(deadline, cuda),
                None => nvidia::Answer::Missing,
            });
        }
        judge(&facts)
    }
}
