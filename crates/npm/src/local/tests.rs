//! Packages on disk.

use std::os::unix::fs::symlink;

use super::super::testing::{package, tarball};
use super::*;

fn wanted() -> FileSelection {
    FileSelection::new(["src/a.js", "src/none.js"]).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    let manifest = r#"{"name":"a","version":"1.0.0","type":"module"}"#;
    std::fs::write(folder.path().join("package.json"), manifest).unwrap();
    std::fs::write(folder.path().join("src/a.js"), "A").unwrap();
    folder
}

fn read(path: &Path) -> Result<PackageFiles, LocalError> {
    Local::at(path)?.files(&wanted(), &Limits::default())
}

#[test]
fn a_folder_and_a_tarball_of_it_are_the_same() {
    let folder = folder();
    let file = folder.path().join("a.tgz");
    std::fs::write(&file, package("1.0.0", "A")).unwrap();
    let files = read(folder.path()).unwrap();
    assert_eq!(files, read(&file).unwrap());
    assert_eq!(files.manifest.version.as_deref(), Some("1.0.0"));
    assert_eq!(files.files["src/none.js"], None);
    assert_eq!(&*files.files["src/a.js"].as_ref().unwrap().bytes, b"A");
}

#[test]
fn links_are_refused() {
    let a = folder();
    std::fs::remove_file(a.path().join("src/a.js")).unwrap();
    symlink("/etc/passwd", a.path().join("src/a.js")).unwrap();
    assert!(matches!(read(a.path()), Err(LocalError::NotAFile { .. })));
    let b = folder();
    std::fs::rename(b.path().join("src"), b.path().join("source")).unwrap();
    symlink("source", b.path().join("src")).unwrap();
    assert!(matches!(read(b.path()), Err(LocalError::NotAFile { .. })));
}

#[test]
fn what_is_no_package() {
    let empty = tempfile::tempdir().unwrap();
    let error = read(empty.path()).unwrap_err().to_string();
    assert!(error.contains("the package has none"), "{error}");
    assert!(matches!(read(&empty.path().join("none")), Err(LocalError::Read { .. })));
    let file = empty.path().join("a.tgz");
    let whole = tarball(&[("package/package.json", b"{")]);
    std::fs::write(&file, &whole).unwrap();
    assert!(matches!(read(&file), Err(LocalError::Manifest { .. })));
    std::fs::write(&file, &whole[..whole.len() - 3]).unwrap();
    let error = read(&file).unwrap_err().to_string();
    assert!(error.contains("ends too early"), "{error}");
}

#[test]
fn limits() {
    let folder = folder();
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    let local = Local::at(folder.path()).unwrap();
    assert!(matches!(local.files(&wanted(), &limits), Err(LocalError::TooLarge { .. })));
    let file = folder.path().join("a.tgz");
    std::fs::write(&file, package("1.0.0", "A")).unwrap();
    let limits = Limits { tarball_bytes: 10, ..Limits::default() };
    let local = Local::at(file).unwrap();
    assert!(matches!(local.files(&wanted(), &limits), Err(LocalError::TooLarge { .. })));
}
