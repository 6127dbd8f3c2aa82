//! One stage as nodes: what executes, as whom, with which effects, in which folder.

use std::ops::Range;

use super::Strategy;
use crate::effects::{Effects, FsModel, PathSet, StepUser, mentioned_variables, of_block};
use crate::model::is_known;
use crate::order::UserId;
use crate::users::runs_as_user;
use crate::{Base, File, UserRef, Workdir, env_pairs};

/// A stage taken apart.
pub(super) struct Stage {
    /// Its nodes in their order: every block but `FROM` and `USER`.
    pub nodes: Vec<Node>,
    /// Its `USER` blocks.
    pub users: Vec<UserLine>,
    /// The block `FROM`.
    pub from: usize,
    /// All its blocks.
    pub blocks: Range<usize>,
    /// How the user in front of the first node is spelled; `None` where the file does not say.
    pub start: Option<String>,
    /// How the user that the image keeps is spelled.
    pub end: Option<String>,
    /// Their user ids.
    pub start_user_id: UserId,
    pub end_user_id: UserId,
    /// The working folder that the image keeps.
    pub end_workdir: Workdir,
    /// Nothing moves: a variable of a `USER` line changes below it, or an instruction is not known.
    pub is_frozen: bool,
    /// The last node that compares the times of files.
    pub last_compared: Option<usize>,
    /// What is known after the stage, for those that stand on it.
    pub fs: FsModel,
}

/// A block that is ordered.
pub(super) struct Node {
    /// The block.
    pub block: usize,
    /// Who executes it, where somebody does.
    pub user_id: Option<UserId>,
    /// The user, as the file has it in force.
    pub user: UserRef,
    /// What it does; `None` for one that changes the state only.
    pub effects: Option<Effects>,
    /// The folder that it needs to be in; `None` where any will do.
    pub workdir: Option<Workdir>,
    /// Variables that it sets, for `ENV` and `ARG`.
    pub sets: Vec<String>,
    /// What kind of state it changes.
    pub kind: Kind,
}

/// What an instruction is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `RUN`.
    Run,
    /// `COPY`, `ADD`.
    Copy,
    /// `WORKDIR`.
    Workdir,
    /// `ENV`, `ARG`.
    Variables,
    /// `SHELL`.
    Shell,
    /// `VOLUME`.
    Volume,
    /// Anything else: configuration only.
    Other,
}

impl Kind {
    fn of(keyword: &str) -> Self {
        match keyword {
            "RUN" => Self::Run,
            "COPY" | "ADD" => Self::Copy,
            "WORKDIR" => Self::Workdir,
            "ENV" | "ARG" => Self::Variables,
            "SHELL" => Self::Shell,
            "VOLUME" => Self::Volume,
            _ => Self::Other,
        }
    }

    /// Whether it changes the configuration, or the state that later ones see.
    pub fn is_state(self) -> bool {
        !matches!(self, Self::Run | Self::Copy)
    }
}

/// A `USER` line.
pub(super) struct UserLine {
    /// The block.
    pub block: usize,
    /// As written.
    pub text: String,
}

/// Users by user id: those that are certainly one have the same.
#[derive(Default)]
struct UserIds(Vec<(Option<String>, UserRef)>);

impl UserIds {
    fn user_id(&mut self, text: Option<&str>, user: &UserRef) -> UserId {
        let has_variable = |text: Option<&str>| text.is_some_and(|text| text.contains('$'));
        let same = |(known, other): &(Option<String>, UserRef)| {
            let is_plain = !has_variable(text) && !has_variable(known.as_deref());
            known.as_deref() == text
                || is_plain && text.is_some() && known.is_some() && user.is_same(other)
        };
        if let Some(found) = self.0.iter().position(same) {
            return found;
        }
        self.0.push((text.map(str::to_owned), user.clone()));
        self.0.len() - 1
    }
}

