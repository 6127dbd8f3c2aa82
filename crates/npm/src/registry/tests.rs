//! Documents of packages, from a registry on a local port.

use std::time::{Duration, Instant};

use super::super::Integrity;
use super::super::testing::{Answer, Server, a, gzip, ok, status};
use super::*;

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    (folder, cache)
}

fn ask(registry: &Registry, cache: &Cache, freshness: Freshness) -> Result<Packument, NpmError> {
    registry.packument(&a(), cache, freshness, &Cancel::new())
}

const EMPTY: &str = r#"{"versions":{}}"#;

#[test]
fn versions_are_listed_and_kept() {
    let server = Server::start();
    server.publish(&[("2.0.0", b"x"), ("1.0.0", b"y")]);
    let (_folder, cache) = cache();
    let registry = server.registry();
    let packument = ask(&registry, &cache, Freshness::Now).unwrap();
    let versions: Vec<_> = packument.releases.iter().map(|r| r.version.to_string()).collect();
    assert_eq!(versions, ["1.0.0", "2.0.0"]);
    assert_eq!(packument.releases[0].integrity, Some(Integrity::of(b"y")));
    assert!(server.asked()[0].headers["accept"].starts_with("application/vnd.npm.install-v1+json"));
    // Young enough, and offline: nobody is asked.
    let minute = Freshness::Within(Duration::from_secs(60));
    assert_eq!(ask(&registry, &cache, minute).unwrap(), packument);
    assert_eq!(ask(&registry, &cache, Freshness::Offline).unwrap(), packument);
    assert_eq!(server.count("/a"), 1);
    assert_eq!(ask(&registry, &cache, Freshness::Now).unwrap(), packument);
    assert_eq!(server.count("/a"), 2);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let server = Server::start();
    let first = Answer::Full(200, vec![("etag", "\"v1\"".to_owned())], EMPTY.into());
    server.answer("/a", [first, Answer::Full(304, Vec::new(), Vec::new())]);
    let (_folder, cache) = cache();
    let registry = server.registry();
    let packument = ask(&registry, &cache, Freshness::Now).unwrap();
    assert_eq!(ask(&registry, &cache, Freshness::Now).unwrap(), packument);
    assert_eq!(server.asked()[1].headers["if-none-match"], "\"v1\"");
}

#[test]
fn compressed_documents() {
    let server = Server::start();
    let headers = vec![("content-encoding", "gzip".to_owned())];
    server.answer("/a", [Answer::Full(200, headers, gzip(EMPTY.as_bytes()))]);
    let (_folder, cache) = cache();
    assert!(ask(&server.registry(), &cache, Freshness::Now).unwrap().releases.is_empty());
}

#[test]
fn a_document_that_unpacks_without_end_is_not_read() {
    let server = Server::start();
    let headers = vec![("content-encoding", "gzip".to_owned())];
    let bomb = gzip(&vec![b' '; usize::try_from(limits::DOCUMENT_BYTES).unwrap() + 1]);
    server.answer("/a", [Answer::Full(200, headers, bomb)]);
    let (_folder, cache) = cache();
    let error = ask(&server.registry(), &cache, Freshness::Now).unwrap_err();
    assert!(error.to_string().ends_with("more than 64 MiB; stopped reading"), "{error}");
}

#[test]
fn statuses() {
    for (code, times, expected) in [
        (404, 1, "the registry has no package `a`: `URL/a` answered 404"),
        (401, 1, "answered 401, and .npmrc has no credentials for it"),
        (403, 1, "answered 403, and .npmrc has no credentials for it"),
        (400, 1, "`URL/a` answered 400"),
        (500, 3, "`URL/a` answered 500, after 3 attempts"),
        (503, 3, "`URL/a` answered 503, after 3 attempts"),
    ] {
        let server = Server::start();
        server.answer("/a", [status(code)]);
        let (_folder, cache) = cache();
        let error = ask(&server.registry(), &cache, Freshness::Now).unwrap_err();
        let text = error.to_string().replace(&server.url, "URL");
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(server.count("/a"), times, "{code}");
        assert!(matches!(
            ask(&server.registry(), &cache, Freshness::Offline),
            Err(NpmError::Offline { .. })
        ));
    }
}

#[test]
fn what_passes_is_tried_again() {
    let server = Server::start();
    let body = EMPTY.as_bytes().to_vec();
    server.answer("/a", [status(502), Answer::Cut(body, 5), ok(EMPTY)]);
    let (_folder, cache) = cache();
    assert!(ask(&server.registry(), &cache, Freshness::Now).is_ok());
    assert_eq!(server.count("/a"), 3);
}

