//! What an instruction does: `RUN`, `COPY`, `ADD` and `WORKDIR`. All others only change the state.

use super::interpret::{Arg, Interpreter, Reason, account, accounts};
use super::likely::{self, Reader};
use super::names::ACCOUNT_FILES;
use super::path_set::{ancestors, clean};
use super::{CreatedAs, Effects, Fact, FsModel, PathSet, StepUser, Variables};
use crate::shell::{self, Field, Invocation};
use crate::{Block, File, Instruction, State, Workdir};

/// The effects of a block; `None` for one that only changes the state.
pub fn of_block(file: &File, at: usize, fs: &FsModel) -> Option<Effects> {
    let block = &file.blocks()[at];
    let state = file.state(at);
    let who = StepUser::at(state);
    match block.instruction.keyword.as_str() {
        "RUN" => Some(run(file, block, state, fs, &who)),
        "COPY" | "ADD" => Some(copy(&block.instruction, state, fs)),
        "WORKDIR" => Some(workdir(&block.instruction, state, fs, &who)),
        _ => None,
    }
}

fn run(file: &File, block: &Block, state: &State, fs: &FsModel, who: &StepUser) -> Effects {
    let instruction = &block.instruction;
    let invocation = Invocation::of(state.shell());
    let read_as = invocation.unwrap_or(Invocation { dialect: shell::Dialect::Sh, errexit: false });
    let mut shell = Interpreter::new(fs, who, state, read_as);
    let text = match text_of(file, block) {
        StepProgram::Exec(words) => {
            let plain = |text: &String| Arg::Field(Field { text: text.clone(), is_pattern: false });
            let words: Vec<Arg> = words.iter().map(plain).collect();
            shell.execute(&words);
            instruction.arguments.clone()
        }
        StepProgram::Shell(text) => {
            if invocation.is_none() {
                shell.mark_unknown(Reason::OtherShell);
            }
            script(&mut shell, &text);
            text
        }
        StepProgram::Script { interpreter, text } => {
            if interpreter.is_none() {
                shell.mark_unknown(Reason::OtherInterpreter);
            }
            script(&mut shell, &text);
            text
        }
    };
    mounts(&mut shell, instruction);
    let home = shell.home_of_user();
    let cwd = match state.workdir() {
        Workdir::Known(path) => Some(clean(path)),
        Workdir::Inherited | Workdir::Unknown => None,
    };
    let mut effects = shell.effects;
    effects.compares_times = !effects.is_understood() && likely::compares_times(&text);
    if text.contains("sudo") || text.contains("doas") {
        effects.facts.push(Fact::Sudo);
    }
    if !effects.is_understood() {
        guess(&mut effects, &text, state, fs, home.as_deref(), cwd.as_deref());
    }
    effects
}

/// Adds what an unknown step probably touches.
fn guess(
    effects: &mut Effects,
    text: &str,
    state: &State,
    fs: &FsModel,
    home: Option<&str>,
    cwd: Option<&str>,
) {
    effects.variables = Variables::All;
    effects.uses_workdir = true;
    let reader = Reader {
        home,
        cwd,
        home_of: &|user| fs.home(user).map(str::to_owned),
        variable: &|name| {
            let value = state.variable(name).and_then(|value| value.known());
            value.map(str::to_owned)
        },
    };
    let mut places = likely::paths(text, &reader);
    places.extend(likely::belongings(&effects.commands, text, home, cwd));
    let mut all: Vec<PathSet> = Vec::new();
    for place in places {
        for place in fs.aliases(&place).unwrap_or_else(|| vec![place.clone()]) {
            if !all.contains(&place) {
                all.push(place);
            }
        }
    }
    effects.likely = all;
    effects.words = likely::words(text);
}

fn script(shell: &mut Interpreter<'_>, text: &str) {
    match shell::parse(text) {
        Ok(program) => shell.program(&program),
        Err(fault) => shell.mark_unknown(fault.into()),
    }
}

enum StepProgram {
    /// `["program", "argument"]`.
    Exec(Vec<String>),
    /// For the shell that is in force.
    Shell(String),
    /// A heredoc with its own interpreter; `None` for one that is not read here.
    Script { interpreter: Option<()>, text: String },
}

