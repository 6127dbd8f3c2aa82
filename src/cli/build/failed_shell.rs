//! `--shell-on-failure`: a shell in the image as it was before the step that failed.
//!
//! What mounts, secrets and build arguments give to a step is not there: it ends with the step.

use std::io::IsTerminal;

use tokio_util::sync::CancellationToken;

use crate::build::{self, BuildOptions};
use crate::cli::compose_call::call;
use crate::cli::globals::Globals;
use crate::render::Plan;
use crate::timing::clean_line;
use crate::timing::record::Record;
use engine::{Builder, NoCache};

/// Opens it, where a step failed; that it cannot be opened is said, and the build's own error stays.
pub(super) async fn open(
    globals: &Globals,
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    record: &Record,
    cancel: &CancellationToken,
) {
    let failed = record.failure.as_ref().and_then(|failure| failure.step.as_deref());
    let Some(step) = failed.and_then(|id| plan.steps.iter().find(|step| step.id == id)) else {
        return globals.note("no step failed: there is no image to open a shell in");
    };
    let Some(before) = plan.before(&step.id) else { return };
    // All of it is in the cache by now, also after `--no-cache`.
    let options = BuildOptions {
        tags: Vec::new(),
        target: None,
        no_cache: NoCache::default(),
        ..options.clone()
    };
    let finished = build::run(engine, &before, &options, cancel, &mut |_, _| {}).await;
    let built = match finished.result {
        Ok(built) => built,
        Err(error) => {
            let error = clean_line(&error.to_string());
            return globals.note(&format!("warning: no shell: {error}"));
        }
    };
    globals.note(&format!(
        "a shell before step {} of {}: {}",
        step.ordinal,
        step.stage,
        clean_line(&step.label)
    ));
    if let Some(image) = built.tags.first() {
        // How the person left the shell is of no interest.
        if let Err(error) = call(globals, &words(image)) {
            globals.note(&format!("the shell ended: {error}"));
        }
        let _ = engine.untag(image).await;
    }
}

fn words(image: &str) -> Vec<String> {
    let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let streams = if has_terminal { "-it" } else { "-i" };
    let shell = "exec $(command -v bash || echo sh)";
    let words = ["docker", "run", "--rm", streams, "--entrypoint", "sh", image, "-c", shell];
    words.map(str::to_owned).to_vec()
}
