//! The files of a good build as a tar archive: the same steps, from the cache, to another exporter.

use tokio_util::sync::CancellationToken;

use super::error::BuildError;
use super::execute::{Wanted, execute};
use super::options::BuildOptions;
use crate::render::Plan;
use crate::timing::WorkState;
use engine::{Builder, NoCache, TarOutput};

/// Writes the files of the last stage, or of the target, to `out`, and returns how many steps the
/// engine ran again for it: 0 where all of them came from the cache that the build filled.
pub async fn export_files(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    out: TarOutput,
    cancel: &CancellationToken,
) -> Result<usize, BuildError> {
    let mut options = options.clone();
    // What was just built anew is what is wanted, and its cache was exported with it.
    options.no_cache = NoCache::Never;
    options.solve.cache_to.clear();
    let wanted = Wanted::Files(out);
    let executed = execute(engine, plan, &options, wanted, cancel, &mut |_, _| {}).await;
    executed.ended?;
    Ok(executed.tracker.steps().filter(|step| step.state == WorkState::Done).count())
}
