//! `mad doctor`.

use crate::cli::error::Result;

use super::exit::CheckFailed;
use super::globals::Globals;
use super::{cuda, environment, runtime};
use crate::build::CaBundle;
use crate::gpu::{self, HostGpu};
use crate::profile::Profile;
use engine::{Builder, DockerEngine};

/// Check what a build needs: the engine, the base image, the tools
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile whose base image to check
    #[arg(short, long, value_name = "NAME", default_value = "cpu")]
    profile: String,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let loaded = Profile::load(&project, &args.profile, &[], None)?;
    let mut report = Report::default();
    let (engine, base, devices, is_here) = runtime()?.block_on(async {
        match DockerEngine::connect(&environment::docker_settings()).await {
            Ok(engine) => {
                let base = engine.image(&loaded.profile.base).await;
                let devices = engine.devices().await.ok();
                let is_here = engine.host().await.is_ok_and(|host| host.is_here);
                (Ok(engine), base.unwrap_or(None), devices, is_here)
            }
            // The machine itself is worth a look all the same.
            Err(error) => (Err(error), None, None, true),
        }
    });
    match engine {
        Ok(engine) => {
            let can = engine.capabilities();
            report.good(
                "engine",
                &format!(
                    "{} at {}, API {}, {}, Dockerfile {}",
                    engine.describe(),
                    engine.endpoint(),
                    can.api_version,
                    can.platform,
                    can.frontend
                ),
            );
            let base_name = &loaded.profile.base;
            match base {
                Some(image) => report.good("base image", &format!("{base_name}, {}", image.id)),
                None => report.note("base image", &format!(
                    "{base_name} is not on the engine; the first build pulls it; without a registry, `mad base bootstrap --suite trixie --default`"
                )),
            }
        }
        Err(error) => {
            report.bad("engine", &error.to_string());
            report.hint = error.hint();
        }
    }
    match which::which("mmdebstrap") {
        Ok(path) => report.good("mmdebstrap", &path.display().to_string()),
        Err(_) => report.note(
            "mmdebstrap",
            "not installed; only `mad base bootstrap` needs it: `sudo apt-get install mmdebstrap`",
        ),
    }
    match CaBundle::Host.read() {
        Ok(Some(bundle)) => {
            report.good("CA bundle", &format!("{} bytes, passed to build steps", bundle.len()))
        }
        Ok(None) => report
            .note("CA bundle", "this host has none; build steps trust those of the base image"),
        Err(error) => report.bad("CA bundle", &error.to_string()),
    }
    let folders = environment::path();
    let host =
        gpu::judge(&gpu::look(devices, is_here, &environment::gpu_root(), &folders, gpu::PATIENCE));
    report.gpu(&host);
    let cuda = loaded.profile.gpu.as_ref().map(|gpu| gpu.cuda.as_str());
    if let (Some(cuda), Some(driver)) = (cuda, host.driver) {
        match cuda::too_old(&project, cuda, driver)? {
            None => report.good("CUDA", &format!("{cuda}, which driver {driver} takes")),
            Some(warning) => report.note("CUDA", &warning),
        }
    }
    super::print(&report.text)?;
    if report.failed == 0 {
        return Ok(());
    }
    if let Some(hint) = report.hint {
        globals.note(&format!("hint: {hint}"));
    }
    Err(CheckFailed(format!("{} of the checks failed", report.failed)).into())
}

#[derive(Default)]
struct Report {
    text: String,
    failed: usize,
    hint: Option<String>,
}

impl Report {
    /// Without one everything runs, on the CPU: that fails no check.
    fn gpu(&mut self, host: &HostGpu) {
        match &host.way {
            Ok(_) => self.good("GPU", &host.to_string()),
            Err(no_way) => {
                let hint = no_way.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                let found = if host.cards.is_empty() { String::new() } else { format!("{host}; ") };
                self.note("GPU", &format!("{found}{no_way}: images run on the CPU{hint}"));
            }
        }
        host.notes.iter().for_each(|note| self.note("GPU", note));
    }

    fn good(&mut self, what: &str, found: &str) {
        self.line("ok", what, found);
    }

    fn note(&mut self, what: &str, found: &str) {
        self.line("note", what, found);
    }

    fn bad(&mut self, what: &str, found: &str) {
        self.failed += 1;
        self.line("bad", what, found);
    }

    fn line(&mut self, state: &str, what: &str, found: &str) {
        self.text.push_str(&format!("{state:<5} {what:<11} {found}\n"));
    }
}
