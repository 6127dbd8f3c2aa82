//! A patch against a tree: all files and all hunks, or nothing.

use super::hunks::{HunksResult, fit};
use super::{
    Evidence, FileOutcome, FilePatch, FileState, HunkPlace, Language, Mode, Operation, Outcome,
    PackageType, ParseFault, PatchFile, Reason, Tree, Verdict, lint, parse_check,
};
use hash::sha256;

/// What is to be done to the tree: paths with their new state, or none where they go.
type Changes = Vec<(String, Option<FileState>)>;

/// Reads a patch file and judges it against a tree.
pub fn apply_text(patch: &[u8], tree: &Tree) -> Outcome {
    match lint(patch) {
        Ok(patch) => apply(&patch, tree),
        Err(faults) => Outcome::malformed(faults),
    }
}

/// Judges a patch against a tree. Where the verdict is clean the outcome has the tree after.
pub fn apply(patch: &PatchFile, tree: &Tree) -> Outcome {
    let mut files = Vec::with_capacity(patch.files.len());
    let mut changes = Changes::new();
    for file in &patch.files {
        let judged = judge(file, tree);
        files.push(outcome(file, tree, &judged));
        changes.extend(judged.changes);
    }
    let verdict = together(patch, &mut files);
    let tree = verdict.is_clean().then(|| {
        let mut tree = tree.clone();
        for (path, state) in changes {
            match state {
                Some(state) => tree.insert(path, state),
                None => tree.remove(&path),
            };
        }
        tree
    });
    if let Some(tree) = &tree {
        for file in &mut files {
            file.after = tree.get(&file.path).map(|state| sha256(&state.bytes));
        }
    }
    Outcome { verdict, faults: Vec::new(), files, tree }
}

impl Outcome {
    /// The same, unless a file of the tree after does not parse as what it was `before`: then the
    /// verdict says so.
    #[must_use]
    pub fn parse_checked(self, before: &Tree, package: impl Fn(&str) -> PackageType) -> Self {
        let known = |path: &str, bytes: &[u8]| match before.get(path) {
            Some(state) => match Language::of(path, &state.bytes, package(path)) {
                Some(language) => language.check(path, bytes),
                None => Ok(()),
            },
            None => parse_check(path, bytes, package(path)).map(drop),
        };
        self.checked(known)
    }

    /// The same for one file of which it is known what it is.
    #[must_use]
    pub fn parses_as(self, language: Option<Language>) -> Self {
        self.checked(|path, bytes| language.map_or(Ok(()), |known| known.check(path, bytes)))
    }

    fn checked(mut self, check: impl Fn(&str, &[u8]) -> Result<(), ParseFault>) -> Self {
        let Some(tree) = &self.tree else { return self };
        for file in &mut self.files {
            let Some(state) = tree.get(&file.path) else { continue };
            if let Err(fault) = check(&file.path, &state.bytes) {
                file.verdict = Verdict::DoesNotParse;
                file.parse = Some(fault);
                self.verdict = Verdict::DoesNotParse;
            }
        }
        if self.verdict == Verdict::DoesNotParse {
            self.tree = None;
            self.files.iter_mut().for_each(|file| file.after = None);
        }
        self
    }
}

/// One file, and what it would change.
struct Judged {
    verdict: Verdict,
    places: Vec<HunkPlace>,
    evidence: Vec<Evidence>,
    changes: Changes,
}

impl Judged {
    fn done(verdict: Verdict, changes: Changes) -> Self {
        Self { verdict, places: Vec::new(), evidence: Vec::new(), changes }
    }

    fn refused(verdict: Verdict, evidence: Vec<Evidence>) -> Self {
        Self { verdict, places: Vec::new(), evidence, changes: Changes::new() }
    }
}

fn outcome(file: &FilePatch, tree: &Tree, judged: &Judged) -> FileOutcome {
    let source = match &file.operation {
        Operation::Rename { from, .. } if tree.contains_key(from) => from,
        other => other.path(),
    };
    FileOutcome {
        path: file.operation.path().to_owned(),
        verdict: judged.verdict,
        places: judged.places.clone(),
        evidence: judged.evidence.clone(),
        before: tree.get(source).map(|state| sha256(&state.bytes)),
        after: None,
        parse: None,
    }
}

/// The verdict on all files together. A patch that is in some files already is in conflict with
/// the tree, not half done.
fn together(patch: &PatchFile, files: &mut [FileOutcome]) -> Verdict {
    let most_severe =
        files.iter().map(|file| file.verdict).max_by_key(|verdict| verdict.severity_rank());
    let Some(most_severe) = most_severe else { return Verdict::Exact };
    let is_applied = |file: &FileOutcome| file.verdict == Verdict::AlreadyApplied;
    if most_severe == Verdict::AlreadyApplied {
        return most_severe;
    }
    if files.iter().any(is_applied) && most_severe.is_clean() {
        for (file, patch) in files.iter_mut().zip(&patch.files) {
            if is_applied(file) {
                file.evidence.push(Evidence::new(Reason::FileApplied, None, patch.line));
            }
        }
        return Verdict::Conflict;
    }
    match most_severe {
        Verdict::Offset { .. } => of_places(files.iter().flat_map(|file| &file.places)),
        other => other,
    }
}

fn of_places<'a>(places: impl Iterator<Item = &'a HunkPlace>) -> Verdict {
    match places.map(|place| place.by).max_by_key(|by| by.abs()) {
        None | Some(0) => Verdict::Exact,
        Some(by) => Verdict::Offset { by },
    }
}

