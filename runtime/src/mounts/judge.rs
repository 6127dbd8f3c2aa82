//! What is wrong with a mount, from what was seen of it.

use runtime_config::Mount;
use runtime_config::mounts::{Kind, Source};
use rustix::io::Errno;
use serde::Serialize;

use super::facts::{Facts, User, What};
use super::fix::{Place, chown, quoted, recreate};
use super::table::{Mounted, at, seen};

/// Less room than this is none.
const LEAST_BYTES: u64 = 1 << 20;
const LEAST_INODES: u64 = 16;

/// File systems of other machines: what others change is not told by inotify.
const REMOTE: [&str; 8] =
    ["9p", "cifs", "fuse.grpcfuse", "fuse.sshfs", "fakeowner", "nfs", "nfs4", "smb3"];

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// What is wrong, why, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub id: &'static str,
    pub severity: Severity,
    pub reason: String,
    /// For a shell in the project's folder on the host.
    pub fix: String,
}

/// `facts` is absent where the look did not end in time.
pub(super) fn judge(
    mount: &Mount,
    facts: Option<&Facts>,
    table: &[Mounted],
    all: &[Mount],
    user: &User,
) -> Vec<Finding> {
    let link = facts.and_then(|facts| facts.link.as_deref());
    let mut judge = Judge { mount, user, found: Vec::new(), place: Place::of(mount, None) };
    let path = match link {
        Some(to) if to.starts_with('/') => to,
        _ => mount.path(),
    };
    let top = seen(table, path);
    let own = top.filter(|top| top.point == path);
    judge.place = Place::of(mount, own);
    judge.table(path, own, table, all);
    match facts {
        None => judge.hangs(own),
        // What is not mounted is the image's own folder, of which nothing more is asked.
        Some(facts) if own.is_some() || facts.error.is_some() => judge.facts(facts, own),
        Some(_) => {}
    }
    judge.found
}

struct Judge<'a> {
    mount: &'a Mount,
    user: &'a User,
    place: Place,
    found: Vec<Finding>,
}

