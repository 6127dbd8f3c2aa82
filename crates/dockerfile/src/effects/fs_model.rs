//! What is known of the files at a place in a stage: from `FROM` on, step by step in the original order.
//!
//! A step that relies on something known here also reads it, so it cannot move before the step that made
//! it so. What is *not* here (no link at a path) cannot be spoilt by a later step that moves ahead: that
//! step would write on the way to a path that is read.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{FOLDERS, MAY_CONTAIN_SYMLINKS, PATH, SHARED};
use super::path_set::{PathSet, ancestors, clean};
use super::{Effects, Fact};
use crate::{State, UserRef};

/// Who executes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepUser {
    /// The superuser.
    Root,
    /// A user by name.
    Named(String),
    /// A user by number, not 0.
    Numeric(u32),
    /// Whoever the base image says, or a variable.
    Unknown,
}

impl StepUser {
    /// Who executes an instruction: where no `USER` stands above, the base's user if that is known.
    pub fn at(state: &State) -> Self {
        match (state.user(), state.base_facts()) {
            (UserRef::Inherited, Some(facts)) if facts.is_root() => Self::Root,
            (user, _) => Self::of(user),
        }
    }

    /// The user that a reference means.
    pub fn of(user: &UserRef) -> Self {
        if user.is_root() == Some(true) {
            return Self::Root;
        }
        match user.resolved() {
            UserRef::Named { name, .. } => Self::Named(name),
            UserRef::Numeric { uid, .. } => Self::Numeric(uid),
            UserRef::Inherited | UserRef::Unknown | UserRef::Variable { .. } => Self::Unknown,
        }
    }
}

/// What is known before a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FsModel {
    /// The base image is empty: no folder is there.
    is_empty: bool,
    /// Users that the file makes, with their homes where those are certain.
    accounts: BTreeMap<String, Option<String>>,
    /// Folders that are there, and whether a step has written them as its own.
    folders: BTreeMap<String, bool>,
    links: Vec<(String, String)>,
    may_contain_symlinks: Vec<PathSet>,
    granted: Vec<PathSet>,
    removed: Vec<PathSet>,
    /// Commands that a step has put beside or in front of the standard ones.
    brought: BTreeSet<String>,
    /// Where commands are found, first to last; `None` where the file does not say.
    path: Option<Vec<String>>,
    /// A step may have changed anything.
    lost: bool,
    /// `sudo` may work.
    has_sudo: bool,
    /// Homes and numbers are what somebody wrote into the tables.
    are_accounts_edited: bool,
    /// Unknown steps are taken to do nothing that their text does not show.
    trusts: bool,
}

impl FsModel {
    /// After `FROM`.
    pub fn of_base(is_empty: bool) -> Self {
        Self {
            is_empty,
            may_contain_symlinks: MAY_CONTAIN_SYMLINKS
                .iter()
                .map(|path| PathSet::deep(path))
                .collect(),
            path: Some(PATH.iter().map(|&path| path.to_owned()).collect()),
            ..Self::default()
        }
    }

    /// Whether unknown steps are taken to do nothing that their text does not show: for an order that
    /// a proof confirms.
    pub fn trust(&mut self, trusts: bool) {
        self.trusts = trusts;
        if trusts {
            self.may_contain_symlinks.clear();
        }
    }

    /// The home of a user, where it is certain.
    pub(super) fn home(&self, user: &str) -> Option<&str> {
        match self.accounts.get(user) {
            _ if self.are_accounts_edited => None,
            Some(home) => home.as_deref(),
            None if user == "root" => Some("/root"),
            None => None,
        }
    }

    /// Whether the file certainly makes this user, so that its number and its home are its own.
    fn is_own(&self, user: &str) -> bool {
        !self.are_accounts_edited && self.accounts.get(user).is_some_and(Option::is_some)
    }

    /// Whether a folder is certainly there whatever moves: every distribution has it, or a step has
    /// written it, which none that uses it can pass.
    pub(super) fn has_firm_folder(&self, path: &str) -> bool {
        let is_firm = FOLDERS.contains(&path) || self.folders.get(path) == Some(&true);
        is_firm && self.has_folder(path)
    }

