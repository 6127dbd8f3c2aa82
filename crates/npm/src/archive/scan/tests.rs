//! Good tarballs and bad ones.

use tar::{Builder, EntryType, Header};

use super::super::super::testing::{append, gzip, tarball};
use super::*;

fn read(bytes: &[u8], wanted: &[&str]) -> Result<BTreeMap<String, PackageFile>, ArchiveError> {
    scan(bytes, &wanted.iter().copied().collect(), &Limits::default())
}

/// A tarball of such entries, all for `src/a.js`.
fn built(
    entries: &[(&str, EntryType, &[u8])],
) -> Result<BTreeMap<String, PackageFile>, ArchiveError> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, bytes) in entries {
        append(&mut builder, name, *kind, bytes);
    }
    read(&gzip(&builder.into_inner().unwrap()), &["src/a.js"])
}

#[test]
fn the_wanted_files_and_no_others() {
    let files: [(&str, &[u8]); 3] = [("x/src/a.js", b"A"), ("x/b", b"B"), ("x/src/c.js", b"C")];
    let found = read(&tarball(&files), &["src/a.js", "src/none.js"]).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["src/a.js"]);
    assert_eq!(found["src/a.js"], PackageFile::new(b"A".as_slice(), 0o644));
}

#[test]
fn npms_view_of_modes() {
    for (mode, expected) in [(0o600, 0o644), (0o744, 0o755), (0o4777, 0o755), (0o111, 0o755)] {
        assert_eq!(PackageFile::new(b"".as_slice(), mode).mode, expected);
    }
}

#[test]
fn long_names_of_both_kinds() {
    let folder = "d".repeat(120);
    let path = format!("{folder}/a.js");
    let name = format!("package/{path}");
    let mut gnu = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    gnu.append_data(&mut header, &name, b"A".as_slice()).unwrap();
    let mut pax = Builder::new(Vec::new());
    pax.append_pax_extensions([("path", name.as_bytes()), ("size", b"1")]).unwrap();
    append(&mut pax, "package/short", EntryType::Regular, b"A");
    for builder in [gnu, pax] {
        let bytes = gzip(&builder.into_inner().unwrap());
        assert_eq!(&*read(&bytes, &[&path]).unwrap()[&path].bytes, b"A");
    }
}

#[test]
fn names_that_leave() {
    for name in ["package/../../etc/passwd", "/etc/passwd", "../x", "package/src/../a.js"] {
        let error = built(&[(name, EntryType::Regular, b"x")]).unwrap_err();
        assert_eq!(error, ArchiveError::Escapes(name.to_owned()));
    }
    // Whatever it is, and wherever the name stands.
    assert!(built(&[("../x", EntryType::Symlink, b"")]).is_err());
    let mut builder = Builder::new(Vec::new());
    builder.append_pax_extensions([("path", b"../x".as_slice())]).unwrap();
    append(&mut builder, "package/x", EntryType::Regular, b"");
    let bytes = gzip(&builder.into_inner().unwrap());
    assert_eq!(read(&bytes, &["x"]), Err(ArchiveError::Escapes("../x".to_owned())));
}

#[test]
fn links_where_a_file_is_expected() {
    for (name, kind) in [
        ("package/src/a.js", EntryType::Symlink),
        ("package/src/a.js", EntryType::Link),
        ("package/src/a.js", EntryType::Char),
        ("package/src/a.js", EntryType::GNUSparse),
        ("package/src", EntryType::Symlink),
    ] {
        let error = built(&[(name, kind, b"")]).unwrap_err();
        assert!(matches!(error, ArchiveError::NotAFile { .. }), "{error}");
    }
    assert!(built(&[("package/other", EntryType::Symlink, b"")]).unwrap().is_empty());
    assert!(built(&[("package/src/a.js", EntryType::Directory, b"")]).unwrap().is_empty());
    // A file where a folder of the wanted path is.
    assert!(built(&[("package/src", EntryType::Regular, b"x")]).unwrap().is_empty());
}

#[test]
fn a_wanted_file_twice() {
    let twice = [
        ("package/src/a.js", EntryType::Regular, b"A".as_slice()),
        ("package/b", EntryType::Regular, b"B"),
        ("other/./src/a.js", EntryType::Regular, b"X"),
    ];
    assert_eq!(built(&twice), Err(ArchiveError::Twice("src/a.js".to_owned())));
}