fn text_of(file: &File, block: &Block) -> StepProgram {
    let instruction = &block.instruction;
    if let Ok(words) = serde_json::from_str::<Vec<String>>(&instruction.exact) {
        return StepProgram::Exec(words);
    }
    let is_only_heredoc =
        instruction.exact.starts_with("<<") && !instruction.exact.contains(char::is_whitespace);
    match instruction.heredocs.as_slice() {
        [] => StepProgram::Shell(instruction.exact.clone()),
        [body] if is_only_heredoc => match body.strip_prefix("#!") {
            None => StepProgram::Shell(body.clone()),
            Some(rest) => {
                let (interpreter, text) = rest.split_once('\n').unwrap_or((rest, ""));
                let is_shell =
                    matches!(interpreter.trim(), "/bin/sh" | "/bin/bash" | "/usr/bin/bash");
                StepProgram::Script { interpreter: is_shell.then_some(()), text: text.to_owned() }
            }
        },
        _ => {
            let mut text = format!("{}\n", instruction.exact);
            for heredoc in &block.heredocs {
                text.push_str(&file.text()[heredoc.body.clone()]);
                text.push_str(&heredoc.name);
                text.push('\n');
            }
            StepProgram::Shell(text)
        }
    }
}

/// `--mount`: the place of each is made, a cache is shared by all steps that name it.
fn mounts(shell: &mut Interpreter<'_>, instruction: &Instruction) {
    for mount in instruction.mounts() {
        let Some(target) = mount.place() else { continue };
        if target.contains('$') {
            shell.mark_unknown(Reason::UncertainMountTarget);
            continue;
        }
        let made = shell.place_of(&target, false).and_then(|place| {
            // What is made below it is gone with it; the folders above it stay.
            shell.effects.facts.retain(|fact| !fact.is_below(&place));
            let fs = shell.fs;
            if let Some(path) = place.path() {
                let above = ancestors(&path).last().unwrap_or("/");
                shell.effects.make_folders(fs, above, &CreatedAs::by_mount());
            }
            shell.write(&place)
        });
        made.unwrap_or_else(|why| shell.mark_unknown(why));
        if mount.kind == "cache" {
            let cache = PathSet::resource(&["cache", mount.id.unwrap_or(&target)]);
            shell.effects.reads.push(cache.clone());
            shell.effects.writes.push(cache);
        }
    }
}

/// Names that are files and no folders, by their endings. A folder would bring links with it.
const FILE_ENDINGS: &[&str] = &[
    "bash",
    "c",
    "cfg",
    "cjs",
    "conf",
    "crt",
    "css",
    "csv",
    "env",
    "h",
    "html",
    "ini",
    "js",
    "json",
    "key",
    "list",
    "lock",
    "lua",
    "md",
    "mjs",
    "pem",
    "pl",
    "properties",
    "py",
    "rb",
    "rs",
    "service",
    "sh",
    "sql",
    "svg",
    "toml",
    "ts",
    "txt",
    "xml",
    "yaml",
    "yml",
    "zsh",
];

fn copy(instruction: &Instruction, state: &State, fs: &FsModel) -> Effects {
    let mut effects = Effects::default();
    let words: Option<Vec<String>> =
        instruction.words().iter().map(|word| state.expand(word)).collect();
    for name in mentioned_variables(instruction) {
        if let Variables::Some(names) = &mut effects.variables {
            names.insert(name);
        }
    }
    let owner = instruction.flag("chown").last().map(|owner| state.expand(owner));
    let created_as = match &owner {
        None => CreatedAs::by_root(),
        Some(Some(owner)) => {
            read_owner(&mut effects, owner);
            CreatedAs::by_engine("copy", owner)
        }
        Some(None) => {
            effects.read(accounts());
            CreatedAs::by_copy_for_unknown()
        }
    };
    let Some((target, sources)) = words.as_deref().and_then(|words| words.split_last()) else {
        effects.mark_unknown(Reason::UncertainDestination, false);
        return effects;
    };
    let Some(folder) = absolute(target, state, &mut effects) else {
        effects.mark_unknown(Reason::UncertainDestination, false);
        return effects;
    };
    let says_so =
        target.ends_with('/') || target.ends_with("/.") || target == "." || sources.len() > 1;
    let is_folder = says_so || fs.has_folder(&folder);
    if is_folder && !says_so {
        // It counts on whoever made it one.
        effects.read(PathSet::exact(&folder));
    }
    let copies_trees = instruction.flag("parents").next().is_some();
    let mut writes = Vec::new();
    for source in sources {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let name = name
            .strip_prefix("<<")
            .map_or(name, |name| name.trim_start_matches('-').trim_matches(['"', '\'']));
        let is_heredoc = source.starts_with("<<");
        let ending =
            name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending);
        // By its ending, which a folder may have too.
        let is_file = is_heredoc
            || fs.trusts()
                && !source.ends_with('/')
                && !source.contains(['*', '?', '['])
                && ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending));
        if !is_file || copies_trees {
            writes.push(PathSet::deep(&folder));
            continue;
        }
        writes.push(PathSet::exact(&format!("{folder}/{name}")));
        if !is_folder {
            writes.push(PathSet::exact(&folder));
        }
    }
    let grants = owner.is_some() || instruction.flag("chmod").next().is_some();
    for place in writes {
        let Some(places) = fs
            .aliases(&place)
            .filter(|places| !places.iter().any(|place| fs.may_contain_symlinks(place)))
        else {
            effects.mark_unknown(Reason::MayContainSymlinks(place.to_string()), false);
            continue;
        };
        for place in places {
            // A folder brings its links with it; only folders are written as a whole.
            if place.path().is_none() {
                effects.facts.push(Fact::MayContainSymlinks(place.clone()));
            }
            write(&mut effects, fs, place, grants);
        }
    }
    let made = if is_folder { Some(folder.as_str()) } else { ancestors(&folder).last() };
    if let Some(made) = made {
        effects.make_folders(fs, made, &created_as);
        effects.facts.push(Fact::Folder { path: made.to_owned(), is_own: false });
    }
    if !effects.is_understood() {
        effects.likely.push(PathSet::deep(&folder));
    }
    effects
}

