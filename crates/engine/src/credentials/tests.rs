//! Logins from the file and from helpers that work, fail, hang and are missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A configuration, and beside it a program `helper` that runs `script`.
fn config(text: &str, script: &str) -> (tempfile::TempDir, DockerConfig) {
    let dir = tempfile::tempdir().unwrap();
    let helper = dir.path().join("helper");
    fs::write(&helper, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(dir.path().join("config.json"), text).unwrap();
    let config = DockerConfig::read(Some(dir.path())).unwrap();
    (dir, config)
}

async fn found(text: &str, host: &str) -> Option<Credentials> {
    find(&config(text, "").1, host, &CredentialLog::default()).await
}

#[tokio::test]
async fn logins_of_the_file_are_found_by_every_spelling_of_the_host() {
    let login = Some(("me".to_owned(), "pass:word".to_owned()));
    let auth = r#"{"auth": "bWU6cGFzczp3b3Jk"}"#;
    for key in ["h:5000", "h:5000/", "https://h:5000", "http://h:5000/v2/", "https://h:5000/v1/"] {
        assert_eq!(found(&format!(r#"{{"auths": {{"{key}": {auth}}}}}"#), "h:5000").await, login);
    }
    for key in
        ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"]
    {
        let text = format!(r#"{{"auths": {{"{key}": {auth}}}}}"#);
        assert_eq!(found(&text, "registry-1.docker.io").await, login, "{key}");
    }
    assert_eq!(found(&format!(r#"{{"auths": {{"h": {auth}}}}}"#), "h:5000").await, None);
    let token = r#"{"auths": {"h": {"auth": "bWU6", "identitytoken": "T"}}}"#;
    assert_eq!(found(token, "h").await, Some((String::new(), "T".to_owned())));
    let plain = r#"{"auths": {"h": {"username": "me", "password": "pass:word"}}}"#;
    assert_eq!(found(plain, "h").await, login);
    assert_eq!(found(r#"{"auths": {"h": {}}}"#, "h").await, None);
}

#[tokio::test]
async fn what_was_tried_is_told_where_a_registry_refuses() {
    for (text, expected) in [
        (
            r#"{"credHelpers": {"h": "no-such-helper"}}"#,
            "`docker-credential-no-such-helper` (credHelpers of",
        ),
        (r#"{"credHelpers": {"h/": "no-such-helper"}}"#, "is not on PATH"),
        (r#"{"credsStore": "no-such-store"}"#, "`docker-credential-no-such-store` (credsStore of"),
        (r#"{"auths": {"h": {"auth": "!"}}}"#, "`auth` is not NAME:PASSWORD in base64"),
        (r#"{"auths": {"h": {"auth": "bWU6"}}}"#, "logged in to `h` as `me`"),
        ("{}", "no login for `h` in"),
    ] {
        let tried = CredentialLog::default();
        let (_dir, config) = config(text, "");
        find(&config, "h", &tried).await;
        let said = tried.explain("unexpected status: 401 Unauthorized");
        assert!(said.contains(expected), "{text}: {said}");
        assert_eq!(tried.explain("exit code: 1"), "exit code: 1");
    }
}

#[tokio::test]
async fn helpers_answer_fail_and_hang() {
    let (short, long) = (Duration::from_millis(300), Duration::from_secs(20));
    for (script, timeout, expected) in [
        (
            r#"read key; echo "{\"ServerURL\":\"$key\",\"Username\":\"me\",\"Secret\":\"$key!\"}""#,
            long,
            Ok(Some(("me", "h!"))),
        ),
        (r#"echo '{"Username":"<token>","Secret":"T"}'"#, long, Ok(Some(("", "T")))),
        ("echo 'credentials not found in native keychain'; exit 1", long, Ok(None)),
        (
            "echo 'token expired, run: corp-login' >&2; exit 1",
            long,
            Err("failed: token expired, run: corp-login"),
        ),
        ("printf 'a\\033[31m\\nb'; exit 3", long, Err("failed: a [31m b")),
        ("exit 7", long, Err("failed (exit status: 7)")),
        ("echo 'Secret: hunter2'", long, Err("answered with something that is no login")),
        ("exec sleep 60", short, Err("did not answer within 0 s")),
    ] {
        let (dir, _) = config("{}", script);
        let program = dir.path().join("helper");
        let answer = ask(program.to_str().unwrap(), "h", timeout).await;
        let expected = expected
            .map(|found| found.map(|(name, secret)| (name.to_owned(), secret.to_owned())))
            .map_err(str::to_owned);
        assert_eq!(answer, expected, "{script}");
    }
}
