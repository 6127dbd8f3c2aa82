//! What speaks for the environment, in words.

use crate::timing::clean_line;
use crate::timing::judge::EnvironmentChange;
use crate::timing::record::Record;
use crate::ui::count;

use super::{label, short_id};

/// One sentence; `record` gives the steps their names.
pub(in crate::report::build) fn surrounding(
    circumstance: &EnvironmentChange,
    record: &Record,
) -> String {
    let list = |known: &[String]| match known {
        [] => "nothing".to_owned(),
        known => known.iter().map(|name| clean_line(name)).collect::<Vec<_>>().join("; "),
    };
    match circumstance {
        EnvironmentChange::BaseMoved { image, old, new } => format!(
            "the base image {} changed under the same name: {} → {}",
            clean_line(image),
            short_id(old),
            short_id(new)
        ),
        EnvironmentChange::NetworkBound { steps } => {
            let names: Vec<String> = steps.iter().map(|id| named(record, id)).collect();
            format!("slower and waiting for the network: {}", names.join("; "))
        }
        EnvironmentChange::CpuSteal { share, baseline_share } => format!(
            "the host took {:.0}% of the CPU time (steal); usually {:.0}%",
            share * 100.0,
            baseline_share * 100.0
        ),
        EnvironmentChange::Busy { load_per_cpu } => {
            format!("the machine was busy when the build started: load {load_per_cpu:.1} per CPU")
        }
        EnvironmentChange::CacheEvicted { steps } => format!(
            "the engine's cache has lost results of unchanged steps: {} ran again",
            count(*steps, "step")
        ),
        EnvironmentChange::OtherMachine { known, this } => format!(
            "known builds ran on other machines ({}); this one is {}",
            list(known),
            clean_line(this)
        ),
        EnvironmentChange::OtherBuilder { known, this } => format!(
            "known builds ran with other engines ({}); this one is {}",
            list(known),
            clean_line(this)
        ),
        EnvironmentChange::NothingChanged => {
            "no known input changed: check the machine, the network, upstream".to_owned()
        }
    }
}

/// `python-deps: RUN pip install`; the id of a step that is not there.
fn named(record: &Record, id: &str) -> String {
    match record.step(id) {
        Some(step) => {
            format!("{}: {}", clean_line(&step.stage), super::cut(&label(&step.label), 60))
        }
        None => clean_line(id),
    }
}
