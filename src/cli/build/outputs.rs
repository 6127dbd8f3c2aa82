//! `--output` and `--push`: where the image goes beside the engine, once it passed.

use std::io::{self, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio_util::sync::CancellationToken;

use crate::build::{self, BuildError, BuildOptions, Built};
use crate::cli::error::{Context, Result};
use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::render::Plan;
use crate::ui::count;
use engine::{Builder, DockerEngine, EngineError, SolveError, TarOutput, read_image};

/// One `--output`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    form: Form,
    /// `-` is standard output.
    dest: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The files, in a folder.
    Local,
    /// The files, as an archive.
    Tar,
    /// The image, as `docker save` writes it.
    Docker,
}

impl FromStr for Export {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains('=') {
            let form = if text == "-" { Form::Tar } else { Form::Local };
            let is_path = !text.is_empty() && !text.contains(',');
            return is_path
                .then(|| Self { form, dest: text.into() })
                .ok_or_else(|| "expected a folder, `-` or type=TYPE,dest=PATH".to_owned());
        }
        let (mut kind, mut dest) = (None, None);
        for field in text.split(',') {
            match field.split_once('=') {
                Some(("type", value)) => kind = Some(value),
                Some(("dest" | "destination", value)) => dest = Some(value),
                _ => return Err(format!("found `{field}`, expected type=TYPE or dest=PATH")),
            }
        }
        let form = match kind {
            Some("local") => Form::Local,
            Some("tar") => Form::Tar,
            Some("docker") => Form::Docker,
            Some("image") => {
                return Err("the image is always in the engine: name it with `--tag`".to_owned());
            }
            Some("registry") => return Err("use `--push`".to_owned()),
            Some("oci") => {
                return Err(
                    "use type=docker: the archive of an engine from 25.0 on is an OCI layout, too"
                        .to_owned(),
                );
            }
            Some(other) => {
                return Err(format!("found type `{other}`, expected `local`, `tar` or `docker`"));
            }
            None => return Err("no type, expected `local`, `tar` or `docker`".to_owned()),
        };
        match dest.filter(|dest| !dest.is_empty()) {
            Some("-") if form == Form::Local => {
                Err("a folder cannot be written to standard output: use type=tar".to_owned())
            }
            Some(dest) => Ok(Self { form, dest: dest.into() }),
            None if form == Form::Docker => {
                Err("the image is in the engine already; for an archive give dest=FILE".to_owned())
            }
            None => Err("no dest=PATH".to_owned()),
        }
    }
}

impl Export {
    /// Whether it goes to standard output, where the build prints, too.
    pub(super) fn is_stdout(&self) -> bool {
        self.dest == Path::new("-")
    }

    /// Where it cannot go.
    pub(super) fn check(&self) -> Result<(), UsageError> {
        let problem = if self.is_stdout() {
            io::stdout().is_terminal().then(|| "an archive is not written to a terminal".to_owned())
        } else if self.form == Form::Local {
            let is_other = self.dest.exists() && !self.dest.is_dir();
            is_other.then(|| format!("`{}` is no folder", self.dest.display()))
        } else {
            self.dest
                .is_dir()
                .then(|| format!("`{}` is a folder, expected a file", self.dest.display()))
        };
        match problem {
            Some(problem) => {
                Err(UsageError { message: format!("--output: {problem}"), hint: None })
            }
            None => Ok(()),
        }
    }
}

/// A good build that goes elsewhere, too.
pub(super) struct Delivery<'a> {
    pub globals: &'a Globals,
    /// Where the image is.
    pub engine: &'a DockerEngine,
    /// Where its steps ran.
    pub builder: &'a dyn Builder,
    pub plan: &'a Plan,
    pub options: &'a BuildOptions,
    pub built: &'a Built,
    pub cancel: &'a CancellationToken,
}

impl Delivery<'_> {
    /// Writes what `--output` asks for.
    pub(super) async fn export(&self, export: &Export) -> Result<()> {
        let shown = export.dest.display();
        let failed = || format!("the image is built, but not written to `{shown}`");
        match export.form {
            Form::Docker => {
                let name = self.built.tags.first().unwrap_or(&self.built.image.id);
                let mut out = Destination::open(export).with_context(failed)?;
                let copied = read_image(self.engine, name, move |archive| {
                    io::copy(archive, &mut out).and_then(|_| out.finish())
                });
                tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => return Err(interrupted(&shown).into()),
                    copied = copied => copied?.with_context(failed)?,
                }
            }
            Form::Tar | Form::Local => {
                // A file without a name: what is not whole is never seen.
                let mut file = tempfile::tempfile().with_context(failed)?;
                let sink = TarOutput::new(file.try_clone().with_context(failed)?);
                let again =
                    build::export_files(self.builder, self.plan, self.options, sink, self.cancel)
                        .await
                        .map_err(|error| match error {
                            BuildError::Interrupted => interrupted(&shown),
                            error => error,
                        })?;
                if again > 0 {
                    self.globals.note(&format!(
                        "warning: {} ran again to write `{shown}`: the engine has no cache of them, and the files may differ from the image's",
                        count(again, "step")
                    ));
                }
                file.rewind().with_context(failed)?;
                let write = || match export.form {
                    Form::Local => unpack(file, &export.dest),
                    _ => {
                        let mut out = Destination::open(export)?;
                        io::copy(&mut file, &mut out).and_then(|_| out.finish())
                    }
                };
                write().with_context(failed)?;
            }
        }
        if !export.is_stdout() {
            self.globals.note(&format!("wrote {shown}"));
        }
        Ok(())
    }

    /// Pushes every name of the image; returns `name@digest` of each.
    pub(super) async fn push(&self) -> Result<Vec<String>> {
        let mut pushed = Vec::new();
        for tag in &self.built.tags {
            self.globals.note(&format!("pushing {tag}"));
            let digest = self.engine.push(tag, self.cancel).await.map_err(|error| match error {
                SolveError::Canceled | SolveError::Engine(EngineError::Cancelled) => {
                    BuildError::InterruptedDelivery { what: format!("pushed as `{tag}`") }
                }
                SolveError::Engine(error) => error.into(),
                SolveError::Failed { message } => {
                    BuildError::NotPushed { tag: tag.clone(), message }
                }
            })?;
            let name = digest.map_or_else(|| tag.clone(), |digest| format!("{tag}@{digest}"));
            self.globals.note(&format!("pushed {name}"));
            pushed.push(name);
        }
        Ok(pushed)
    }
}

