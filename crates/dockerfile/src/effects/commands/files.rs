//! Commands that make, change and remove files.

use super::super::interpret::{Arg, Interpreter, Reason, account, accounts};
use super::super::{Fact, OwnerChange, PathSet};
use super::options::{OptionSpec, ParsedOptions};

/// Executes a command on files; `None` where it is not one.
pub(super) fn execute(
    shell: &mut Interpreter<'_>,
    name: &str,
    args: &[Arg],
) -> Option<Result<(), Reason>> {
    Some(match name {
        "mkdir" => mkdir(shell, args),
        "touch" => touch(shell, args),
        "rm" => rm(shell, args),
        "rmdir" => rmdir(shell, args),
        "cp" => cp(shell, args),
        "mv" => mv(shell, args),
        "ln" => ln(shell, args),
        "chmod" | "chown" | "chgrp" => change(shell, name, args),
        "install" => install(shell, args),
        "tee" => tee(shell, args),
        "git" => git_config(shell, args),
        _ => return None,
    })
}

const VERBOSE: &[(&str, char)] = &[("verbose", 'v')];

fn mkdir(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "pv",
        valued: "m",
        long: &[("parents", 'p'), ("verbose", 'v')],
        long_valued: &[("mode", 'm')],
    };
    let options = known.read(args)?;
    for operand in &options.operands {
        let place = shell.place(operand)?;
        if options.has('p') && !options.has('m') {
            shell.make_folders(&place, true)?;
        } else {
            if options.has('p') {
                shell.make_folders(&place, false)?;
            }
            shell.write(&place)?;
            made(shell, &place);
        }
        if options.has('m') {
            shell.note_everywhere(&place.and_below(), Fact::Granted)?;
        }
    }
    Ok(())
}

/// A folder is there now.
fn made(shell: &mut Interpreter<'_>, place: &PathSet) {
    if let (Some(path), true) = (place.path(), shell.is_certain()) {
        shell.fact(Fact::Folder { path, is_own: true });
    }
}

fn touch(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "acmh",
        valued: "dt",
        long: &[("no-create", 'c')],
        long_valued: &[("date", 'd')],
    };
    for operand in known.read(args)?.operands {
        let place = shell.place(operand)?;
        shell.write(&place)?;
    }
    Ok(())
}

fn rm(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "rRfvd",
        valued: "",
        long: &[("recursive", 'r'), ("force", 'f'), ("verbose", 'v')],
        long_valued: &[],
    };
    let options = known.read(args)?;
    let is_deep = options.has('r') || options.has('R');
    for operand in &options.operands {
        let place = shell.place(operand)?;
        shell.remove(&if is_deep { place.and_below() } else { place })?;
    }
    Ok(())
}

fn rmdir(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "v", valued: "", long: VERBOSE, long_valued: &[] };
    for operand in known.read(args)?.operands {
        let place = shell.place(operand)?;
        // Whether it is empty counts.
        shell.remove(&place.and_below())?;
    }
    Ok(())
}

/// Sources, and where each of them may end up.
struct Transfer {
    from: PathSet,
    to: Vec<PathSet>,
}

/// What `cp`, `mv`, `ln` and `install` take where. `-t` names the folder, `-T` says that the last operand
/// is none; else it is one if it ends in `/`, is known to be one, or has several sources; or it may be.
fn transfers(
    shell: &mut Interpreter<'_>,
    options: &ParsedOptions<'_>,
) -> Result<Vec<Transfer>, Reason> {
    let mut operands = options.operands.clone();
    let unclear = || Reason::UncertainDestination;
    let target = match options.value('t') {
        Some(target) => target.clone(),
        None => operands.pop().ok_or_else(unclear)?.clone(),
    };
    let to = shell.place(&target)?;
    let Some(folder) = to.path() else { return Err(unclear()) };
    let is_folder = options.has('t')
        || operands.len() > 1
        || operands.iter().any(|operand| operand.text().is_none())
        || target.text().is_some_and(|text| text.ends_with(['/', '.']))
        || shell.is_folder(&to);
    let mut transfers = Vec::new();
    for operand in operands {
        // A symbolic link may lead anywhere: its target is not looked at.
        let is_mere_text =
            options.has('s') && operand.text().is_some_and(|text| !text.starts_with('/'));
        let from = if is_mere_text { PathSet::exact("/") } else { shell.place(operand)? };
        let text = match operand {
            Arg::Field(field) => field.text.as_str(),
            Arg::Opaque(_) => return Err(unclear()),
        };
        let name = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let within = match name {
            // The contents of the folder.
            "." | "" => PathSet::deep(&folder),
            name if matches!(operand, Arg::Field(field) if field.is_pattern) => {
                PathSet::pattern(&format!("{folder}/{name}"))
            }
            name => PathSet::exact(&format!("{folder}/{name}")),
        };
        let to = if options.has('T') {
            vec![to.clone()]
        } else if is_folder {
            vec![within]
        } else {
            vec![to.clone(), within]
        };
        transfers.push(Transfer { from, to });
    }
    Ok(transfers)
}