fn judge(file: &FilePatch, tree: &Tree) -> Judged {
    let about = |reason| Evidence::new(reason, None, file.line);
    match &file.operation {
        Operation::Modify { path } => match tree.get(path) {
            Some(state) => modify(file, state, |state| vec![(path.clone(), Some(state))]),
            None => Judged::refused(Verdict::TargetMissing, vec![about(Reason::FileMissing)]),
        },
        Operation::Create { path } => create(file, path, tree),
        Operation::Delete { path } => delete(file, path, tree),
        Operation::Rename { from, to } => match (tree.get(from), tree.get(to)) {
            (Some(state), None) if file.old_mode.is_some_and(|old| old != state.mode) => {
                other_mode(file, state.mode)
            }
            (Some(state), None) => {
                let changes = |state| vec![(from.clone(), None), (to.clone(), Some(state))];
                moved(modify(file, state, changes), file, from, to, state)
            }
            (None, Some(state)) => renamed(file, state),
            (Some(_), Some(_)) => {
                Judged::refused(Verdict::Conflict, vec![about(Reason::FileExists)])
            }
            (None, None) => {
                Judged::refused(Verdict::TargetMissing, vec![about(Reason::FileMissing)])
            }
        },
    }
}

/// Content and mode of a file that is there.
fn modify(
    file: &FilePatch,
    state: &FileState,
    changes: impl FnOnce(FileState) -> Changes,
) -> Judged {
    let mode = file.new_mode.unwrap_or(state.mode);
    let fits_before = file.old_mode.is_none_or(|old| old == state.mode);
    if file.hunks.is_empty() {
        return if mode == state.mode {
            Judged::done(Verdict::AlreadyApplied, Changes::new())
        } else if fits_before {
            let state = FileState { mode, ..state.clone() };
            Judged::done(Verdict::Exact, changes(state))
        } else {
            other_mode(file, state.mode)
        };
    }
    match fit(&file.hunks, &state.bytes) {
        HunksResult::Applies { .. } if !fits_before => other_mode(file, state.mode),
        HunksResult::Applies { bytes, places } => Judged {
            verdict: of_places(places.iter()),
            places,
            evidence: Vec::new(),
            changes: changes(FileState { bytes: bytes.into(), mode }),
        },
        HunksResult::Applied { .. } if mode != state.mode => other_mode(file, state.mode),
        HunksResult::Applied { places } => Judged {
            verdict: Verdict::AlreadyApplied,
            places,
            evidence: Vec::new(),
            changes: Changes::new(),
        },
        HunksResult::Refused { verdict, evidence } => Judged::refused(verdict, evidence),
    }
}

/// A rename whose source is there: whether its lines are changed already or not, it has to move.
fn moved(judged: Judged, file: &FilePatch, from: &str, to: &str, state: &FileState) -> Judged {
    match judged.verdict {
        Verdict::AlreadyApplied if file.hunks.is_empty() => {
            let changes = vec![(from.to_owned(), None), (to.to_owned(), Some(state.clone()))];
            Judged::done(Verdict::Exact, changes)
        }
        Verdict::AlreadyApplied => {
            let evidence = Evidence::new(Reason::PartlyApplied, None, file.line);
            Judged::refused(Verdict::Conflict, vec![evidence])
        }
        _ => judged,
    }
}

/// A rename whose source is gone and whose destination is there.
fn renamed(file: &FilePatch, state: &FileState) -> Judged {
    let judged = modify(file, state, |_| Changes::new());
    match judged.verdict {
        Verdict::Exact | Verdict::Offset { .. } => {
            let evidence = Evidence::new(Reason::PartlyApplied, None, file.line);
            Judged::refused(Verdict::Conflict, vec![evidence])
        }
        _ => judged,
    }
}

fn create(file: &FilePatch, path: &str, tree: &Tree) -> Judged {
    let bytes: String = file.hunks.iter().flat_map(super::Hunk::post_image).collect();
    let mode = file.new_mode.unwrap_or_default();
    let Some(state) = tree.get(path) else {
        let state = FileState { bytes: bytes.into(), mode };
        return Judged::done(Verdict::Exact, vec![(path.to_owned(), Some(state))]);
    };
    if state.bytes != bytes.as_bytes() {
        return Judged::refused(Verdict::Conflict, vec![contents(file, Reason::FileExists, state)]);
    }
    match file.new_mode.is_none_or(|mode| mode == state.mode) {
        true => Judged::done(Verdict::AlreadyApplied, Changes::new()),
        false => other_mode(file, state.mode),
    }
}

fn delete(file: &FilePatch, path: &str, tree: &Tree) -> Judged {
    let bytes: String = file.hunks.iter().flat_map(super::Hunk::pre_image).collect();
    match tree.get(path) {
        None => Judged::done(Verdict::AlreadyApplied, Changes::new()),
        Some(state) if state.bytes == bytes.as_bytes() => {
            Judged::done(Verdict::Exact, vec![(path.to_owned(), None)])
        }
        Some(state) => {
            let evidence = contents(file, Reason::OtherContent, state);
            Judged::refused(Verdict::Conflict, vec![evidence])
        }
    }
}

/// Expected and found content of a file that is created or deleted as a whole.
fn contents(file: &FilePatch, reason: Reason, state: &FileState) -> Evidence {
    let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    let expected: Vec<&[u8]> = lines.map(|line| line.text.as_bytes()).collect();
    let found = super::line::lines(&state.bytes);
    Evidence::new(reason, None, file.line).expecting(&expected).finding(&found)
}

fn other_mode(file: &FilePatch, found: Mode) -> Judged {
    let mut evidence = Evidence::new(Reason::OtherMode, None, file.line);
    evidence.expected = file.old_mode.iter().map(|mode| mode.as_str().to_owned()).collect();
    evidence.found = vec![found.as_str().to_owned()];
    Judged::refused(Verdict::Conflict, vec![evidence])
}
