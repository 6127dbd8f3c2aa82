//! Commands of the shell itself.

use super::super::Variables;
use super::super::interpret::{Arg, Interpreter, Reason};

/// Executes a command of the shell; `None` where it is not one.
pub(super) fn execute(
    shell: &mut Interpreter<'_>,
    name: &str,
    args: &[Arg],
) -> Option<Result<(), Reason>> {
    Some(match name {
        // What they print goes where the redirections say.
        ":" | "true" | "false" | "echo" | "printf" => {
            let sets_variable = name == "printf" && args.first().and_then(Arg::text) == Some("-v");
            if sets_variable { Err(Reason::PrintfSetsVariable) } else { Ok(()) }
        }
        "test" | "[" => test(shell, args),
        "pwd" => {
            shell.cwd();
            Ok(())
        }
        "cd" => match args {
            [] => shell.change_folder(None),
            [to] if !to.text().is_some_and(|text| text.starts_with('-')) => {
                shell.change_folder(Some(to))
            }
            _ => Err(Reason::UncertainArguments("cd".to_owned())),
        },
        // All variables are printed.
        "set" | "export" | "readonly" | "declare" | "typeset" | "local"
            if args.iter().all(|arg| arg.text() == Some("-p")) =>
        {
            shell.effects.variables = Variables::All;
            Ok(())
        }
        "set" => set(shell, args),
        "umask" => {
            shell.set_umask();
            Ok(())
        }
        "export" | "readonly" | "local" => {
            for arg in args {
                match arg.text() {
                    Some(text) => shell.declare(text),
                    None => return Some(Err(Reason::UncertainArguments(name.to_string()))),
                }
            }
            Ok(())
        }
        "unset" => {
            for arg in args {
                match arg.text() {
                    Some(text) if !text.starts_with('-') => shell.forget(text),
                    _ => return Some(Err(Reason::UncertainArguments("unset".to_owned()))),
                }
            }
            Ok(())
        }
        "exit" | "return" => {
            let status = args.first().and_then(Arg::text).and_then(|text| text.parse::<u8>().ok());
            shell.stop(status.is_some_and(|status| status != 0));
            Ok(())
        }
        // Whether there is such a command.
        "command" | "type" => match args {
            [option, command] if name == "command" && option.text() == Some("-v") => {
                find(shell, command)
            }
            [command] if name == "type" => find(shell, command),
            _ => Err(Reason::UncertainArguments(name.to_string())),
        },
        _ => return None,
    })
}

/// Reads the entries of a command in the folders of `PATH`.
pub(super) fn find(shell: &mut Interpreter<'_>, command: &Arg) -> Result<(), Reason> {
    match command.text() {
        Some(command) if !command.contains('/') => shell.look_up(command),
        _ => Err(Reason::UncertainCommandName),
    }
}

/// `set -e` and its kin; anything else changes arguments or how words are read.
fn set(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let unknown = || Reason::UncertainArguments("set".to_owned());
        let text = arg.text().ok_or_else(unknown)?;
        let on = text.starts_with('-');
        let letters = text.strip_prefix(['-', '+']).ok_or_else(unknown)?;
        for letter in letters.chars() {
            match letter {
                'e' => shell.set_errexit(on),
                'u' | 'x' => {}
                'o' => match args.next().and_then(Arg::text) {
                    Some("errexit") => shell.set_errexit(on),
                    Some("pipefail" | "nounset" | "xtrace") => {}
                    _ => return Err(unknown()),
                },
                _ => return Err(unknown()),
            }
        }
    }
    Ok(())
}

/// Every operand of a file operator is read; strings are not.
fn test(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let mut args = args.iter().peekable();
    while let Some(arg) = args.next() {
        match arg.text() {
            Some("-nt" | "-ot" | "-ef") => return Err(Reason::ComparesFileTimes),
            Some(
                "-a" | "-o" | "-n" | "-z" | "-t" | "-v" | "-eq" | "-ne" | "-lt" | "-le" | "-gt"
                | "-ge",
            ) => {}
            Some(text) if text.len() == 2 && text.starts_with('-') => {
                if let Some(file) = args.next() {
                    let place = shell.place(file)?;
                    shell.read(&place)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