fn cp(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "rRapfvdPLHTn",
        valued: "t",
        long: &[
            ("recursive", 'r'),
            ("archive", 'a'),
            ("force", 'f'),
            ("verbose", 'v'),
            ("no-clobber", 'n'),
        ],
        long_valued: &[("target-directory", 't')],
    };
    let options = known.read(args)?;
    let is_deep = ['r', 'R', 'a'].into_iter().any(|option| options.has(option));
    let copies_links = is_deep || options.has('d') || options.has('P');
    for Transfer { from, to } in transfers(shell, &options)? {
        shell.read(&if is_deep { from.and_below() } else { from })?;
        for to in to {
            let to = if is_deep { to.and_below() } else { to };
            shell.write(&to)?;
            if copies_links {
                shell.note_everywhere(&to.and_below(), Fact::MayContainSymlinks)?;
            }
        }
    }
    Ok(())
}

fn mv(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "fvTn",
        valued: "t",
        long: &[("force", 'f'), ("verbose", 'v')],
        long_valued: &[("target-directory", 't')],
    };
    let options = known.read(args)?;
    for Transfer { from, to } in transfers(shell, &options)? {
        shell.remove(&from.and_below())?;
        for to in to {
            let to = to.and_below();
            shell.write(&to)?;
            // It may be a link, or have some in it.
            shell.note_everywhere(&to, Fact::MayContainSymlinks)?;
        }
    }
    Ok(())
}

fn ln(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "sfnvT",
        valued: "t",
        long: &[("symbolic", 's'), ("force", 'f'), ("no-dereference", 'n'), ("verbose", 'v')],
        long_valued: &[("target-directory", 't')],
    };
    let options = known.read(args)?;
    if options.operands.len() < 2 && !options.has('t') {
        return Err(Reason::LinkWithOneOperand);
    }
    let is_symbolic = options.has('s');
    let target_text: Vec<Option<String>> =
        options.operands.iter().map(|operand| operand.text().map(str::to_owned)).collect();
    for (at, Transfer { from, to }) in transfers(shell, &options)?.into_iter().enumerate() {
        let target = target_text.get(at).cloned().flatten();
        if !is_symbolic {
            // Both names are one file from now on: what is done to one is done to the other.
            shell.write(&from)?;
        }
        for (candidate, to) in to.into_iter().enumerate() {
            shell.write(&to)?;
            if candidate > 0 {
                // If the last operand is a folder after all.
                shell.note_everywhere(&to.and_below(), Fact::MayContainSymlinks)?;
                continue;
            }
            for link in shell.everywhere(&to)? {
                note_link(shell, link, &from, target.as_deref(), is_symbolic);
            }
        }
    }
    Ok(())
}

/// A link is at a place from here on; where its target is not known it may lead anywhere.
fn note_link(
    shell: &mut Interpreter<'_>,
    link: PathSet,
    from: &PathSet,
    target: Option<&str>,
    is_symbolic: bool,
) {
    let to = match target {
        // A relative target starts where the link is.
        Some(text) if is_symbolic && !text.starts_with('/') => {
            link.path().and_then(|at| relative(&at, text))
        }
        _ => from.path(),
    };
    match (link.path(), to) {
        (Some(at), Some(to)) => {
            if !is_symbolic {
                shell.fact(Fact::Link { at: to.clone(), to: at.clone() });
            }
            shell.fact(Fact::Link { at, to });
        }
        _ => shell.fact(Fact::MayContainSymlinks(link.and_below())),
    }
}

/// Where a relative link leads; `None` where it goes back.
fn relative(link: &str, target: &str) -> Option<String> {
    if target.split('/').any(|part| part == "..") {
        return None;
    }
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(super::super::path_set::clean(&format!("{folder}/{target}")))
}