#[test]
fn what_stands_behind_the_end() {
    let entry = |bytes: &[u8]| {
        let mut builder = Builder::new(Vec::new());
        append(&mut builder, "package/src/a.js", EntryType::Regular, bytes);
        let mut tar = builder.into_inner().unwrap();
        tar.truncate(1024);
        tar
    };
    let (first, second) = (entry(b"A"), entry(b"X"));
    for (zeros, rest) in
        [(1, &*second), (2, &*second), (20, &*second), (2, b"x".as_slice()), (3, b"\0\0x")]
    {
        let tar = [&*first, &vec![0; zeros * 512], rest].concat();
        let found = read(&gzip(&tar), &["src/a.js"]);
        assert_eq!(found, Err(ArchiveError::BehindTheEnd), "{zeros}");
    }
    // Tarballs are filled up with zeros, or end without any.
    for zeros in [0, 512, 1024, 10_240, 700] {
        let tar = [&*first, &vec![0; zeros]].concat();
        assert_eq!(read(&gzip(&tar), &["src/a.js"]).unwrap().len(), 1, "{zeros}");
    }
    // Two gzip streams are one, as for npm.
    let both = [gzip(&[&*first, &[0; 512]].concat()), gzip(&second)].concat();
    assert_eq!(read(&both, &["src/a.js"]), Err(ArchiveError::BehindTheEnd));
}

#[test]
fn every_cut_is_found() {
    let noise: Vec<u8> =
        (0..3000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let bytes = tarball(&[("package/src/a.js", b"A"), ("package/b", &noise)]);
    for length in (0..bytes.len()).step_by(97).chain(bytes.len() - 9..bytes.len()) {
        let error = read(&bytes[..length], &["src/a.js"]).unwrap_err();
        assert!(matches!(error, ArchiveError::Truncated { .. }), "{length}: {error}");
    }
    // The gzip stream whole, the tar inside it cut.
    let mut builder = Builder::new(Vec::new());
    append(&mut builder, "package/b", EntryType::Regular, &noise);
    let tar = builder.into_inner().unwrap();
    for length in [100, 512 + 100, 512 + noise.len() - 1] {
        let error = read(&gzip(&tar[..length]), &["b"]).unwrap_err();
        assert!(matches!(error, ArchiveError::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn a_changed_byte_is_found_even_without_integrity() {
    let bytes = tarball(&[("package/src/a.js", b"some text that is long enough to matter")]);
    for at in (10..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        assert!(read(&changed, &["src/a.js"]).is_err(), "byte {at}");
    }
    assert!(matches!(read(b"<html></html>", &["a"]), Err(ArchiveError::Damaged(_))));
    assert!(matches!(read(&gzip(b"no tar at all"), &["a"]), Err(ArchiveError::Truncated { .. })));
    let noise = gzip(&[b'x'; 2048]);
    assert!(matches!(read(&noise, &["a"]), Err(ArchiveError::Damaged(_))));
}

/// A gigabyte of zeros as one entry of this kind and name, in about a megabyte.
fn bomb(kind: EntryType, name: &str) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(1 << 30);
    header.set_cksum();
    // A gzip file may have many members, which makes this cheap to build.
    let megabyte = gzip(&vec![0; 1 << 20]);
    [gzip(header.as_bytes()), megabyte.repeat(1 << 10)].concat()
}

#[test]
fn bombs_end_early() {
    let kinds = [
        (EntryType::Regular, "package/big", "unpacks to more than 512 MiB"),
        (EntryType::Regular, "package/src/a.js", "has 1024 MiB, expected at most 16 MiB"),
        (EntryType::GNULongName, "././@LongLink", "has 1024 MiB, expected at most 1 MiB"),
        (EntryType::XHeader, "pax", "has 1024 MiB, expected at most 1 MiB"),
        (EntryType::XGlobalHeader, "pax", "has 1024 MiB, expected at most 1 MiB"),
    ];
    for (kind, name, expected) in kinds {
        let bytes = bomb(kind, name);
        assert!(bytes.len() < 8 << 20);
        let error = read(&bytes, &["src/a.js"]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    // After the end of the archive too.
    let mut tail = tarball(&[("package/src/a.js", b"A")]);
    tail.extend(bomb(EntryType::Regular, "package/big"));
    assert_eq!(read(&tail, &["src/a.js"]), Err(ArchiveError::BehindTheEnd));
}

#[test]
fn headers_that_two_readers_would_read_differently() {
    let mut builder = Builder::new(Vec::new());
    builder.append_pax_extensions([("size", b"7".as_slice())]).unwrap();
    append(&mut builder, "package/src/a.js", EntryType::Regular, b"A");
    let bytes = gzip(&builder.into_inner().unwrap());
    assert!(read(&bytes, &["src/a.js"]).unwrap_err().to_string().contains("two sizes"));
}
