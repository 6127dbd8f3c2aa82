//! Commands that only read files, and those that touch none.

use super::super::interpret::{Arg, Interpreter, Reason, accounts};
use super::super::names::ACCOUNT_FILES;
use super::super::sed::only_edits;
use super::super::{PathSet, Variables};
use super::options::OptionSpec;
use super::shell::find;

/// Executes a command that reads; `None` where it is not one.
pub(super) fn execute(
    shell: &mut Interpreter<'_>,
    name: &str,
    args: &[Arg],
) -> Option<Result<(), Reason>> {
    let known = |flags, valued| OptionSpec { flags, valued, long: &[], long_valued: &[] };
    Some(match name {
        "sleep" | "uname" | "nproc" | "arch" | "basename" | "dirname" | "seq" | "expr" | "tr"
        | "yes" | "rev" => Ok(()),
        "date" if args.iter().all(|arg| arg.text().is_some_and(|text| text.starts_with('+'))) => {
            Ok(())
        }
        "getent"
            if !matches!(
                args.first().and_then(Arg::text),
                Some("passwd" | "group" | "shadow" | "gshadow")
            ) =>
        {
            match args.first().and_then(Arg::text) {
                // Where a name is looked up that the machine's configuration says.
                Some(
                    table @ ("aliases" | "ethers" | "networks" | "netgroup" | "protocols" | "rpc"
                    | "services"),
                ) => shell
                    .read(&PathSet::exact("/etc/nsswitch.conf"))
                    .and_then(|()| shell.read(&PathSet::exact(&format!("/etc/{table}")))),
                _ => Err(Reason::UncertainGetentKey),
            }
        }
        "id" | "whoami" | "groups" | "getent" => {
            shell.effects.reads.push(accounts());
            for path in ACCOUNT_FILES {
                shell.effects.reads.push(PathSet::exact(path));
            }
            Ok(())
        }
        "env" | "printenv" if args.is_empty() => {
            shell.effects.variables = Variables::All;
            Ok(())
        }
        "which" => args.iter().try_for_each(|arg| find(shell, arg)),
        // The files that a list names are read too.
        "md5sum" | "sha1sum" | "sha224sum" | "sha256sum" | "sha384sum" | "sha512sum" | "b2sum"
        | "cksum"
            if args.iter().any(|arg| {
                arg.text().is_none_or(|text| {
                    text == "--check"
                        || text.starts_with('-') && !text.starts_with("--") && text.contains('c')
                })
            }) =>
        {
            Err(Reason::ChecksumList(name.to_string()))
        }
        "cat" | "tac" | "nl" | "od" | "md5sum" | "sha1sum" | "sha256sum" | "sha512sum"
        | "cksum" | "paste" | "comm" | "cmp" => files(shell, &known("AbeEnstTuvc", ""), args),
        "head" | "tail" => files(shell, &known("qvz", "nc"), args),
        "wc" => files(shell, &known("clmwL", ""), args),
        "sort" => files(shell, &known("bdfgiMhnRrVcmsuz", "kt"), args),
        "uniq" => uniq(shell, args),
        "cut" => files(shell, &known("nsz", "bcdf"), args),
        "grep" | "egrep" | "fgrep" => grep(shell, args),
        "sed" => sed(shell, args),
        "ls" => ls(shell, args),
        "readlink" => files(shell, &known("nz", ""), args),
        _ => return None,
    })
}

fn files(shell: &mut Interpreter<'_>, known: &OptionSpec, args: &[Arg]) -> Result<(), Reason> {
    for operand in known.read(args)?.operands {
        read(shell, operand)?;
    }
    Ok(())
}

fn read(shell: &mut Interpreter<'_>, operand: &Arg) -> Result<(), Reason> {
    if operand.text() == Some("-") {
        return Ok(());
    }
    let place = shell.place(operand)?;
    shell.read(&place)
}

/// The second operand is written.
fn uniq(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "cdDiuz", valued: "fsw", long: &[], long_valued: &[] };
    let options = known.read(args)?;
    match options.operands.as_slice() {
        [] => Ok(()),
        [from] => read(shell, from),
        _ => Err(Reason::UniqWrites),
    }
}

fn grep(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "EFGPRrqsvilLwxcnohHazy",
        valued: "emABC",
        long: &[("quiet", 'q'), ("recursive", 'r'), ("fixed-strings", 'F'), ("only-matching", 'o')],
        long_valued: &[("regexp", 'e')],
    };
    let options = known.read(args)?;
    let skip = usize::from(!options.has('e'));
    let is_deep = options.has('r') || options.has('R');
    if is_deep && options.operands.len() <= skip {
        return Err(Reason::GrepsWorkingFolder);
    }
    for operand in options.operands.iter().skip(skip) {
        if operand.text() == Some("-") {
            continue;
        }
        let place = shell.place(operand)?;
        shell.read(&if is_deep { place.and_below() } else { place })?;
    }
    Ok(())
}

fn ls(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "1aAdFpr", valued: "", long: &[], long_valued: &[] };
    let options = known.read(args)?;
    let operands = match options.operands.as_slice() {
        [] => vec![PathSet::exact(&shell.cwd().ok_or(Reason::ListsUncertainFolder)?)],
        operands => {
            operands.iter().map(|operand| shell.place(operand)).collect::<Result<_, _>>()?
        }
    };
    for place in operands {
        shell.read(&place)?;
        if !options.has('d') {
            // A pattern may find folders, which are listed.
            let listed = place.path().map_or(place.and_below(), |path| PathSet::entries(&path));
            shell.read(&listed)?;
        }
    }
    Ok(())
}

/// Reads its files, or edits them with `-i`.
fn sed(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "nErsuz",
        valued: "e",
        long: &[("in-place", 'i'), ("regexp-extended", 'E'), ("quiet", 'n'), ("silent", 'n')],
        long_valued: &[("expression", 'e')],
    };
    // `-i` may have a suffix behind it, and none of its own argument.
    let mut in_place = false;
    let mut rest = Vec::new();
    for arg in args {
        match arg.text() {
            Some("-i") => in_place = true,
            Some("-ri" | "-Ei" | "-ni") => in_place = true,
            Some(text) if text.starts_with("-i") && !text.starts_with("-in") => {
                return Err(Reason::SedKeepsCopy);
            }
            _ => rest.push(arg.clone()),
        }
    }
    let options = known.read(&rest)?;
    in_place |= options.has('i');
    let mut scripts: Vec<&Arg> = options.values('e').collect();
    let mut operands = options.operands.iter();
    if scripts.is_empty() {
        scripts.extend(operands.next().copied());
    }
    for script in scripts {
        let is_plain = match script {
            Arg::Field(field) => only_edits(&field.text),
            Arg::Opaque(_) => false,
        };
        if !is_plain {
            return Err(Reason::SedScript);
        }
    }
    for operand in operands {
        let place = shell.place(operand)?;
        shell.read(&place)?;
        if in_place {
            shell.write(&place)?;
        }
    }
    Ok(())
}
