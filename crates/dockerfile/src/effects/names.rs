//! Names that mean something to everybody: variables, folders, commands.

/// Whether a variable changes how the shell, the loader, or standard commands work.
pub(super) fn matters_to_all(variable: &str) -> bool {
    const NAMES: &[&str] = &[
        "ALGORITHM",
        "BASHOPTS",
        "BASH_ENV",
        "BLOCKSIZE",
        "BLOCK_SIZE",
        "CDPATH",
        "COLUMNS",
        "ENV",
        "EDITOR",
        "GCONV_PATH",
        "GLOBIGNORE",
        "GLOBSORT",
        "HOME",
        "IFS",
        "LANG",
        "LANGUAGE",
        "LOCPATH",
        "NLSPATH",
        "OLDPWD",
        "OPTIND",
        "PATH",
        "POSIXLY_CORRECT",
        "PS4",
        "PWD",
        "QUOTING_STYLE",
        "SHELL",
        "SHELLOPTS",
        "SIMPLE_BACKUP_SUFFIX",
        "TABSIZE",
        "TERM",
        "TIME_STYLE",
        "TMPDIR",
        "TZ",
        "UID",
        "USER",
        "VERSION_CONTROL",
        "_POSIX2_VERSION",
    ];
    const PREFIXES: &[&str] = &[
        "ASAN_", "BASH_", "DYLD_", "GIT_", "GLIBC_", "GREP_", "LC_", "LD_", "LS_", "MALLOC_",
        "XDG_",
    ];
    NAMES.contains(&variable) || PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

/// Whether a variable makes a command do what its text does not say: nothing is understood with it.
pub(super) fn is_treacherous(variable: &str) -> bool {
    const NAMES: &[&str] = &[
        "BASHOPTS",
        "BASH_COMPAT",
        "BASH_ENV",
        "CDPATH",
        "ENV",
        "GCONV_PATH",
        "GLOBIGNORE",
        "IFS",
        "LOCPATH",
        "POSIXLY_CORRECT",
        "SHELLOPTS",
    ];
    NAMES.contains(&variable)
        || ["BASH_FUNC_", "LD_", "GIT_"].iter().any(|prefix| variable.starts_with(prefix))
}

/// The folders that the engine, and nearly every image, has in `PATH`.
pub(super) const PATH: &[&str] = &["/usr/local/bin", "/usr/bin"];

/// Folders that every distribution's image has.
pub(super) const FOLDERS: &[&str] = &[
    "/",
    "/dev",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

/// Folders in which distributions have links of their own.
pub(super) const MAY_CONTAIN_SYMLINKS: &[&str] = &[
    "/dev",
    "/etc/alternatives",
    "/etc/ssl",
    "/proc",
    "/sys",
    "/usr/include",
    "/usr/lib",
    "/usr/libexec",
    "/usr/share",
];

/// Folders that anybody may write.
pub(super) const SHARED: &[&str] =
    &["/dev/shm", "/run/lock", "/run/screen", "/tmp", "/var/crash", "/var/mail", "/var/tmp"];

/// What every process reads: the loader's settings, libraries, the table of services.
pub(super) const READ_BY_ALL: &[&str] =
    &["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.preload"];

/// Folders that every process reads from.
pub(super) const READ_BY_ALL_DEEP: &[&str] = &["/etc/ld.so.conf.d", "/usr/lib"];

/// Files of which the accounts are made.
pub(super) const ACCOUNT_FILES: &[&str] = &[
    "/etc/group",
    "/etc/gshadow",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/subgid",
    "/etc/subuid",
];