fn interrupted(dest: &impl std::fmt::Display) -> BuildError {
    BuildError::InterruptedDelivery { what: format!("written to `{dest}`") }
}

/// A file, or standard output.
enum Destination {
    File(Output),
    Stdout(io::Stdout),
}

impl Destination {
    fn open(export: &Export) -> io::Result<Self> {
        match export.is_stdout() {
            true => Ok(Self::Stdout(io::stdout())),
            false => Output::create(&export.dest).map(Self::File),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::File(output) => output.finish(),
            Self::Stdout(mut stdout) => stdout.flush(),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(output) => output.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(output) => output.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

/// Unpacks an archive into a folder as buildx does: the files belong to whoever builds, devices are
/// left out, and no name leads out of the folder.
fn unpack(archive: impl Read, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut archive = tar::Archive::new(archive);
    let mut folders = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        entry.set_preserve_permissions(true);
        entry.set_preserve_mtime(true);
        let kind = entry.header().entry_type();
        if kind.is_block_special() || kind.is_character_special() || kind.is_fifo() {
            continue;
        }
        // The modes of folders come last: one may forbid to write into it.
        if kind.is_dir() {
            folders.push((entry.path()?.into_owned(), entry.header().mode()?));
            entry.set_preserve_permissions(false);
        }
        entry.unpack_in(folder)?;
    }
    for (path, mode) in folders.into_iter().rev() {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(path);
        // A link may have taken its place.
        if path.symlink_metadata().is_ok_and(|facts| facts.is_dir()) {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode & 0o7777))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_folders_archives_and_images() {
        let read = |text: &str| text.parse::<Export>().map(|export| (export.form, export.dest));
        assert_eq!(read("out").unwrap(), (Form::Local, "out".into()));
        assert_eq!(read("-").unwrap(), (Form::Tar, "-".into()));
        assert_eq!(read("type=tar,dest=a.tar").unwrap(), (Form::Tar, "a.tar".into()));
        assert_eq!(read("dest=x,type=local").unwrap(), (Form::Local, "x".into()));
        assert_eq!(read("type=docker,dest=-").unwrap(), (Form::Docker, "-".into()));
        for text in [
            "",
            "a,b",
            "type=local",
            "type=local,dest=-",
            "type=tar,dest=",
            "type=docker",
            "type=oci,dest=x",
            "type=registry,name=x",
            "type=image",
            "type=x,dest=y",
            "dest=y",
            "type=tar,x",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn files_are_unpacked_below_the_folder_only() {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        let mut add =
            |path: &str, kind: tar::EntryType, mode: u32, link: Option<&str>, data: &[u8]| {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(kind);
                header.set_mode(mode);
                header.set_size(data.len() as u64);
                header.set_uid(4242);
                if let Some(link) = link {
                    header.set_link_name(link).unwrap();
                }
                let name = path.as_bytes();
                header.as_mut_bytes()[..name.len()].copy_from_slice(name);
                header.set_cksum();
                archive.append(&header, data).unwrap();
            };
        add("sealed/", tar::EntryType::Directory, 0o555, None, b"");
        add("sealed/file", tar::EntryType::Regular, 0o755, None, b"inside");
        add("out", tar::EntryType::Symlink, 0o777, Some("/"), b"");
        add("null", tar::EntryType::Char, 0o666, None, b"");
        add("../escaped", tar::EntryType::Regular, 0o644, None, b"no");
        let bytes = archive.into_inner().unwrap();
        let folder = dir.path().join("folder");
        unpack(bytes.as_slice(), &folder).unwrap();
        assert_eq!(std::fs::read(folder.join("sealed/file")).unwrap(), b"inside");
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let mode = |path: &str| {
            folder.join(path).symlink_metadata().unwrap().permissions().mode() & 0o7777
        };
        assert_eq!((mode("sealed"), mode("sealed/file")), (0o555, 0o755));
        let own = dir.path().metadata().unwrap().uid();
        assert_eq!(folder.join("sealed/file").metadata().unwrap().uid(), own);
        assert!(!folder.join("null").exists() && !dir.path().join("escaped").exists());
        assert!(folder.join("out").symlink_metadata().unwrap().is_symlink());
    }
}
