//! Goes through the instructions of a file and notes what is in force at each.

use std::collections::HashMap;

use super::base_facts::Bases;
use super::error::ParseError;
use super::file::{Block, is_known};
use super::scan::shown;
use super::stage_view::{Base, StageView};
use super::state::{Budget, State};
use crate::Instruction;
use crate::instruction::split;

/// The stages of a file, and its states: one before each block, then one after each stage.
pub(super) struct StagesAndStates {
    pub stages: Vec<StageView>,
    pub states: Vec<State>,
}

/// How much text the values of a file may take.
const MOST_TEXT: usize = 16 << 20;

impl StagesAndStates {
    /// Reads the blocks of a text; `global` is the state before the first of them.
    pub fn of(
        text: &str,
        blocks: &[Block],
        mut global: State,
        bases: &Bases,
    ) -> Result<Self, ParseError> {
        let mut reading = Self { stages: Vec::new(), states: Vec::with_capacity(blocks.len() + 1) };
        let mut after: Vec<State> = Vec::new();
        let mut current: Option<State> = None;
        let mut budget = Budget(MOST_TEXT);
        let mut names: HashMap<String, usize> = HashMap::new();
        // What each stage leaves to those that start from it.
        let mut triggers: Vec<Vec<Instruction>> = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let instruction = &block.instruction;
            if instruction.keyword == "FROM" {
                after.extend(current.take());
                reading.states.push(global.clone());
                let (base_text, name) = from_words(text, block)?;
                let base = base_of(&base_text, &global, &names);
                let facts = match &base {
                    Base::Image(Some(image)) => bases.get(image),
                    _ => None,
                };
                let mut state = match (&base, facts) {
                    (Base::Stage(stage), _) => after[*stage].clone(),
                    (_, Some(facts)) => State::of_known(facts, &global),
                    (base, None) => State::of_image(*base == Base::Scratch, &global),
                };
                let executed = match &base {
                    Base::Stage(stage) => triggers[*stage].clone(),
                    _ => facts.map_or_else(Vec::new, |facts| {
                        facts.onbuild.iter().flat_map(|trigger| split(trigger)).collect()
                    }),
                };
                for trigger in &executed {
                    apply(&mut state, trigger, &global, &mut budget);
                }
                current = Some(state);
                let place = reading.stages.len();
                // Of two stages with one name the engine takes the later.
                names.extend(name.clone().map(|name| (name, place)));
                triggers.push(Vec::new());
                reading.stages.push(StageView {
                    name,
                    base_text,
                    base,
                    blocks: index..index + 1,
                    triggers: executed,
                });
                continue;
            }
            if let Some(stage) = reading.stages.last_mut() {
                stage.blocks.end = index + 1;
            }
            match current.as_mut() {
                None => {
                    reading.states.push(global.clone());
                    global.apply(instruction, None, &mut budget);
                }
                Some(state) => {
                    reading.states.push(state.clone());
                    apply(state, instruction, &global, &mut budget);
                }
            }
            if instruction.keyword == "ONBUILD"
                && let Some(own) = triggers.last_mut()
            {
                own.extend(trigger(instruction));
            }
        }
        after.extend(current);
        reading.states.extend(after);
        Ok(reading)
    }
}

/// An instruction of a stage.
fn apply(state: &mut State, instruction: &Instruction, global: &State, budget: &mut Budget) {
    if is_known(&instruction.keyword) {
        state.apply(instruction, Some(global), budget);
    } else {
        state.forget();
    }
}

/// The instruction behind `ONBUILD`.
fn trigger(onbuild: &Instruction) -> Option<Instruction> {
    // Flags stand behind the inner keyword, so that the exact arguments have all of it.
    let inner = split(&onbuild.exact).into_iter().next()?;
    Some(Instruction {
        line: onbuild.line,
        end_line: onbuild.end_line,
        heredocs: onbuild.heredocs.clone(),
        ..inner
    })
}

fn base_of(text: &str, global: &State, names: &HashMap<String, usize>) -> Base {
    let expanded = global.expand(text);
    let stage = expanded.as_ref().and_then(|base| names.get(&base.to_ascii_lowercase()));
    match (stage, expanded) {
        (Some(&stage), _) => Base::Stage(stage),
        (None, Some(base)) if base == "scratch" => Base::Scratch,
        (None, expanded) => Base::Image(expanded.filter(|base| !base.is_empty())),
    }
}

/// The base and the name of a `FROM`.
fn from_words(text: &str, block: &Block) -> Result<(String, Option<String>), ParseError> {
    let words: Vec<&str> = block.instruction.arguments.split_whitespace().collect();
    match words.as_slice() {
        [base] => Ok(((*base).to_owned(), None)),
        [base, r#as, name] if r#as.eq_ignore_ascii_case("as") => {
            Ok(((*base).to_owned(), Some(name.to_ascii_lowercase())))
        }
        _ => {
            let raw = &text[block.raw.clone()];
            let column = raw.chars().take_while(|c| c.is_whitespace()).count() + 1;
            let found = shown(&block.instruction.arguments);
            Err(ParseError::BadFrom { line: *block.lines.start(), column, found })
        }
    }
}
