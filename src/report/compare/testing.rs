//! Two builds for the tests: a cold one, and one with an edit; and worse ones.

use super::{Compare, RecordComparison};
use crate::report::build::testing;
use crate::timing::record::Layer;

/// The cold build against the one with `sleep 20` slipped in.
pub(super) fn compare() -> Compare {
    let mut a = testing::report("ok");
    let b = testing::report("regressed");
    between(&mut a, b)
}

/// Every text of `b` is hostile.
pub(super) fn hostile() -> Compare {
    let mut a = testing::report("ok");
    between(&mut a, testing::hostile())
}

fn between(
    a: &mut crate::report::build::BuildReport,
    mut b: crate::report::build::BuildReport,
) -> Compare {
    let mut gone = a.record.steps[0].clone();
    gone.id = "only-in-a".to_owned();
    gone.label = "RUN only in a".to_owned();
    a.record.steps.push(gone);
    let layers = &mut b.record.image.as_mut().unwrap().layers;
    layers.pop();
    layers.push(Layer { made_by: "RUN added".to_owned(), size_bytes: 2_000_000 });
    let was =
        |step: &crate::timing::judge::StepComparison| Some((step.step.clone(), step.was.clone()?));
    let between = RecordComparison {
        a_parts: a.breakdown.parts,
        b_parts: b.breakdown.parts,
        edited: b.judgement.steps.iter().filter_map(was).collect(),
        causes: b.judgement.misses.clone(),
    };
    Compare::of(&a.record, &b.record, between)
}
