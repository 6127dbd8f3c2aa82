//! Commands on users and groups. Numbers are given out in order, so two of them never change places.

use super::super::interpret::{Arg, Interpreter, Reason, account};
use super::super::names::ACCOUNT_FILES;
use super::super::{Fact, PathSet};
use super::options::{OptionSpec, ParsedOptions};

/// Executes a command on accounts; `None` where it is not one.
pub(super) fn execute(
    shell: &mut Interpreter<'_>,
    name: &str,
    args: &[Arg],
) -> Option<Result<(), Reason>> {
    Some(match name {
        "useradd" => useradd(shell, args),
        "adduser" => adduser(shell, args),
        "groupadd" => groupadd(shell, args),
        "addgroup" => addgroup(shell, args),
        "usermod" => usermod(shell, args),
        "gpasswd" => gpasswd(shell, args),
        "userdel" => userdel(shell, args),
        _ => return None,
    })
}

/// Groups whose members may act as root.
const POWERFUL: &[&str] = &["admin", "docker", "root", "sudo", "wheel"];

fn useradd(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "mMrNUl",
        valued: "usgGdckbep",
        long: &[
            ("create-home", 'm'),
            ("no-create-home", 'M'),
            ("system", 'r'),
            ("user-group", 'U'),
            ("no-user-group", 'N'),
            ("no-log-init", 'l'),
        ],
        long_valued: &[
            ("uid", 'u'),
            ("shell", 's'),
            ("gid", 'g'),
            ("groups", 'G'),
            ("home-dir", 'd'),
            ("home", 'd'),
            ("comment", 'c'),
            ("password", 'p'),
        ],
    };
    let options = known.read(args)?;
    let name = only_name(&options)?;
    number(&options, 'u')?;
    if options.has('k') || options.has('b') {
        return Err(Reason::UncertainHomeBase);
    }
    let home = match options.value('d') {
        Some(home) => shell.place(home)?.path().ok_or(Reason::UncertainHome)?,
        None => format!("/home/{name}"),
    };
    join_groups(shell, &options, &['g', 'G'])?;
    touch_accounts(shell, &name)?;
    for spool in ["/var/mail", "/var/spool/mail"] {
        shell.write(&PathSet::exact(&format!("{spool}/{name}")))?;
    }
    make_home(shell, &home, options.has('m'))?;
    note(shell, name, Some(home));
    Ok(())
}

/// Debian's, and busybox's: `-D`, `-S`, `-H`, `-h DIR`, `-G GROUP`.
fn adduser(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "DSHq",
        valued: "hGusg",
        long: &[
            ("disabled-password", 'D'),
            ("disabled-login", 'D'),
            ("system", 'S'),
            ("no-create-home", 'H'),
            ("quiet", 'q'),
            ("group", 'U'),
        ],
        long_valued: &[
            ("home", 'h'),
            ("uid", 'u'),
            ("shell", 's'),
            ("gecos", 'g'),
            ("comment", 'g'),
            ("ingroup", 'G'),
            ("gid", 'I'),
        ],
    };
    let options = known.read(args)?;
    number(&options, 'u')?;
    if let [user, group] = options.operands.as_slice() {
        let (user, group) = (plain(user)?, plain(group)?);
        return join(shell, &user, &group);
    }
    let name = only_name(&options)?;
    let home = match options.value('h') {
        Some(home) => Some(shell.place(home)?.path().ok_or(Reason::UncertainHome)?),
        None if options.has('S') => None,
        None => Some(format!("/home/{name}")),
    };
    join_groups(shell, &options, &['G'])?;
    // Its settings, and a script that it runs where there is one.
    for path in ["/etc/adduser.conf", "/etc/deluser.conf", "/usr/local/sbin/adduser.local"] {
        shell.read(&PathSet::exact(path))?;
    }
    touch_accounts(shell, &name)?;
    make_home(shell, home.as_deref().unwrap_or(&format!("/home/{name}")), !options.has('H'))?;
    note(shell, name, home);
    Ok(())
}

fn groupadd(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "rf",
        valued: "g",
        long: &[("system", 'r'), ("force", 'f')],
        long_valued: &[("gid", 'g')],
    };
    let options = known.read(args)?;
    let name = only_name(&options)?;
    number(&options, 'g')?;
    touch_accounts(shell, &name)
}

fn addgroup(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "Sq",
        valued: "g",
        long: &[("system", 'S'), ("quiet", 'q')],
        long_valued: &[("gid", 'g')],
    };
    let options = known.read(args)?;
    number(&options, 'g')?;
    if let [user, group] = options.operands.as_slice() {
        let (user, group) = (plain(user)?, plain(group)?);
        return join(shell, &user, &group);
    }
    let name = only_name(&options)?;
    touch_accounts(shell, &name)
}

