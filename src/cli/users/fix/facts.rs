//! A consolidation as the facts of a report.

use crate::cli::users::input::Input;
use crate::patch::explain;
use crate::report::users::fix::{Counts, FIX_SCHEMA, Fix, Merged, Move, Note, Proving};
use dockerfile::consolidate::{self, Consolidation};

pub(super) fn fix(
    input: &Input,
    strategy: &'static str,
    chosen: &Consolidation,
    proving: Option<Proving>,
    is_unproven: bool,
) -> Fix {
    let file = &input.file;
    let label = |line: usize| {
        let block = file.blocks().iter().find(|block| *block.lines.start() == line);
        block.map(|block| block.instruction.text()).unwrap_or_default()
    };
    let merged =
        chosen.merged.iter().map(|merged| Merged { lines: merged.lines.clone(), to: merged.to });
    let moves = chosen.moves.iter().map(|moved| {
        let line = *moved.lines.start();
        Move { line, label: label(line), to: moved.to, reason: moved.reason.clone() }
    });
    let removed = chosen
        .removed
        .iter()
        .map(|gone| Note { line: gone.line, text: format!("USER {}: {}", gone.user, gone.reason) });
    let left =
        chosen.remaining.iter().map(|left| Note { line: left.line, text: left.text.clone() });
    let not_tried =
        chosen.not_tried.as_ref().map(|not| Note { line: not.line, text: not.text.clone() });
    let name = &input.name;
    Fix {
        schema: FIX_SCHEMA,
        dockerfile: name.clone(),
        strategy,
        before: counts(chosen.before),
        after: counts(chosen.after),
        moves: moves.collect(),
        merged: merged.collect(),
        removed: removed.collect(),
        left: left.collect(),
        not_tried,
        diff: explain::difference(name, &format!("{name} (fixed)"), file.text(), &chosen.text),
        proving,
        unproven: is_unproven,
        written: None,
    }
}

fn counts(counts: consolidate::Counts) -> Counts {
    Counts {
        switches: counts.switches,
        user_lines: counts.user_lines,
        runs: counts.run_instructions,
    }
}