/// `chmod`, `chown`, `chgrp`.
fn change(shell: &mut Interpreter<'_>, name: &str, args: &[Arg]) -> Result<(), Reason> {
    // `chmod -x f`: a mode that looks like an option.
    let is_mode = |text: &str| {
        name == "chmod" && text.len() > 1 && text[1..].chars().all(|c| "rwxXst".contains(c))
    };
    let mut mode = None;
    let mut rest = Vec::new();
    for arg in args {
        match arg.text() {
            Some(text) if mode.is_none() && text.starts_with('-') && is_mode(text) => {
                mode = Some(arg.clone())
            }
            _ => rest.push(arg.clone()),
        }
    }
    let known = OptionSpec {
        flags: if name == "chmod" { "Rvfc" } else { "RhvfcP" },
        valued: "",
        long: &[
            ("recursive", 'R'),
            ("verbose", 'v'),
            ("changes", 'c'),
            ("no-dereference", 'h'),
            ("silent", 'f'),
            ("quiet", 'f'),
        ],
        long_valued: &[],
    };
    let options = known.read(&rest)?;
    let mut operands = options.operands.iter();
    if mode.is_none() {
        mode = operands.next().map(|&arg| arg.clone());
    }
    let Some(mode) = mode else { return Err(Reason::NoMode(name.to_string())) };
    if name != "chmod" {
        match mode.text() {
            Some(owner) => read_owner(shell, owner),
            // Whoever it is, accounts are looked up.
            None => shell.effects.reads.push(accounts()),
        }
    } else if mode.text().is_none() {
        return Err(Reason::UncertainArguments(name.to_string()));
    }
    for operand in operands {
        let place = shell.place(operand)?;
        let place = if options.has('R') { place.and_below() } else { place };
        shell.write(&place)?;
        if let ("chown", Some(owner), Some(folder)) = (name, mode.text(), place.folder()) {
            let owner = owner.split([':', '.']).next().unwrap_or_default().to_owned();
            let was_there = shell.is_folder(&PathSet::exact(&folder));
            shell.effects.owner_changes.push(OwnerChange {
                place: place.clone(),
                owner,
                was_there,
            });
        }
        shell.note_everywhere(&place.and_below(), Fact::Granted)?;
    }
    Ok(())
}

/// Looks an owner up: `dev`, `dev:staff`, `:staff`, `1000`.
pub(super) fn read_owner(shell: &mut Interpreter<'_>, owner: &str) {
    let (user, group) = owner.split_once([':', '.']).unwrap_or((owner, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    for name in [user, group] {
        if !is_number(name) {
            shell.effects.reads.push(account(name));
        }
    }
    // `1000:` looks the number's own group up.
    if group.is_empty() && owner.contains(':') && is_number(user) {
        shell.effects.reads.push(accounts());
    }
}

fn install(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "dDvpT",
        valued: "mogt",
        long: &[("directory", 'd'), ("verbose", 'v')],
        long_valued: &[("mode", 'm'), ("owner", 'o'), ("group", 'g'), ("target-directory", 't')],
    };
    let options = known.read(args)?;
    for option in ['o', 'g'] {
        match options.value(option) {
            Some(owner) => match owner.text() {
                Some(owner) => read_owner(shell, owner),
                None => shell.effects.reads.push(accounts()),
            },
            None => continue,
        }
    }
    let grants = options.has('o') || options.has('g') || options.has('m');
    if options.has('d') {
        for operand in &options.operands {
            let place = shell.place(operand)?;
            shell.make_folders(&place, false)?;
            shell.write(&place)?;
            made(shell, &place);
            if grants {
                shell.note_everywhere(&place.and_below(), Fact::Granted)?;
            }
        }
        return Ok(());
    }
    for Transfer { from, to } in transfers(shell, &options)? {
        shell.read(&from)?;
        for to in to {
            if options.has('D') {
                let folder = to.folder().and_then(|path| {
                    super::super::path_set::ancestors(&path).last().map(PathSet::exact)
                });
                if let Some(folder) = folder {
                    shell.make_folders(&folder, false)?;
                }
            }
            shell.write(&to)?;
            if grants {
                shell.note_everywhere(&to, Fact::Granted)?;
            }
        }
    }
    Ok(())
}

fn tee(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "ai", valued: "", long: &[("append", 'a')], long_valued: &[] };
    for operand in known.read(args)?.operands {
        let place = shell.place(operand)?;
        shell.write(&place)?;
    }
    Ok(())
}

/// `git config --global|--system key value`.
fn git_config(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let unknown = || Reason::UnknownGitCommand;
    let words: Vec<Option<&str>> = args.iter().map(Arg::text).collect();
    let (scope, rest) = match words.as_slice() {
        [Some("config"), Some(scope @ ("--global" | "--system")), rest @ ..] => (*scope, rest),
        _ => return Err(unknown()),
    };
    let rest = rest.strip_prefix(&[Some("--add")]).unwrap_or(rest);
    let is_key =
        |word: &Option<&str>| word.is_some_and(|key| !key.starts_with('-') && key.contains('.'));
    if rest.len() != 2 || !is_key(&rest[0]) {
        return Err(unknown());
    }
    let path = match scope {
        "--system" => "/etc/gitconfig".to_owned(),
        _ => match shell.home_of_user() {
            Some(home) => format!("{home}/.gitconfig"),
            None => return Err(Reason::UncertainHome),
        },
    };
    // It writes a lock beside the file and puts that in its place; and it may use the other file, if
    // only that one is there.
    for path in [path.clone(), format!("{path}.lock")] {
        shell.read(&PathSet::exact(&path))?;
        shell.write(&PathSet::exact(&path))?;
    }
    if let (Some(home), "--global") = (shell.home_of_user(), scope) {
        let other = PathSet::deep(&format!("{home}/.config/git"));
        shell.read(&other)?;
        shell.write(&other)?;
    }
    shell.read(&PathSet::exact("/etc/gitconfig"))
}
