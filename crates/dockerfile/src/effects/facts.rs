//! What a step does to the files, and what it depends on.

use std::collections::BTreeSet;

use super::fs_model::StepUser;
use super::interpret::Reason;
use super::names;
use super::path_set::PathSet;
use crate::UserRef;

/// What a step does to the files, and what it depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// What it reads.
    pub reads: Vec<PathSet>,
    /// What executing it reads: the shell, commands, libraries.
    pub ambient: Vec<PathSet>,
    /// What it creates, changes or removes.
    pub writes: Vec<PathSet>,
    /// Folders that it makes where they are missing, and how.
    pub makes: Vec<(PathSet, CreatedAs)>,
    /// Why it may do more than that.
    pub unknown: Option<Unknown>,
    /// Environment variables whose value it depends on.
    pub variables: Variables,
    /// Whether it depends on the working folder.
    pub uses_workdir: bool,
    /// Names of the commands that it executes.
    pub commands: BTreeSet<String>,
    /// Names of commands that it puts into a folder of commands.
    pub brings: BTreeSet<String>,
    /// What an unknown step probably reads and writes.
    pub likely: Vec<PathSet>,
    /// The words of an unknown step's text: one of them may name what it installs.
    pub words: BTreeSet<String>,
    /// Whether its text compares times of files: then the order of all that wrote before counts.
    pub compares_times: bool,
    /// Folders and files whose owner it changes.
    pub owner_changes: Vec<OwnerChange>,
    /// What is known after it.
    pub(super) facts: Vec<Fact>,
}

/// A place whose owner a step changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerChange {
    /// Where.
    pub place: PathSet,
    /// The new owner, without the group.
    pub owner: String,
    /// Whether the place was certainly there before.
    pub was_there: bool,
}

/// Why a step is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The first reason that was found.
    pub why: Reason,
    /// Only the distribution's package manager is at work beside what is understood.
    pub is_package_manager: bool,
}

/// Who a folder belongs to that is made where it is missing. Two steps that would make the same folder
/// in the same way may change places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedAs {
    by: Creator,
    /// The path that a mode of its own was asked for, where it was: no other command makes it so.
    own_mode: Option<String>,
}

/// Who makes a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Creator {
    /// Root, as commands and instructions do alike.
    Root,
    /// A command of a user, as the file spells it.
    Command(String),
    /// An instruction, for an owner as the file spells it.
    Instruction(&'static str, String),
    /// `COPY --chown` for somebody whom the file does not say.
    CopyForUnknown,
    /// A mount, which makes its target.
    Mount,
}

impl CreatedAs {
    /// A command that a user executes. The group counts: it is the folder's too.
    pub(super) fn by_run(who: &StepUser, user: &UserRef) -> Self {
        Self::plain(match (who, user.group()) {
            (StepUser::Root, None) => Creator::Root,
            _ => Creator::Command(user.to_string()),
        })
    }

    /// `WORKDIR`, and `COPY --chown`, which give a number as its own group, as no `RUN` does.
    pub(super) fn by_engine(instruction: &'static str, owner: &str) -> Self {
        Self::plain(match owner {
            "root" | "0" | "root:root" | "0:0" => Creator::Root,
            owner => Creator::Instruction(instruction, owner.to_owned()),
        })
    }

    /// `COPY` without `--chown`.
    pub(super) fn by_root() -> Self {
        Self::plain(Creator::Root)
    }

    /// `COPY --chown` for an owner that is not certain.
    pub(super) fn by_copy_for_unknown() -> Self {
        Self::plain(Creator::CopyForUnknown)
    }

    /// A mount's target.
    pub(super) fn by_mount() -> Self {
        Self::plain(Creator::Mount)
    }

    /// With a mode of its own, asked for at a path.
    pub(super) fn with_own_mode(self, path: String) -> Self {
        Self { own_mode: Some(path), ..self }
    }

    fn plain(by: Creator) -> Self {
        Self { by, own_mode: None }
    }
}

/// Environment variables that a step depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variables {
    /// All of them.
    All,
    /// These, and those that change how any command works.
    Some(BTreeSet<String>),
}

impl Default for Variables {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

/// What is known of the files after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// A user exists; its home where that is certain.
    Account { name: String, home: Option<String> },
    /// A folder exists. `is_own`: the step itself writes it, so nobody who uses it can move ahead; else
    /// it was made where it was missing, and others may make it as well.
    Folder { path: String, is_own: bool },
    /// A path leads elsewhere.
    Link { at: String, to: String },
    /// Links to anywhere may be here.
    MayContainSymlinks(PathSet),
    /// Somebody other than root may write here.
    Granted(PathSet),
    /// Something is gone that was there.
    Removed(PathSet),
    /// A user may act as root from here on.
    Sudo,
    /// The tables of accounts were written by hand: homes and numbers are not certain any more.
    AccountsEdited,
}

impl Fact {
    /// Whether it is about a path that is this one, or below it.
    pub(super) fn is_below(&self, place: &PathSet) -> bool {
        let deep = place.clone().and_below();
        match self {
            Self::Folder { path, .. } | Self::Link { at: path, .. } => {
                deep.meets(&PathSet::exact(path))
            }
            _ => false,
        }
    }
}

impl Effects {
    /// Whether its text is understood completely.
    pub fn is_understood(&self) -> bool {
        self.unknown.is_none()
    }

    /// It may do more than is recorded. The first reason is kept; a package manager's is the weakest.
    pub(super) fn mark_unknown(&mut self, why: Reason, is_package_manager: bool) {
        match &mut self.unknown {
            Some(unknown) if unknown.is_package_manager && !is_package_manager => {
                *unknown = Unknown { why, is_package_manager };
            }
            Some(_) => {}
            None => self.unknown = Some(Unknown { why, is_package_manager }),
        }
    }

    /// Whether it leaves something behind.
    pub fn changes_files(&self) -> bool {
        !self.is_understood() || !self.writes.is_empty() || !self.makes.is_empty()
    }

    pub(super) fn read(&mut self, place: PathSet) {
        if !self.reads.contains(&place) {
            self.reads.push(place);
        }
    }

    pub(super) fn write(&mut self, place: PathSet) {
        if !self.writes.contains(&place) {
            self.writes.push(place);
        }
    }

    /// Whether it depends on the value of a variable.
    pub fn depends_on(&self, variable: &str) -> bool {
        match &self.variables {
            Variables::All => true,
            _ if !self.is_understood() => true,
            Variables::Some(names) => names.contains(variable) || names::matters_to_all(variable),
        }
    }
}