/// Groups, shell and comment; not names, numbers and homes, which reach into files.
fn usermod(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec {
        flags: "aLU",
        valued: "Gsc",
        long: &[("append", 'a'), ("lock", 'L'), ("unlock", 'U')],
        long_valued: &[("groups", 'G'), ("shell", 's'), ("comment", 'c')],
    };
    let options = known.read(args)?;
    let name = only_name(&options)?;
    join_groups(shell, &options, &['G'])?;
    touch_accounts(shell, &name)
}

/// `gpasswd -a USER GROUP`.
fn gpasswd(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "", valued: "a", long: &[], long_valued: &[("add", 'a')] };
    let options = known.read(args)?;
    let group = only_name(&options)?;
    let user = options.value('a').ok_or(Reason::UnknownGpasswdAction)?;
    join(shell, &plain(user)?, &group)
}

/// Without `-r`; what `-r` removes depends on the account.
fn userdel(shell: &mut Interpreter<'_>, args: &[Arg]) -> Result<(), Reason> {
    let known = OptionSpec { flags: "f", valued: "", long: &[("force", 'f')], long_valued: &[] };
    let options = known.read(args)?;
    let name = only_name(&options)?;
    touch_accounts(shell, &name)?;
    shell.fact(Fact::Account { name, home: None });
    Ok(())
}

fn join(shell: &mut Interpreter<'_>, user: &str, group: &str) -> Result<(), Reason> {
    if POWERFUL.contains(&group) {
        shell.fact(Fact::Sudo);
    }
    touch_accounts(shell, user)?;
    shell.effects.writes.push(account(group));
    Ok(())
}

fn join_groups(
    shell: &mut Interpreter<'_>,
    options: &ParsedOptions<'_>,
    names: &[char],
) -> Result<(), Reason> {
    for value in names.iter().filter_map(|name| options.value(*name)) {
        for group in plain(value)?.split(',') {
            if POWERFUL.contains(&group) {
                shell.fact(Fact::Sudo);
            }
            shell.effects.writes.push(account(group));
        }
    }
    Ok(())
}

/// The account itself, and the files that all accounts share.
fn touch_accounts(shell: &mut Interpreter<'_>, name: &str) -> Result<(), Reason> {
    shell.effects.writes.push(account(name));
    for path in ["/etc/login.defs", "/etc/default/useradd"] {
        shell.read(&PathSet::exact(path))?;
    }
    // Not through `write`, which would take it for a change of every account.
    for path in ACCOUNT_FILES.iter().filter(|path| !path.ends_with(".conf")) {
        for end in ["", "-", "+", ".lock", ".org"] {
            shell.effects.writes.push(PathSet::exact(&format!("{path}{end}")));
        }
    }
    for path in ["/etc/.pwd.lock", "/var/log/lastlog", "/var/log/faillog"] {
        shell.effects.writes.push(PathSet::exact(path));
    }
    Ok(())
}

fn make_home(shell: &mut Interpreter<'_>, home: &str, is_made: bool) -> Result<(), Reason> {
    shell.read(&PathSet::deep("/etc/skel"))?;
    let place = PathSet::exact(home);
    shell.write(&place.clone().and_below())?;
    shell.note_everywhere(&place.and_below(), Fact::Granted)?;
    if is_made && shell.is_certain() {
        shell.fact(Fact::Folder { path: home.to_owned(), is_own: true });
    }
    Ok(())
}

/// The account exists from here on; where the command may not be executed, its home is not certain.
fn note(shell: &mut Interpreter<'_>, name: String, home: Option<String>) {
    let home = home.filter(|_| shell.is_certain());
    shell.fact(Fact::Account { name, home });
}

fn only_name(options: &ParsedOptions<'_>) -> Result<String, Reason> {
    match options.operands.as_slice() {
        [name] => plain(name),
        _ => Err(Reason::UncertainAccount),
    }
}

/// A name that is certain, and no number.
fn plain(arg: &Arg) -> Result<String, Reason> {
    match arg.text() {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.to_owned()),
        _ => Err(Reason::UncertainAccount),
    }
}

/// A number given must be certain, and not root's.
fn number(options: &ParsedOptions<'_>, option: char) -> Result<(), Reason> {
    let Some(value) = options.value(option) else { return Ok(()) };
    match value.text().and_then(|text| text.parse::<u32>().ok()) {
        Some(number) if number > 0 => Ok(()),
        _ => Err(Reason::UncertainId),
    }
}
