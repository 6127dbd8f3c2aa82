//! The verdict in one sentence, with its numbers.

use std::time::Duration;

use super::{Comparison, Gate, Judgement, StepComparison, Verdict};
use crate::timing::record::Ending;

/// Why the verdict is what it is.
pub(super) fn reason(judgement: &Judgement, ending: Ending, gate: Gate) -> String {
    if ending != Ending::Built {
        return format!("the build was {}: it is compared with nothing", ending_word(ending));
    }
    if let Some(missing) = &judgement.baseline.missing {
        return format!("nothing to compare with: {missing}");
    }
    match judgement.verdict {
        Verdict::Regressed => slowest(judgement),
        Verdict::Inconclusive => thin(&judgement.build, gate),
        Verdict::Ok | Verdict::Improved if judgement.steps.is_empty() => {
            format!("every step came from the cache; {}", numbers("the build", &judgement.build))
        }
        Verdict::Ok | Verdict::Improved => numbers("the build", &judgement.build),
    }
}

fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Built => "built",
        Ending::Failed => "not finished",
        Ending::Interrupted => "interrupted",
    }
}

/// The step that lost the most time, or the build where no step alone is to blame.
fn slowest(judgement: &Judgement) -> String {
    let regressed =
        judgement.steps.iter().filter(|step| step.comparison.verdict == Verdict::Regressed);
    let lost = |step: &&StepComparison| {
        step.comparison.actual_ms.saturating_sub(step.comparison.median_ms)
    };
    let mut sorted: Vec<&StepComparison> = regressed.collect();
    sorted.sort_by_key(|step| std::cmp::Reverse(lost(step)));
    let Some(first) = sorted.first() else {
        return numbers("the build", &judgement.build);
    };
    let label = short(&first.label);
    let what = format!("{}: {label}", first.stage);
    let sentence = if first.is_new {
        let now = seconds(first.comparison.actual_ms);
        let n = first.comparison.n;
        let before = match first.comparison.median_ms {
            0 => String::new(),
            credit => format!(" for {} of steps that are gone", seconds(credit)),
        };
        format!("{what} is a new step, {now}{before}; {n} builds had none")
    } else {
        numbers(&what, &first.comparison)
    };
    match sorted.len() - 1 {
        0 => sentence,
        1 => format!("{sentence}; and 1 other step"),
        more => format!("{sentence}; and {more} other steps"),
    }
}

fn thin(build: &Comparison, gate: Gate) -> String {
    match build.n {
        0 => "no earlier build ran these steps".to_owned(),
        n if n < gate.needed => {
            format!("{}; {} builds are needed", numbers("the build", build), gate.needed)
        }
        _ => format!("{}: within what it varies by", numbers("the build", build)),
    }
}

/// `… took 41.2 s, median 20.9 s of 7 builds (spread 0.4 s)`.
fn numbers(what: &str, comparison: &Comparison) -> String {
    let Comparison { actual_ms, n, median_ms, spread_ms, .. } = comparison;
    let builds = if *n == 1 { "build" } else { "builds" };
    format!(
        "{what} took {}, median {} of {n} {builds} (spread {})",
        seconds(*actual_ms),
        seconds(*median_ms),
        seconds(*spread_ms)
    )
}

/// A label is long where it is a whole script.
fn short(label: &str) -> String {
    const LONGEST: usize = 80;
    match label.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", label[..at].trim_end()),
        None => label.to_owned(),
    }
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", Duration::from_millis(ms).as_secs_f64())
}
