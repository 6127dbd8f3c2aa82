//! The verdict in one sentence, with its numbers.

use super::inherited::short as short_id;
use super::{Comparison, EvidenceGate, Gate, Judgement, StepComparison, Verdict};
use crate::text::{count, human_ms, human_spread, plural};
use crate::timing::record::Ending;

/// Why the verdict is what it is.
pub(super) fn reason(judgement: &Judgement, ending: Ending, gate: Gate) -> String {
    if ending != Ending::Built {
        return format!("the build was {}, so it is not compared", ending_word(ending));
    }
    if let Some(missing) = &judgement.baseline.missing {
        return format!("nothing to compare with: {missing}");
    }
    let found = match judgement.verdict {
        Verdict::Regressed => slowest(judgement),
        Verdict::Inconclusive => thin(&judgement.build, gate),
        Verdict::Ok | Verdict::Improved if judgement.steps.is_empty() => {
            format!("every step came from the cache; {}", numbers("the build", &judgement.build))
        }
        Verdict::Ok | Verdict::Improved => numbers(whole(judgement), &judgement.build),
    };
    match again(judgement) {
        Some(again) => format!("{found}; run again: {again}"),
        None => found,
    }
}

/// The build; where steps count that came from the cache, its time is none that it took.
fn whole(judgement: &Judgement) -> &'static str {
    match judgement.steps.iter().any(|step| step.ran_in.is_some()) {
        true => "the build, counting cached steps as they last ran,",
        false => "the build",
    }
}

/// The steps that were run again and took the longest, with their times.
fn again(judgement: &Judgement) -> Option<String> {
    const TOLD: usize = 2;
    let mut repeated: Vec<_> = judgement.repeated.iter().collect();
    repeated.sort_by_key(|one| std::cmp::Reverse(one.again_ms.iter().max()));
    let told = repeated.iter().take(TOLD).filter_map(|one| {
        let step = judgement.steps.iter().find(|step| step.step == one.step)?;
        let times: Vec<String> = one.again_ms.iter().map(|&ms| human_ms(ms)).collect();
        Some(format!("{}: {} in {}", step.stage, short(&step.label), times.join(", ")))
    });
    let told: Vec<String> = told.collect();
    let more = repeated.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!told.is_empty()).then(|| format!("{}{more}", told.join("; ")))
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
        return numbers(whole(judgement), &judgement.build);
    };
    let label = short(&first.label);
    let what = format!("{}: {label}", first.stage);
    let cached = first.ran_in.as_deref().map_or_else(String::new, |build| {
        format!(" when it ran, in build {}; now it came from the cache", short_id(build))
    });
    let sentence = if first.is_new {
        let now = human_ms(first.comparison.actual_ms);
        let builds = count(first.comparison.n, "earlier build");
        let before = match first.comparison.median_ms {
            0 => String::new(),
            credit => format!(", in place of removed steps that took {}", human_ms(credit)),
        };
        format!("{what} is new and took {now}{before}; {builds} did not have it{cached}")
    } else {
        format!("{}{cached}", numbers(&what, &first.comparison))
    };
    match sorted.len() - 1 {
        0 => sentence,
        more => format!("{sentence}; and {more} other {}", plural(more, "step")),
    }
}

/// Names the gate that held a verdict back.
fn thin(build: &Comparison, gate: Gate) -> String {
    let numbers = || numbers("the build", build);
    match build.held_by {
        _ if build.n == 0 => "no earlier build ran these steps".to_owned(),
        Some(EvidenceGate::Samples) => {
            format!("{}; a verdict needs {}", numbers(), count(gate.needed, "build"))
        }
        Some(EvidenceGate::Score) => format!("{}: within the usual spread", numbers()),
        _ => format!("{}: earlier builds differed as much", numbers()),
    }
}

/// `… took 41.2s, usually 20.9s ±0.4s in 7 builds`.
fn numbers(what: &str, comparison: &Comparison) -> String {
    let Comparison { actual_ms, n, median_ms, spread_ms, .. } = comparison;
    let builds = count(*n, "build");
    let (actual, usual) = (human_ms(*actual_ms), human_spread(*median_ms, *spread_ms));
    if comparison.is_modelled {
        // Nobody has seen these times: other steps ran in those builds.
        return format!("{what} took {actual}, expected {usual} from the step times of {builds}");
    }
    format!("{what} took {actual}, usually {usual} in {builds}")
}

/// A label is long where it is a whole script.
fn short(label: &str) -> String {
    const LONGEST: usize = 80;
    match label.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", label[..at].trim_end()),
        None => label.to_owned(),
    }
}
