//! Files of versions, from a registry on a local port.

use std::time::{Duration, Instant};

use super::super::testing::{Answer, Server, a, package, status, tarball};
use super::super::{CacheError, Freshness, Packument};
use super::*;

struct Bench {
    server: Server,
    registry: Registry,
    cache: Cache,
    folder: tempfile::TempDir,
    cancel: Cancel,
}

impl Bench {
    fn new() -> Self {
        let server = Server::start();
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        Self { registry: server.registry(), server, cache, folder, cancel: Cancel::new() }
    }

    fn packument(&self) -> Packument {
        self.registry.packument(&a(), &self.cache, Freshness::Now, &Cancel::new()).unwrap()
    }

    fn fetch(&self, packument: &Packument, offline: bool) -> Vec<Fetched> {
        self.fetch_with(packument, offline, Limits::default(), &|_| {})
    }

    fn fetch_with(
        &self,
        packument: &Packument,
        offline: bool,
        limits: Limits,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Vec<Fetched> {
        let fetch = Fetch {
            registry: &self.registry,
            cache: &self.cache,
            offline,
            threads: 4,
            limits,
            cancel: self.cancel.clone(),
        };
        let releases: Vec<_> = packument.releases.iter().collect();
        fetch.files(&releases, &wanted(), progress)
    }

    /// The error of the only version, and nothing in the cache.
    fn fault(&self) -> NpmError {
        let packument = self.packument();
        let error = self.fetch(&packument, false).remove(0).result.unwrap_err();
        assert!(!self.folder.path().join("npm-1/files").exists(), "cached after {error}");
        error
    }
}

fn wanted() -> FileSelection {
    FileSelection::new(["src/a.js", "src/none.js"]).unwrap()
}

const TARBALL: &str = "/a/-/a-1.0.0.tgz";

#[test]
fn files_of_all_versions_then_from_the_cache() {
    let bench = Bench::new();
    let versions: Vec<String> = (0..9).map(|n| format!("1.{n}.0")).collect();
    let tarballs: Vec<_> = versions.iter().map(|v| package(v, &format!("// {v}"))).collect();
    let pairs: Vec<_> =
        versions.iter().zip(&tarballs).map(|(v, t)| (v.as_str(), t.as_slice())).collect();
    bench.server.publish(&pairs);
    let packument = bench.packument();
    let told = Mutex::new(BTreeMap::new());
    let fetched = bench.fetch_with(&packument, false, Limits::default(), &|progress| {
        let at = (progress.bytes, progress.total, progress.done);
        told.lock().unwrap().insert(progress.version.to_string(), at);
    });
    for ((fetched, version), tarball) in fetched.iter().zip(&versions).zip(&tarballs) {
        let files = fetched.result.as_ref().unwrap();
        assert_eq!(fetched.version.to_string(), *version);
        assert_eq!(files.manifest.version.as_ref(), Some(version));
        let text = format!("// {version}");
        assert_eq!(&*files.files["src/a.js"].as_ref().unwrap().bytes, text.as_bytes());
        assert_eq!(files.files["src/none.js"], None);
        let length = tarball.len() as u64;
        assert_eq!(told.lock().unwrap()[version], (length, Some(length), true));
    }
    let asked = bench.server.asked().len();
    assert_eq!(bench.fetch(&packument, false), fetched);
    assert_eq!(bench.fetch(&packument, true), fetched);
    assert_eq!(bench.server.asked().len(), asked, "nobody was asked");
}

#[test]
fn other_bytes_than_published() {
    let bench = Bench::new();
    let good = package("1.0.0", "good");
    bench.server.announce(&[("1.0.0", Integrity::of(&good))]);
    for changed in [package("1.0.0", "evil"), [good.as_slice(), b"x"].concat(), b"<html>".to_vec()]
    {
        let length = changed.len() as u64;
        bench.server.answer(TARBALL, [Answer::Full(200, Vec::new(), changed)]);
        let error = bench.fault();
        assert!(
            matches!(&error, NpmError::IntegrityDiffers { bytes, .. } if *bytes == length),
            "{error}"
        );
        assert!(error.to_string().contains("a 1.0.0 does not match the registry"), "{error}");
    }
}

#[test]
fn bad_packages_with_the_right_hash() {
    for (files, expected) in [
        (vec![("package/../x", b"".as_slice())], "which leaves the package"),
        (vec![("package/src/a.js", b"1"), ("package/src/a.js", b"2")], "has `src/a.js` twice"),
        (vec![("package/src/a.js", b"1")], "the package has none"),
        (vec![("package/package.json", b"{")], "`package.json` of a 1.0.0"),
    ] {
        let bench = Bench::new();
        let bytes = tarball(&files);
        bench.server.publish(&[("1.0.0", &bytes)]);
        let packument = bench.packument();
        let error = bench.fetch(&packument, false).remove(0).result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_tarball_that_breaks_off_is_tried_again() {
    let bytes = package("1.0.0", "x");
    for broken in [Answer::Cut(bytes.clone(), 50), Answer::Close, status(500), status(429)] {
        let bench = Bench::new();
        bench.server.publish(&[("1.0.0", &bytes)]);
        let whole = Answer::Full(200, Vec::new(), bytes.clone());
        bench.server.answer(TARBALL, [broken.clone(), broken.clone(), whole]);
        let packument = bench.packument();
        assert!(bench.fetch(&packument, false)[0].result.is_ok());
        assert_eq!(bench.server.count(TARBALL), 3);
        let bench = Bench::new();
        bench.server.publish(&[("1.0.0", &bytes)]);
        bench.server.answer(TARBALL, [broken]);
        let error = bench.fault().to_string();
        assert!(error.contains("after 3 attempts"), "{error}");
        assert_eq!(bench.server.count(TARBALL), 3);
    }
}

#[test]
fn a_server_that_falls_silent() {
    let bench = Bench::new();
    let bytes = package("1.0.0", "x");
    bench.server.publish(&[("1.0.0", &bytes)]);
    bench.server.answer(TARBALL, [Answer::Stall(bytes, 50)]);
    let error = bench.fault().to_string();
    assert!(error.contains("timed out"), "{error}");
}

#[test]
fn a_slow_server_is_waited_for() {
    let bench = Bench::new();
    let bytes = package("1.0.0", "x");
    bench.server.publish(&[("1.0.0", &bytes)]);
    // Longer than the idle timeout in all.
    let pause = Duration::from_millis(100);
    bench.server.answer(TARBALL, [Answer::Slow(bytes.clone(), bytes.len() / 8, pause)]);
    let packument = bench.packument();
    assert!(bench.fetch(&packument, false)[0].result.is_ok());
}

/// Each byte in time, and never all of them.
#[test]
fn a_download_that_only_drips_ends() {
    let bench = Bench::new();
    let bytes = package("1.0.0", "x");
    bench.server.publish(&[("1.0.0", &bytes)]);
    let drips = || Answer::Slow(bytes.clone(), 1, Duration::from_millis(100));
    bench.server.answer("/a/-/a-1.0.0.tgz", [drips(), drips(), drips()]);
    let packument = bench.packument();
    match &bench.fetch(&packument, false)[0].result {
        Err(NpmError::Unreachable { why, attempts: 3, .. }) => {
            assert!(why.starts_with("it is too slow: "), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let bench = Bench::new();
    // Each of its own bytes: the cache goes by content, and would have the one that is missing.
    let [one, two, three] = ["1.0.0", "2.0.0", "3.0.0"].map(|version| package(version, "x"));
    bench.server.publish(&[("1.0.0", &one), ("2.0.0", &two), ("3.0.0", &three)]);
    bench.server.answer("/a/-/a-2.0.0.tgz", [status(404)]);
    let packument = bench.packument();
    let fetched = bench.fetch(&packument, false);
    let good: Vec<bool> = fetched.iter().map(|fetched| fetched.result.is_ok()).collect();
    assert_eq!(good, [true, false, true]);
    assert!(matches!(fetched[1].result, Err(NpmError::NotFound { .. })));
}

#[test]
fn offline_says_what_is_missing() {
    let bench = Bench::new();
    bench.server.publish(&[("1.0.0", &package("1.0.0", "x"))]);
    let packument = bench.packument();
    let error = bench.fetch(&packument, true).remove(0).result.unwrap_err();
    let text = "offline, and `package.json` of a 1.0.0 is not in the cache";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_damaged_cache_is_mended_or_named() {
    let bench = Bench::new();
    bench.server.publish(&[("1.0.0", &package("1.0.0", "x"))]);
    let packument = bench.packument();
    let fetched = bench.fetch(&packument, false);
    let files = bench.folder.path().join("npm-1/files");
    let damage = || {
        for folder in std::fs::read_dir(&files).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let mut bytes = std::fs::read(&path).unwrap();
                *bytes.last_mut().unwrap() ^= 1;
                std::fs::write(path, bytes).unwrap();
            }
        }
    };
    damage();
    let error = bench.fetch(&packument, true).remove(0).result.unwrap_err();
    assert!(matches!(&error, NpmError::Cache(CacheError::Damaged { .. })), "{error}");
    assert!(error.hint().unwrap().starts_with("`rm "));
    assert_eq!(bench.fetch(&packument, false), fetched);
    assert_eq!(bench.fetch(&packument, true), fetched);
}

#[test]
fn a_cache_that_cannot_be_written_is_said() {
    let bench = Bench::new();
    bench.server.publish(&[("1.0.0", &package("1.0.0", "x"))]);
    let packument = bench.packument();
    std::fs::write(bench.folder.path().join("npm-1/files"), "in the way").unwrap();
    let error = bench.fetch(&packument, false).remove(0).result.unwrap_err();
    assert!(matches!(error, NpmError::Cache(_)), "{error}");
}

#[test]
fn without_a_hash_nothing_is_fetched() {
    let bench = Bench::new();
    bench.server.publish(&[("1.0.0", &package("1.0.0", "x"))]);
    let mut packument = bench.packument();
    packument.releases[0].integrity = None;
    let error = bench.fetch(&packument, false).remove(0).result.unwrap_err();
    assert_eq!(error, NpmError::NoIntegrity { what: "a 1.0.0".to_owned() });
    assert_eq!(bench.server.count(TARBALL), 0);
}

#[test]
fn limits_of_a_tarball() {
    let bench = Bench::new();
    let bytes = package("1.0.0", &"x".repeat(5000));
    bench.server.publish(&[("1.0.0", &bytes)]);
    let packument = bench.packument();
    let with = |limits| {
        let fetched = bench.fetch_with(&packument, false, limits, &|_| {});
        fetched[0].result.as_ref().unwrap_err().to_string()
    };
    let limits = Limits::default();
    let error = with(Limits { tarball_bytes: 100, ..limits });
    assert!(error.contains("answered with more than 100 bytes"), "{error}");
    let error = with(Limits { unpacked_bytes: 2048, ..limits });
    assert!(error.contains("unpacks to more than 2 KiB"), "{error}");
    let error = with(Limits { file_bytes: 1024, ..limits });
    assert!(error.contains("`src/a.js` in the tarball has 4 KiB"), "{error}");
}

#[test]
fn a_cancel_ends_all_of_it_within_a_second() {
    let bench = Bench::new();
    let bytes = package("1.0.0", "x");
    let pairs: Vec<_> = ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0", "6.0.0"]
        .map(|version| (version, bytes.as_slice()))
        .to_vec();
    bench.server.publish(&pairs);
    for (version, _) in &pairs {
        let slow = Answer::Slow(bytes.clone(), 1, Duration::from_millis(200));
        bench.server.answer(&format!("/a/-/a-{version}.tgz"), [slow]);
    }
    let packument = bench.packument();
    let fetched = thread::scope(|scope| {
        let job = scope.spawn(|| bench.fetch(&packument, false));
        thread::sleep(Duration::from_millis(500));
        bench.cancel.cancel();
        let begin = Instant::now();
        let fetched = job.join().unwrap();
        // The promise of an interrupt.
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        fetched
    });
    assert!(fetched.iter().all(|fetched| fetched.result == Err(NpmError::Cancelled)));
    assert!(!bench.folder.path().join("npm-1/files").exists());
}

#[test]
fn a_network_that_went_away_is_not_asked_for_every_version() {
    let bench = Bench::new();
    let bytes = package("1.0.0", "x");
    let versions: Vec<String> = (0..40).map(|n| format!("1.{n}.0")).collect();
    let pairs: Vec<_> = versions.iter().map(|v| (v.as_str(), bytes.as_slice())).collect();
    bench.server.publish(&pairs);
    for version in &versions {
        bench.server.answer(&format!("/a/-/a-{version}.tgz"), [Answer::Close]);
    }
    let packument = bench.packument();
    let fetched = bench.fetch(&packument, false);
    let gone = |fetched: &Fetched| matches!(fetched.result, Err(NpmError::Unreachable { .. }));
    assert!(fetched.iter().all(gone));
    // Four threads may each have begun one more; three attempts for each version.
    assert!(bench.server.asked().len() <= 1 + 3 * 8, "{}", bench.server.asked().len());
}