fn write(effects: &mut Effects, fs: &FsModel, place: PathSet, grants: bool) {
    if ACCOUNT_FILES.iter().any(|path| place.meets(&PathSet::exact(path))) {
        effects.write(accounts());
        effects.facts.push(Fact::AccountsEdited);
    }
    effects.note_command(fs, &place);
    if grants {
        effects.facts.push(Fact::Granted(place.clone().and_below()));
    }
    effects.write(place);
}

fn read_owner(effects: &mut Effects, owner: &str) {
    let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
    for name in [user, group].into_iter().filter(|name| !name.is_empty()) {
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        effects.read(account(name));
    }
}

/// The names of variables in an instruction's text.
pub(crate) fn mentioned_variables(instruction: &Instruction) -> Vec<String> {
    let mut text = instruction.exact.clone();
    for (_, value) in &instruction.flags {
        text.push(' ');
        text.push_str(value);
    }
    instruction.heredocs.iter().for_each(|body| text.push_str(body));
    let name_of = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    text.split('$').skip(1).map(name_of).filter(|name| !name.is_empty()).collect()
}

/// A path in the image; relative ones are below the working folder.
fn absolute(path: &str, state: &State, effects: &mut Effects) -> Option<String> {
    if path.starts_with('/') {
        return Some(clean(path));
    }
    effects.uses_workdir = true;
    match state.workdir() {
        Workdir::Known(folder) => Some(clean(&format!("{folder}/{path}"))),
        Workdir::Inherited | Workdir::Unknown => None,
    }
}

/// `WORKDIR` makes the folder, and those above it, for the user in force (`dispatchWorkdir` in BuildKit's
/// `dockerfile2llb`).
fn workdir(instruction: &Instruction, state: &State, fs: &FsModel, who: &StepUser) -> Effects {
    let mut effects = Effects::default();
    let path =
        state.expand(&instruction.exact).and_then(|path| absolute(&path, state, &mut effects));
    let Some(path) = path else {
        effects.mark_unknown(Reason::UncertainFolder, false);
        return effects;
    };
    let created_as = CreatedAs::by_engine("workdir", &state.user().to_string());
    let place = PathSet::exact(&path);
    let Some(places) = fs
        .aliases(&place)
        .filter(|places| !places.iter().any(|place| fs.may_contain_symlinks(place)))
    else {
        effects.mark_unknown(Reason::MayContainSymlinks(path.to_string()), false);
        effects.likely.push(place);
        return effects;
    };
    for place in places {
        let Some(path) = place.path() else { continue };
        if !fs.has_folder(&path) {
            effects.make_folders(fs, &path, &created_as);
        }
        effects.read(place);
        if *who != StepUser::Root {
            effects.facts.push(Fact::Granted(PathSet::deep(&path)));
        }
        effects.facts.push(Fact::Folder { path, is_own: false });
    }
    if !effects.makes.is_empty() {
        match who {
            StepUser::Root => {}
            StepUser::Named(name) => effects.read(account(name)),
            StepUser::Numeric(_) | StepUser::Unknown => effects.read(accounts()),
        }
    }
    effects
}
