//! The runs of a stage: instructions in a row under one user.

use super::accounts::Accounts;
use super::facts::{AuditStep, BaseKind, Lines, StageAudit, User, UserKind, UserRun};
use super::{cost, redundant};
use crate::users::{self, runs_as_user};
use crate::{Base, Block, File, UserRef};

/// The users of a stage.
pub(super) fn stage(
    file: &File,
    place: usize,
    accounts: &Accounts,
    redundant: &[users::RedundantUser],
) -> StageAudit {
    let view = &file.stages()[place];
    let blocks = &file.blocks()[view.blocks.clone()];
    let user_runs = runs(file, place, accounts);
    let (first, last) = (blocks[0].lines.start(), blocks[blocks.len() - 1].lines.end());
    let is_onbuild_user = |block: &&Block| {
        let Block { instruction, .. } = block;
        let inner = instruction.arguments.split_whitespace().next().unwrap_or_default();
        instruction.keyword == "ONBUILD" && inner.eq_ignore_ascii_case("USER")
    };
    StageAudit {
        name: view.title(place),
        base: view.base_text.clone(),
        base_user: file.state_below_from(place).base_facts().map(|facts| {
            if facts.user.is_empty() { "root".to_owned() } else { facts.user.clone() }
        }),
        base_expanded: match &view.base {
            Base::Image(image) => image.clone().filter(|image| *image != view.base_text),
            _ => None,
        },
        base_kind: match view.base {
            Base::Scratch => BaseKind::Scratch,
            Base::Stage(_) => BaseKind::Stage,
            Base::Image(_) => BaseKind::Image,
        },
        lines: Lines { first: *first, last: *last },
        user_lines: blocks.iter().filter(|block| block.instruction.keyword == "USER").count(),
        onbuild_user_lines: blocks.iter().filter(is_onbuild_user).count(),
        switches: users::switches(file, place),
        last_user: user(file.state_after(place).user(), place, accounts),
        redundant: redundant::of(file, redundant, place),
        costs: cost::of(file, place),
        user_runs,
    }
}

fn runs(file: &File, place: usize, accounts: &Accounts) -> Vec<UserRun> {
    let mut runs: Vec<UserRun> = Vec::new();
    for index in file.stages()[place].blocks.clone() {
        let block = &file.blocks()[index];
        let lines = Lines { first: *block.lines.start(), last: *block.lines.end() };
        let keyword = block.instruction.keyword.as_str();
        match keyword {
            // Of `FROM`, the state inherited is seen from the block after it on.
            "FROM" | "USER" => {
                let after = match file.stages()[place].blocks.end {
                    end if index + 1 < end => file.user_at(index + 1),
                    _ => file.state_after(place).user(),
                };
                runs.push(UserRun {
                    user: user(after, place, accounts),
                    set_at: (keyword == "USER").then_some(lines.first),
                    lines,
                    steps: Vec::new(),
                    others: 0,
                });
            }
            _ => {
                let Some(run) = runs.last_mut() else { continue };
                run.lines.last = lines.last;
                if runs_as_user(block) {
                    run.steps.push(AuditStep {
                        keyword: keyword.to_owned(),
                        lines,
                        text: crate::readable(&block.instruction.arguments).into_owned(),
                    });
                } else {
                    run.others += 1;
                }
            }
        }
    }
    // The base's user matters only where something runs as it.
    runs.retain(|run| run.set_at.is_some() || !run.steps.is_empty() || run.others > 0);
    runs
}

fn user(user: &UserRef, stage: usize, accounts: &Accounts) -> User {
    let made_at = user.name().and_then(|name| accounts.user(stage, &name)).map(|made| made.line);
    User {
        text: crate::readable(&user.to_string()).into_owned(),
        kind: match user {
            UserRef::Inherited => UserKind::Inherited,
            UserRef::Unknown => UserKind::Unknown,
            UserRef::Named { .. } => UserKind::Named,
            UserRef::Numeric { .. } => UserKind::Numeric,
            UserRef::Variable { .. } => UserKind::Variable,
        },
        expanded: match user {
            UserRef::Variable { expanded, .. } => expanded.clone(),
            _ => None,
        },
        is_root: user.is_root(),
        made_at,
    }
}
