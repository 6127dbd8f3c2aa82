//! Names in a tarball. npm drops the first folder, whatever it is called.

use super::ArchiveError;

/// The path inside the package; `None` for the first folder itself and for files beside it, which
/// npm does not unpack either.
pub(super) fn inside(name: &[u8]) -> Result<Option<String>, ArchiveError> {
    let shown = || String::from_utf8_lossy(name).into_owned();
    let text = std::str::from_utf8(name);
    if name.starts_with(b"/") || name.contains(&0) || name.split(|b| *b == b'/').any(|p| p == b"..")
    {
        return Err(ArchiveError::Escapes(shown()));
    }
    // Names that are no text cannot be wanted.
    let Ok(text) = text else { return Ok(None) };
    let mut parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.next();
    let rest = parts.collect::<Vec<_>>().join("/");
    Ok(Some(rest).filter(|rest| !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_goes() {
        let name = |text: &str| inside(text.as_bytes()).unwrap();
        assert_eq!(name("package/src/a.js").as_deref(), Some("src/a.js"));
        assert_eq!(name("./other//src/./a.js").as_deref(), Some("src/a.js"));
        assert_eq!(name("package/"), None);
        assert_eq!(inside(b"package/\xff").unwrap(), None);
        for bad in ["../a", "package/../../a", "/etc/passwd", "package/a/..", "a\0b"] {
            assert!(inside(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