impl Stage {
    /// Takes a stage apart; `worlds` are those of the stages above it.
    pub fn new(file: &File, index: usize, worlds: &[FsModel], strategy: Strategy) -> Self {
        let view = &file.stages()[index];
        let blocks = view.blocks.clone();
        let from = blocks.start;
        let mut fs = match &view.base {
            Base::Scratch => FsModel::of_base(true),
            Base::Image(_) => FsModel::of_base(false),
            Base::Stage(parent) => worlds[*parent].clone(),
        };
        if let (Base::Image(_), Some(facts)) =
            (&view.base, file.state_below_from(index).base_facts())
            && let Some((_, path)) = facts.env.iter().find(|(name, _)| name == "PATH")
        {
            fs.set_path(path, &|part| Some(part.to_owned()));
        }
        fs.trust(strategy == Strategy::Minimal);
        let mut user_ids = UserIds::default();
        // With what the triggers of the stage below left.
        let inherited = file.state_below_from(index).user().clone();
        let is_said = |user: &UserRef| !matches!(user, UserRef::Inherited | UserRef::Unknown);
        let spelled = |user: &UserRef| is_said(user).then(|| user.to_string());
        let start = match &inherited {
            // The variable is the parent's; here it may be worth something else, or nothing.
            UserRef::Variable { .. } => None,
            user => spelled(user),
        };
        let start_user_id = user_ids.user_id(start.as_deref(), &inherited);
        let (mut text, mut user_id) = (start.clone(), start_user_id);
        let mut stage = Self {
            nodes: Vec::new(),
            users: Vec::new(),
            from,
            start,
            end: None,
            start_user_id,
            end_user_id: start_user_id,
            end_workdir: file.state_after(index).workdir().clone(),
            is_frozen: false,
            last_compared: None,
            fs: FsModel::default(),
            blocks: blocks.clone(),
        };
        let mut user = inherited;
        for at in from + 1..blocks.end {
            let block = &file.blocks()[at];
            if block.instruction.keyword == "USER" {
                let spelling = block.instruction.arguments.clone();
                user = user_after(file, index, at);
                user_id = user_ids.user_id(Some(&spelling), &user);
                stage.users.push(UserLine { block: at, text: spelling.clone() });
                text = Some(spelling);
                continue;
            }
            let node = Node::new(file, at, user_id, &user, &mut fs);
            stage.nodes.push(node);
        }
        stage.end = text;
        stage.end_user_id = user_id;
        stage.last_compared = stage.nodes.iter().rposition(Node::compares_times);
        // An instruction that only a foreign frontend knows may have set anything.
        let mut above = file.blocks()[..blocks.end].iter();
        stage.is_frozen = stage.has_shifting_user(file)
            || above.any(|block| !is_known(&block.instruction.keyword));
        stage.fs = fs;
        stage
    }

    /// Whether a variable of a `USER` line is set below that line.
    fn has_shifting_user(&self, file: &File) -> bool {
        self.users.iter().any(|line| {
            let names = mentioned_variables(&file.blocks()[line.block].instruction);
            let mut below = self.nodes.iter().filter(|node| node.block > line.block);
            below.any(|node| node.sets.iter().any(|set| names.contains(set)))
        })
    }

    /// The `USER` line that is in force at a node.
    pub fn governing(&self, node: &Node) -> Option<&UserLine> {
        self.users.iter().rev().find(|line| line.block < node.block)
    }
}

/// The user that a `USER` block puts in force.
fn user_after(file: &File, stage: usize, at: usize) -> UserRef {
    let is_last = at + 1 == file.stages()[stage].blocks.end;
    if is_last { file.state_after(stage).user().clone() } else { file.user_at(at + 1).clone() }
}

impl Node {
    fn new(file: &File, at: usize, user_id: UserId, user: &UserRef, fs: &mut FsModel) -> Self {
        let block = &file.blocks()[at];
        let kind = Kind::of(&block.instruction.keyword);
        let state = file.state(at);
        let mut effects = of_block(file, at, fs);
        let sets = block.instruction.sets(file.escape());
        if block.instruction.keyword == "ENV" {
            for (name, value) in env_pairs(&block.instruction.exact, file.escape()) {
                if name == "PATH" {
                    fs.set_path(&value, &|part| state.expand(part));
                }
            }
        }
        let is_plain_root =
            |effects: &Effects| StepUser::of(user) == StepUser::Root && !effects.uses_workdir;
        let workdir = match (kind, &mut effects) {
            (Kind::Run, Some(effects)) if !is_plain_root(effects) => {
                // The engine starts it there, whether it looks or not.
                if let Workdir::Known(path) = state.workdir() {
                    effects.reads.push(PathSet::exact(path));
                }
                Some(state.workdir().clone())
            }
            (Kind::Copy | Kind::Workdir, Some(effects)) if effects.uses_workdir => {
                Some(state.workdir().clone())
            }
            _ => None,
        };
        if let Some(effects) = &effects {
            fs.after(effects, &StepUser::of(user));
        }
        // A folder that is there is made for nobody. Whether it is, a guess may take from the texts.
        let is_there = kind == Kind::Workdir
            && fs.trusts()
            && effects.as_ref().is_some_and(|does| does.is_understood() && does.makes.is_empty());
        let executes = runs_as_user(block) && !is_there;
        Self {
            block: at,
            user_id: executes.then_some(user_id),
            user: user.clone(),
            effects,
            workdir,
            sets,
            kind,
        }
    }

    /// Whether its text compares the times of files.
    pub fn compares_times(&self) -> bool {
        self.effects.as_ref().is_some_and(|effects| effects.compares_times)
    }

    /// Whether it leaves files behind.
    pub fn changes_files(&self) -> bool {
        self.effects.as_ref().is_some_and(Effects::changes_files)
    }

    /// Whether all that is not certain about it is the distribution's package manager.
    pub fn only_installs_packages(&self) -> bool {
        let unknown = self.effects.as_ref().and_then(|effects| effects.unknown.as_ref());
        self.kind == Kind::Run && unknown.is_some_and(|unknown| unknown.is_package_manager)
    }

    /// Whether its effects are not certain.
    pub fn is_unknown(&self) -> bool {
        self.effects.as_ref().is_some_and(|effects| !effects.is_understood())
    }
}