    /// Whether a folder is certainly there.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        let is_standard = !self.is_empty && FOLDERS.contains(&path);
        let place = PathSet::exact(path);
        let is_there = path == "/" || is_standard || self.folders.contains_key(path);
        // The distribution's own links are no reason to doubt its folders.
        let may_be_gone = !is_standard && self.may_contain_symlinks(&place)
            || self.removed.iter().any(|removed| place.leads_through(removed));
        is_there && !self.lost && !may_be_gone
    }

    /// Whether something unknown may be on the way to a place, or there.
    pub(super) fn may_contain_symlinks(&self, place: &PathSet) -> bool {
        self.lost
            || self
                .may_contain_symlinks
                .iter()
                .any(|may_contain_symlinks| place.leads_through(may_contain_symlinks))
    }

    /// Where a place is as well, through links; `None` where they go in circles.
    pub(super) fn aliases(&self, place: &PathSet) -> Option<Vec<PathSet>> {
        const MOST: usize = 32;
        let mut places = vec![place.clone()];
        let mut at = 0;
        while at < places.len() {
            for (link, target) in &self.links {
                let through = places[at].moved(link, target);
                // A pattern or a whole folder may have the link in it.
                let within = PathSet::exact(link).meets(&places[at]).then(|| PathSet::deep(target));
                for alias in through.into_iter().chain(within) {
                    if !places.contains(&alias) {
                        places.push(alias);
                    }
                }
            }
            at += 1;
            if places.len() > MOST {
                return None;
            }
        }
        Some(places)
    }

    /// Where commands are found.
    pub(super) fn path(&self) -> Option<&[String]> {
        self.path.as_deref()
    }

    /// Whether commands are found in a folder, under this or another of its names.
    pub(super) fn finds_commands_in(&self, folder: &str) -> bool {
        let Some(path) = &self.path else { return true };
        let place = PathSet::exact(folder);
        path.iter().any(|entry| {
            let aliases = self.aliases(&PathSet::exact(entry));
            aliases.is_none_or(|aliases| aliases.contains(&place))
        })
    }

    /// Whether the file's own steps are taken by their word, and its build arguments by their defaults.
    pub fn trusts(&self) -> bool {
        self.trusts
    }

    /// Whether a command may be something else than the standard one: a step has put one of its name
    /// somewhere, or may have filled a folder of `PATH`.
    pub(super) fn may_hide(&self, command: &str) -> bool {
        let Some(path) = &self.path else { return true };
        let mut entries = path.iter().map(|folder| PathSet::exact(&format!("{folder}/{command}")));
        self.lost
            || self.brought.contains(command)
            || entries.any(|entry| {
                self.may_contain_symlinks
                    .iter()
                    .any(|may_contain_symlinks| entry.leads_through(may_contain_symlinks))
            })
    }

    /// Takes note of an `ENV` that sets `PATH`; `expand` gives the text of one part of it.
    pub fn set_path(&mut self, value: &str, expand: &dyn Fn(&str) -> Option<String>) {
        let value = value.trim_matches(['"', '\'']);
        let mut folders = Vec::new();
        for part in value.split(':') {
            let part = part.trim_matches(['"', '\'']);
            match (part, &self.path) {
                ("$PATH" | "${PATH}", Some(path)) => folders.extend(path.iter().cloned()),
                _ => match expand(part) {
                    Some(folder) if folder.starts_with('/') => folders.push(clean(&folder)),
                    _ => {
                        self.path = None;
                        return;
                    }
                },
            }
        }
        self.path = Some(folders);
    }

    /// Takes note of what a step did.
    pub fn after(&mut self, effects: &Effects, who: &StepUser) {
        for fact in &effects.facts {
            match fact {
                Fact::Account { name, home } => {
                    self.accounts.insert(name.clone(), home.clone());
                }
                Fact::Folder { path, is_own } => {
                    for folder in ancestors(path) {
                        self.folders.entry(folder.to_owned()).or_insert(false);
                    }
                    *self.folders.entry(path.clone()).or_insert(false) |= is_own;
                }
                Fact::Link { at, to } => {
                    let link = (at.clone(), to.clone());
                    if !self.links.contains(&link) {
                        self.links.push(link);
                    }
                }
                Fact::MayContainSymlinks(place) => self.note_symlinks(place.clone()),
                Fact::Granted(place) => self.granted.push(place.clone()),
                Fact::Removed(place) => self.removed.push(place.clone()),
                Fact::Sudo => self.has_sudo = true,
                Fact::AccountsEdited => self.are_accounts_edited = true,
            }
        }
        self.brought.extend(effects.brings.iter().cloned());
        let Some(unknown) = &effects.unknown else { return };
        if unknown.is_package_manager || self.trusts {
            return;
        }
        match who {
            StepUser::Named(name) if self.is_own(name) && !self.has_sudo => {
                let home = self.home(name).map(PathSet::deep);
                let shared = SHARED.iter().map(|path| PathSet::deep(path));
                let reach: Vec<PathSet> =
                    home.into_iter().chain(shared).chain(self.granted.iter().cloned()).collect();
                reach.into_iter().for_each(|place| self.note_symlinks(place));
            }
            _ => self.lost = true,
        }
    }

    fn note_symlinks(&mut self, place: PathSet) {
        if !self.trusts && !self.may_contain_symlinks.contains(&place) {
            self.may_contain_symlinks.push(place);
        }
    }
}