#[test]
fn answers_that_break_off_or_never_come() {
    let body = EMPTY.as_bytes().to_vec();
    for (answer, expected) in [
        (Answer::Close, ", after 3 attempts"),
        (Answer::Cut(body.clone(), 5), ", after 3 attempts"),
        (Answer::Stall(body, 5), "timed out"),
    ] {
        let server = Server::start();
        server.answer("/a", [answer]);
        let (_folder, cache) = cache();
        let error = ask(&server.registry(), &cache, Freshness::Now).unwrap_err();
        assert!(matches!(error, NpmError::Unreachable { attempts: 3, .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn what_is_no_document_is_not_kept() {
    for (body, expected) in [("<html>", "expected value"), ("{}", "missing field `versions`")] {
        let server = Server::start();
        server.answer("/a", [ok(body)]);
        let (_folder, cache) = cache();
        let error = ask(&server.registry(), &cache, Freshness::Now).unwrap_err().to_string();
        assert!(error.contains("does not answer as a registry does"), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(ask(&server.registry(), &cache, Freshness::Offline).is_err());
    }
}

#[test]
fn nobody_there() {
    let server = Server::start();
    let registry = server.registry();
    drop(server);
    std::thread::sleep(Duration::from_millis(50));
    let (_folder, cache) = cache();
    let error = ask(&registry, &cache, Freshness::Now).unwrap_err();
    assert!(matches!(error, NpmError::Unreachable { attempts: 3, .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--offline"));
}

#[test]
fn credentials_are_sent_to_the_registry_and_not_shown() {
    let server = Server::start();
    server.answer("/a", [status(401)]);
    let (_folder, cache) = cache();
    let place = server.url.trim_start_matches("http:");
    let registry = server.registry_with(&format!("{place}/:_authToken=hunter2"));
    let error = ask(&registry, &cache, Freshness::Now).unwrap_err();
    assert_eq!(server.asked()[0].headers["authorization"], "Bearer hunter2");
    let text = format!("{error} {error:?} {:?}", error.hint());
    assert!(text.contains("to the credentials of .npmrc"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let line = format!("put a token into ~/.npmrc: `{place}/:_authToken=…`");
    assert_eq!(error.hint().unwrap(), line);
    let registry = server.registry_with(&format!("{place}/:_authToken=${{NPM_TOKEN}}"));
    let error = ask(&registry, &cache, Freshness::Now).unwrap_err();
    assert_eq!(error.hint().unwrap(), "set `NPM_TOKEN`, which .npmrc names");
}

#[test]
fn a_token_in_the_path_of_a_registry_is_not_shown() {
    let server = Server::start();
    server.answer("/CANARY/npm/a", [status(401), status(404), status(400)]);
    for _ in 0..3 {
        let (_folder, cache) = cache();
        let registry = server.registry_with(&format!("registry={}/CANARY/npm/", server.url));
        let error = ask(&registry, &cache, Freshness::Now).unwrap_err();
        let text = format!("{error} {error:?} {:?}", error.hint());
        assert!(text.contains("/…/a`") && !text.contains("CANARY"), "{text}");
    }
    let asked = server.asked();
    assert!(asked.iter().all(|request| request.path == "/CANARY/npm/a"), "{asked:?}");
}

#[test]
fn credentials_do_not_follow_to_another_server() {
    let (server, other) = (Server::start(), Server::start());
    other.answer("/elsewhere", [ok(EMPTY)]);
    let headers = vec![("location", format!("{}/elsewhere", other.url))];
    server.answer("/a", [Answer::Full(302, headers, Vec::new())]);
    let (_folder, cache) = cache();
    let place = server.url.trim_start_matches("http:");
    let registry = server.registry_with(&format!("{place}/:_authToken=hunter2"));
    assert!(ask(&registry, &cache, Freshness::Now).is_ok());
    assert_eq!(server.asked()[0].headers["authorization"], "Bearer hunter2");
    assert_eq!(other.asked()[0].headers.get("authorization"), None);
}

#[test]
fn circles_end() {
    let server = Server::start();
    let headers = vec![("location", format!("{}/a", server.url))];
    server.answer("/a", [Answer::Full(302, headers, Vec::new())]);
    let (_folder, cache) = cache();
    let error = ask(&server.registry(), &cache, Freshness::Now).unwrap_err().to_string();
    assert!(error.contains("redirects more than 5 times"), "{error}");
}

#[test]
fn waiting_can_be_cancelled() {
    let server = Server::start();
    let headers = vec![("retry-after", "15".to_owned())];
    server.answer("/a", [Answer::Full(503, headers, Vec::new())]);
    let (_folder, cache) = cache();
    let (registry, cancel) = (server.registry(), Cancel::new());
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let job = scope.spawn(|| registry.packument(&a(), &cache, Freshness::Now, &cancel));
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel();
        assert_eq!(job.join().unwrap(), Err(NpmError::Cancelled));
    });
    // The promise of an interrupt, and the time before it; the server asks for 15 s.
    assert!(begin.elapsed() < Duration::from_millis(2300), "{:?}", begin.elapsed());
}

#[test]
fn scoped_names_are_one_segment_of_the_address() {
    let server = Server::start();
    server.answer("/npm/@s%2fa", [ok(EMPTY)]);
    let (_folder, cache) = cache();
    let registry = server.registry_with(&format!("@s:registry={}/npm", server.url));
    let name = PackageName::parse("@s/a").unwrap();
    assert!(registry.packument(&name, &cache, Freshness::Now, &Cancel::new()).is_ok());
}

#[test]
fn a_proxy_is_used_and_named_without_its_password() {
    let (server, proxy) = (Server::start(), Server::start());
    proxy.answer("/a", [ok(EMPTY)]);
    let (_folder, cache) = cache();
    let line = format!("proxy={}", proxy.url.replace("//", "//me:hunter2@"));
    let registry = server.registry_with(&line);
    assert!(ask(&registry, &cache, Freshness::Now).is_ok());
    assert!(server.url.ends_with(&proxy.asked()[0].path), "{:?}", proxy.asked());
    assert!(proxy.asked()[0].headers.contains_key("proxy-authorization"));
    assert!(server.asked().is_empty());
    let direct = server.registry_with(&format!("{line}\nnoproxy=127.0.0.1"));
    assert!(matches!(ask(&direct, &cache, Freshness::Now), Err(NpmError::NotFound { .. })));
    drop(proxy);
    std::thread::sleep(Duration::from_millis(50));
    let registry = server.registry_with(&line);
    let error = ask(&registry, &cache, Freshness::Now).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("through the proxy `127.0.0.1:"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
