//! Records what commands read, write, remove and make, under all the names that a place has.

use super::arg::Arg;
use super::interpreter::Interpreter;
use super::reason::Reason;
use super::resources::{accounts, is_device};
use crate::effects::names::ACCOUNT_FILES;
use crate::effects::path_set::{ancestors, clean};
use crate::effects::{CreatedAs, Effects, Fact, FsModel, PathSet, StepUser};

impl Interpreter<'_> {
    /// The place that an argument names, after `.` and relative paths.
    pub fn place(&mut self, arg: &Arg) -> Result<PathSet, Reason> {
        let field = match arg {
            Arg::Field(field) => field,
            Arg::Opaque(word) => return Err(Reason::UncertainWord(word.to_string())),
        };
        self.place_of(&field.text, field.is_pattern)
    }

    pub fn place_of(&mut self, text: &str, is_pattern: bool) -> Result<PathSet, Reason> {
        if text.is_empty() {
            return Err(Reason::EmptyPath);
        }
        if text.split('/').any(|part| part == "..") {
            return Err(Reason::ParentFolder(text.to_string()));
        }
        let path = if text.starts_with('/') {
            text.to_owned()
        } else {
            self.effects.uses_workdir |= self.now.is_at_start;
            match &self.now.cwd {
                Some(cwd) => format!("{cwd}/{text}"),
                None => {
                    return Err(Reason::RelativeToUncertain(text.to_string()));
                }
            }
        };
        Ok(if is_pattern { PathSet::pattern(&path) } else { PathSet::exact(&path) })
    }

    /// All that a place stands for, links followed; an error where it may be anywhere.
    pub fn everywhere(&self, place: &PathSet) -> Result<Vec<PathSet>, Reason> {
        let may_contain_symlinks = || Reason::MayContainSymlinks(place.to_string());
        let places = self.fs.aliases(place).ok_or_else(may_contain_symlinks)?;
        match places.iter().any(|place| self.fs.may_contain_symlinks(place)) {
            true => Err(may_contain_symlinks()),
            false => Ok(places),
        }
    }

    pub fn read(&mut self, place: &PathSet) -> Result<(), Reason> {
        if is_device(place) {
            return Ok(());
        }
        for place in self.everywhere(place)? {
            self.note_accounts(&place, false);
            self.effects.read(place);
        }
        Ok(())
    }

    pub fn write(&mut self, place: &PathSet) -> Result<(), Reason> {
        if is_device(place) {
            return Ok(());
        }
        for place in self.everywhere(place)? {
            self.note_accounts(&place, true);
            self.note_command(&place);
            if *self.who != StepUser::Root || !self.now.has_plain_umask {
                self.effects.facts.push(Fact::Granted(place.clone()));
            }
            self.effects.write(place);
        }
        Ok(())
    }

    /// Removes: the folders that were there are not certain any more.
    pub fn remove(&mut self, place: &PathSet) -> Result<(), Reason> {
        self.write(place)?;
        self.note_everywhere(place, Fact::Removed)
    }

    /// Notes a fact of a place under all its names.
    pub fn note_everywhere(
        &mut self,
        place: &PathSet,
        fact: impl Fn(PathSet) -> Fact,
    ) -> Result<(), Reason> {
        let places = self.everywhere(place)?;
        self.effects.facts.extend(places.into_iter().map(fact));
        Ok(())
    }

    /// Makes a folder, and those above it, where they are missing.
    pub fn make_folders(&mut self, place: &PathSet, has_plain_mode: bool) -> Result<(), Reason> {
        let Some(path) = place.path() else { return self.write(&place.clone().and_below()) };
        for place in self.everywhere(place)? {
            let Some(real) = place.path() else { return self.write(&place) };
            let who = CreatedAs::by_run(self.who, self.state.user());
            let created_as = if has_plain_mode && self.now.has_plain_umask {
                who
            } else {
                who.with_own_mode(path.clone())
            };
            self.effects.make_folders(self.fs, &real, &created_as);
            // Where a link leads is not as certain as that there is something.
            if self.is_certain() && real == path {
                self.effects.facts.push(Fact::Folder { path: real, is_own: false });
            }
            if *self.who != StepUser::Root || !self.now.has_plain_umask {
                self.effects.facts.push(Fact::Granted(place.clone().and_below()));
            }
        }
        Ok(())
    }

    /// Whether a place is certainly a folder.
    pub fn is_folder(&self, place: &PathSet) -> bool {
        place.path().is_some_and(|path| self.fs.has_folder(&path))
    }

    /// Account files written by hand.
    pub(super) fn note_accounts(&mut self, place: &PathSet, is_write: bool) {
        if ACCOUNT_FILES.iter().any(|path| place.meets(&PathSet::exact(path))) {
            if is_write {
                self.effects.write(accounts());
                self.effects.facts.push(Fact::AccountsEdited);
            } else {
                self.effects.read(accounts());
            }
        }
    }

    /// A file in a folder of commands is a command.
    pub(super) fn note_command(&mut self, place: &PathSet) {
        self.effects.note_command(self.fs, place);
    }
}

impl Effects {
    /// A file in a folder of commands is a command; of a pattern, and of a whole folder, nobody knows
    /// which.
    pub(in crate::effects) fn note_command(&mut self, fs: &FsModel, place: &PathSet) {
        let Some(folder) = place.parent() else { return };
        if !folder.ends_with("/bin") && !fs.finds_commands_in(&folder) {
            return;
        }
        match place.name() {
            Some(name) => {
                self.brings.insert(name.to_owned());
            }
            None => self.facts.push(Fact::MayContainSymlinks(place.clone())),
        }
    }

    /// Records that a folder is made, and those above it, where they are missing. What the distribution
    /// has is not missing, nor what a step has written; what was made where it was missing would be
    /// made here as well.
    pub(in crate::effects) fn make_folders(
        &mut self,
        fs: &FsModel,
        path: &str,
        created_as: &CreatedAs,
    ) {
        let path = clean(path);
        for folder in ancestors(&path).chain([path.as_str()]) {
            let place = PathSet::exact(folder);
            if fs.has_firm_folder(folder) {
                self.read(place);
            } else if !self.makes.iter().any(|(made, _)| *made == place) {
                self.makes.push((place, created_as.clone()));
            }
        }
    }
}