impl Judge<'_> {
    fn add(&mut self, severity: Severity, id: &'static str, reason: String, fix: String) {
        // One cause shows in several ways; the first is the nearest to it.
        if !self
            .found
            .iter()
            .any(|found| found.severity == Severity::Error && severity == Severity::Error)
        {
            self.found.push(Finding { id, severity, reason, fix });
        }
    }

    fn error(&mut self, id: &'static str, reason: String, fix: String) {
        self.add(Severity::Error, id, reason, fix);
    }

    /// What the kernel's table shows.
    fn table(&mut self, path: &str, own: Option<&Mounted>, table: &[Mounted], all: &[Mount]) {
        let here = at(table, path);
        let Some(own) = own else {
            match here.is_empty() {
                false => self.error(
                    "hidden",
                    format!("another mount lies over `{path}`, made after it"),
                    recreate(),
                ),
                true => self.error("not-mounted", self.absent(), self.mount_it()),
            }
            return;
        };
        if own.root.ends_with("//deleted") {
            let made = self.make();
            self.error(
                "stale",
                "its source was deleted on the host, and is no longer what is seen here".into(),
                format!("{made}{}", recreate()),
            );
        }
        if here.len() > 1 {
            self.error(
                "duplicate",
                format!("{} mounts lie on it, and only the last is seen", here.len()),
                recreate(),
            );
        }
        let is_memory = own.kind == "tmpfs";
        match self.mount.source() {
            Source::Memory if !is_memory => self.error(
                "not-memory",
                format!("it is to be memory, and is {}", own.kind),
                recreate(),
            ),
            Source::Volume(_) if is_memory => self.error(
                "in-memory",
                "it is to outlive the container, and is memory".into(),
                recreate(),
            ),
            _ => {}
        }
        let below = format!("{path}/");
        let declared = |point: &str| all.iter().any(|mount| mount.path() == point);
        let inner: Vec<&str> = table
            .iter()
            .map(|mount| mount.point.as_str())
            .filter(|point| point.starts_with(&below) && !declared(point))
            .collect();
        if let Some(first) = inner.first() {
            self.error(
                "nested",
                format!("`{first}` is a mount inside of it that no profile names"),
                recreate(),
            );
        }
        if self.mount.is_writable() && (own.has("ro") || own.is_read_only_everywhere()) {
            match own.is_read_only_everywhere() {
                true => self.error(
                    "read-only-file-system",
                    "its file system is read-only on the host".into(),
                    self.place.remount("rw"),
                ),
                false => self.error("read-only", "it is mounted read-only".into(), recreate()),
            }
        }
        if !self.mount.is_writable() && !own.has("ro") {
            let words = format!(
                "`{}` is never written, and it is mounted writable",
                self.mount.kind.name()
            );
            self.error("writable", words, recreate());
        }
        if own.is_shared {
            self.add(
                Severity::Warning,
                "shared",
                "what is mounted in it here appears on the host too".into(),
                recreate(),
            );
        }
        let runs_programs = matches!(self.mount.kind, Kind::Persistent | Kind::Cache);
        if runs_programs && own.has("noexec") {
            self.add(
                Severity::Warning,
                "noexec",
                "no program in it can be run".into(),
                self.place.remount("exec"),
            );
        }
        if REMOTE.contains(&own.kind.as_str()) {
            self.add(
                Severity::Note,
                "no-events",
                format!("{} tells nobody of changes that others make: programs that wait for them must look again and again", own.kind),
                "set the program to poll, for example `CHOKIDAR_USEPOLLING=1`".into(),
            );
        }
    }

    fn absent(&self) -> String {
        match self.mount.kind {
            Kind::Persistent => {
                "nothing is mounted there: what is written is gone with the container".into()
            }
            kind => format!("nothing is mounted there, expected a mount of kind `{}`", kind.name()),
        }
    }

    fn mount_it(&self) -> String {
        format!("{}{}", self.make(), recreate())
    }

    /// The folder of the host, where it is one that may be made.
    fn make(&self) -> String {
        match (&self.place, self.mount.kind) {
            (Place::Path(path), Kind::Persistent | Kind::Cache) if path != "." => {
                format!("mkdir -p {path} && {} && ", chown(&self.place, self.user, false))
            }
            _ => String::new(),
        }
    }

    /// Editors put a new file in place of the old one, which the container then still has.
    fn edit(&self) -> String {
        let file = match &self.place {
            Place::Path(path) => path.as_str(),
            Place::Volume(_) | Place::Memory => self.mount.path(),
        };
        format!("\"${{EDITOR:-vi}}\" {file} && {}", recreate())
    }

    fn hangs(&mut self, own: Option<&Mounted>) {
        self.found.clear();
        let kind = own.map_or("its file system", |own| own.kind.as_str());
        let unmount = match &self.place {
            Place::Path(path) => format!("umount --force --lazy {path}; "),
            Place::Volume(_) | Place::Memory => String::new(),
        };
        self.error("hung", format!("{kind} does not answer"), format!("{unmount}{}", recreate()));
    }

    /// What a look at it shows.
    fn facts(&mut self, facts: &Facts, own: Option<&Mounted>) {
        if let Some(error) = facts.error {
            return self.unseen(facts, error);
        }
        if facts.is_deleted {
            let made = self.make();
            self.error(
                "stale",
                "its source was deleted on the host".into(),
                format!("{made}{}", recreate()),
            );
        }
        let Some(what) = facts.what else { return };
        let is_file = what == What::File;
        let wants_folder = self.mount.kind.is_writable();
        let aside = self.place.command("mv PATH PATH.aside");
        if wants_folder && what != What::Folder {
            let make = self.make();
            self.error(
                "no-folder",
                "it is a file, expected a folder".into(),
                format!("{aside} && {make}{}", recreate()),
            );
        }
        if self.mount.kind == Kind::Secret && !is_file {
            let words = match facts.is_empty {
                true => {
                    "it is an empty folder, expected a file: engines make one where the file is not there"
                }
                false => "it is a folder, expected a file",
            };
            let edit = self.edit();
            self.error("no-file", words.into(), format!("{aside} && {edit}"));
        }
        if self.mount.kind == Kind::Config && what == What::Folder && facts.is_empty {
            let words = "it is an empty folder: engines make one where the source is not there";
            self.add(
                Severity::Warning,
                "empty",
                words.into(),
                format!("copy the configuration there, then: {}", recreate()),
            );
        }
        match self.mount.kind {
            Kind::Runtime => self.memory(facts, own),
            Kind::Secret if is_file => self.secret(facts),
            _ => {}
        }
        self.access(facts);
        self.room(facts);
        for (name, to) in &facts.links {
            let Place::Path(folder) = &self.place else { continue };
            let link = format!("{folder}/{}", quoted(name));
            let fix = format!("to=$(readlink -f {link}); rm {link}; cp -a \"$to\" {link}");
            self.add(
                Severity::Warning,
                "lost-link",
                format!("the link `{name}` leads to `{to}`, which is not here"),
                fix,
            );
        }
    }

    fn unseen(&mut self, facts: &Facts, error: i32) {
        let errno = Errno::from_raw_os_error(error);
        let exec = |command: String| {
            format!("docker compose exec --user 0 agents {command}; {}", recreate())
        };
        match (errno, &facts.link) {
            (Errno::NOENT, Some(to)) => {
                self.found.clear();
                let fix = exec(format!("rm {}", self.mount.path()));
                self.error("dangling", format!("it is a link to `{to}`, which is not there"), fix);
            }
            (Errno::STALE, _) => {
                self.found.clear();
                self.error(
                    "stale",
                    "its file system has gone away and come back as another".into(),
                    recreate(),
                );
            }
            (Errno::NOTCONN | Errno::HOSTDOWN | Errno::IO, _) => self.hangs(None),
            (Errno::ACCESS | Errno::PERM, _) => {
                let fix = chown(&self.place, self.user, true);
                self.error("unreachable", "a folder above it may not be entered".into(), fix);
            }
            _ => self.error("unseen", format!("it cannot be looked at: {errno}"), recreate()),
        }
    }

    fn memory(&mut self, facts: &Facts, own: Option<&Mounted>) {
        if own.is_none_or(|own| own.kind != "tmpfs") {
            return;
        }
        let (mode, wanted) = (facts.mode, self.mount.mode().0);
        if mode != wanted {
            self.error(
                "memory-mode",
                format!("its mode is {mode:04o}, expected {wanted:04o}"),
                recreate(),
            );
        }
        let (size, wanted) = (facts.total_bytes, self.mount.size().0 as u64);
        // Whole pages.
        if size > 0 && size + 4096 <= wanted {
            self.error(
                "memory-size",
                format!("it has {size} bytes, expected {wanted}"),
                recreate(),
            );
        }
    }

    fn secret(&mut self, facts: &Facts) {
        if facts.mode & 0o022 != 0 {
            let fix = self.place.command("chmod go-w PATH");
            self.error(
                "secret-writable",
                format!("its mode is {:04o}: others may change it", facts.mode),
                fix,
            );
        } else if facts.mode & 0o004 != 0 && facts.uid == self.user.uid {
            let fix = self.place.command("chmod go= PATH");
            self.add(
                Severity::Warning,
                "secret-readable",
                format!("its mode is {:04o}: everybody may read it", facts.mode),
                fix,
            );
        }
        if facts.is_empty {
            let edit = self.edit();
            self.error("secret-empty", "there is nothing in it".into(), edit);
        }
    }

    /// Whether it can be read, and written.
    fn access(&mut self, facts: &Facts) {
        let errno = facts.write_error.or(facts.read_error).map(Errno::from_raw_os_error);
        let is_owner = facts.uid == self.user.uid;
        let owner = format!("{}:{}", facts.uid, facts.gid);
        let me = format!("{}:{}", self.user.uid, self.user.gid);
        match errno {
            None | Some(Errno::NOSPC | Errno::DQUOT) => {}
            Some(Errno::ROFS) => {
                self.error("read-only", "it is mounted read-only".into(), recreate());
            }
            Some(Errno::ACCESS | Errno::PERM) if facts.write_error.is_none() => {
                let fix = self.place.command("chmod -R a+rX PATH");
                self.error(
                    "unreadable",
                    format!(
                        "it belongs to {owner}, mode {:04o}, and cannot be read by {me}",
                        facts.mode
                    ),
                    fix,
                );
            }
            Some(Errno::ACCESS | Errno::PERM) if is_owner => {
                let fix = self.place.command("chmod -R u+rwX PATH");
                self.error(
                    "mode",
                    format!("it is yours, and its mode {:04o} does not let you write", facts.mode),
                    fix,
                );
            }
            Some(Errno::ACCESS | Errno::PERM) => {
                let is_made = facts.uid == 0 && facts.gid == 0 && facts.is_empty;
                let is_bind = matches!(self.place, Place::Path(_));
                match is_made && is_bind {
                    true => self.error("made-by-engine", format!("it is empty and belongs to root: the engine made it, as it was not there; {me} cannot write"), chown(&self.place, self.user, false)),
                    false => self.error("owner", format!("it belongs to {owner}, mode {:04o}, and {me} cannot write", facts.mode), chown(&self.place, self.user, true)),
                }
            }
            Some(errno) => self.error("access", format!("{errno}"), recreate()),
        }
    }

    fn room(&mut self, facts: &Facts) {
        if !self.mount.is_writable() {
            return;
        }
        let is_out = facts.write_error == Some(Errno::NOSPC.raw_os_error());
        let quota = facts.write_error == Some(Errno::DQUOT.raw_os_error());
        let few_inodes = facts.total_inodes > 0 && facts.free_inodes < LEAST_INODES;
        let place = |command: &str| match &self.place {
            Place::Memory => recreate(),
            place => format!(
                "delete what is not needed; the most is in the last lines of: {}",
                place.command(command)
            ),
        };
        if few_inodes {
            let fix = place("sh -c 'du --inodes -ax PATH | sort -n | tail'");
            self.error(
                "no-inodes",
                format!("{} of {} files are left", facts.free_inodes, facts.total_inodes),
                fix,
            );
        } else if quota {
            let fix = place("sh -c 'du -ax PATH | sort -n | tail'");
            self.error("quota", "the quota of the disk is used up".into(), fix);
        } else if is_out
            || facts.total_bytes > 0 && facts.free_bytes < LEAST_BYTES.min(facts.total_bytes / 100)
        {
            let fix = place("sh -c 'du -ax PATH | sort -n | tail'");
            self.error(
                "full",
                format!("{} of {} bytes are left", facts.free_bytes, facts.total_bytes),
                fix,
            );
        }
    }
}
