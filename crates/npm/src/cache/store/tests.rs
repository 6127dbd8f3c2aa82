//! The cache folder, as it should be and as it should not.

use super::*;

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    (folder, cache)
}

fn file(bytes: &[u8]) -> PackageFile {
    PackageFile::new(bytes, 0o755)
}

#[test]
fn files_and_their_absence_are_kept() {
    let (_folder, cache) = cache();
    let (one, two) = (Integrity::of(b"1"), Integrity::of(b"2"));
    assert!(matches!(cache.file(&one, "a"), Ok(CacheLookup::Absent)));
    cache.put_file(&one, "a", Some(&file(b"A\n\0"))).unwrap();
    cache.put_file(&one, "b", None).unwrap();
    let Ok(CacheLookup::Present(Some(found))) = cache.file(&one, "a") else { panic!() };
    assert_eq!(found, file(b"A\n\0"));
    assert!(matches!(cache.file(&one, "b"), Ok(CacheLookup::Present(None))));
    assert!(matches!(cache.file(&two, "a"), Ok(CacheLookup::Absent)));
}

#[test]
fn every_changed_byte_is_found() {
    let (_folder, cache) = cache();
    let integrity = Integrity::of(b"1");
    cache.put_file(&integrity, "a", Some(&file(b"content"))).unwrap();
    let at = cache.file_at(&integrity.to_string(), "a");
    let content = std::fs::read(&at).unwrap();
    for index in 0..content.len() {
        let mut changed = content.clone();
        changed[index] ^= 1;
        std::fs::write(&at, &changed).unwrap();
        let found = cache.file(&integrity, "a").unwrap();
        let CacheLookup::Damaged(error) = found else { panic!("byte {index}") };
        assert!(error.to_string().contains(at.to_str().unwrap()), "{error}");
    }
    for length in 0..content.len() {
        std::fs::write(&at, &content[..length]).unwrap();
        assert!(
            matches!(cache.file(&integrity, "a"), Ok(CacheLookup::Damaged(_))),
            "{length} bytes"
        );
    }
    cache.put_file(&integrity, "a", Some(&file(b"content"))).unwrap();
    assert_eq!(std::fs::read(&at).unwrap(), content);
}

#[test]
fn a_whole_entry_in_the_wrong_place_is_found() {
    let (_folder, cache) = cache();
    let integrity = Integrity::of(b"1");
    cache.put_file(&integrity, "a", Some(&file(b"A"))).unwrap();
    cache.put_file(&integrity, "b", Some(&file(b"B"))).unwrap();
    let at = |path| cache.file_at(&integrity.to_string(), path);
    std::fs::copy(at("a"), at("b")).unwrap();
    assert!(matches!(cache.file(&integrity, "b"), Ok(CacheLookup::Damaged(_))));
}

#[test]
fn documents_know_their_age() {
    let (_folder, cache) = cache();
    let document =
        Document { json: b"{}".to_vec(), etag: Some("e".to_owned()), age: Duration::ZERO };
    cache.put_document("u", &document).unwrap();
    let Ok(CacheLookup::Present(found)) = cache.document("u") else { panic!() };
    assert_eq!((found.json.as_slice(), found.etag.as_deref()), (b"{}".as_slice(), Some("e")));
    assert!(found.age < Duration::from_secs(60));
    let old = SystemTime::now() - Duration::from_secs(500);
    let at = std::fs::File::options().write(true).open(cache.document_at("u")).unwrap();
    at.set_modified(old).unwrap();
    let Ok(CacheLookup::Present(found)) = cache.document("u") else { panic!() };
    assert!(found.age >= Duration::from_secs(500));
    assert!(matches!(cache.document("v"), Ok(CacheLookup::Absent)));
}

#[test]
fn many_writers_at_once() {
    let (folder, cache) = cache();
    let integrity = Integrity::of(b"1");
    let big = vec![b'x'; 1 << 20];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    cache.put_file(&integrity, "a", Some(&file(&big))).unwrap();
                    let found = cache.file(&integrity, "a").unwrap();
                    assert!(
                        matches!(found, CacheLookup::Present(Some(found)) if *found.bytes == *big)
                    );
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(folder.path().join("npm-1/tmp")).unwrap().count(), 0);
}

#[test]
fn what_a_killed_process_left_goes_after_an_hour() {
    let (folder, cache) = cache();
    let temporary = folder.path().join("npm-1/tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let (old, new) = (temporary.join("old"), temporary.join("new"));
    let hours = SystemTime::now() - 2 * ABANDONED;
    std::fs::File::create(&old).unwrap().set_modified(hours).unwrap();
    std::fs::File::create(&new).unwrap();
    cache.put_file(&Integrity::of(b"1"), "a", None).unwrap();
    assert!(!old.exists() && new.exists());
}

#[test]
fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("npm-1"), "a file").unwrap();
    let cache = Cache::new(folder.path());
    let error = cache.put_file(&Integrity::of(b"1"), "a", None).unwrap_err();
    assert!(matches!(error, CacheError::Write { .. }));
    assert!(error.hint().unwrap().contains("df -h"));
    assert!(cache.file(&Integrity::of(b"1"), "a").is_err());
}

/// The limit on file sizes stops a write in its middle, as a full disk does; it is set for a child,
/// this test again, because it holds for a whole process.
#[test]
#[allow(clippy::disallowed_methods)] // the process that it starts asks
fn a_full_disk_leaves_no_half_entry() {
    const FOLDER: &str = "MAD_TEST_FULL_DISK";
    let integrity = Integrity::of(b"1");
    if let Some(folder) = std::env::var_os(FOLDER) {
        let cache = Cache::new(folder);
        cache.put_file(&integrity, "small", Some(&file(b"small"))).unwrap();
        let big = file(&vec![b'x'; 1 << 20]);
        let error = cache.put_file(&integrity, "big", Some(&big)).unwrap_err();
        assert!(matches!(error, CacheError::Write { .. }), "{error}");
        assert!(matches!(cache.file(&integrity, "big"), Ok(CacheLookup::Absent)));
        assert!(matches!(cache.file(&integrity, "small"), Ok(CacheLookup::Present(Some(_)))));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = std::thread::current().name().unwrap().to_owned();
    let status = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact \"$1\" --quiet"])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(FOLDER, folder.path())
        .env_remove("LLVM_PROFILE_FILE")
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(std::fs::read_dir(folder.path().join("npm-1/tmp")).unwrap().count(), 0);
}
