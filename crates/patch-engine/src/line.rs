//! Lines of a file: with their endings, so that joining them gives the file back.

/// The lines of `bytes`, each with its ending; the last may have none.
pub(super) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

/// The line without its `\n` or `\r\n`.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// For people; what is not UTF-8 is shown as U+FFFD.
pub(super) fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}
