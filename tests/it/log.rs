//! `-v`, `-vv` and `MAD_LOG`: what is logged, and what never is.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use crate::support::command;

/// A registry that lets nobody in.
fn closed_registry() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let answer = "HTTP/1.1 401 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

/// What `mad` writes to standard error that is told to log as `level`, with credentials in every place
/// that it reads them from.
fn logged(home: &Path, arguments: &[&str], level: Option<&str>) -> String {
    let port = closed_registry();
    let npmrc = format!(
        "registry=http://user:CANARYpass@127.0.0.1:{port}/CANARYpath/\n//127.0.0.1:{port}/:_authToken=CANARYtoken\n"
    );
    std::fs::write(home.join(".npmrc"), npmrc).unwrap();
    let docker = home.join(".docker");
    std::fs::create_dir_all(&docker).unwrap();
    let auths = r#"{"auths": {"registry.example": {"auth": "Q0FOQVJZdXNlcjpDQU5BUllwYXNz"}}}"#;
    std::fs::write(docker.join("config.json"), auths).unwrap();
    let mut mad = command(home, arguments);
    mad.env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap());
    mad.env("XDG_CACHE_HOME", home.join("cache"));
    mad.env("DOCKER_HOST", "tcp://user:CANARYhost@127.0.0.1:1");
    mad.envs(level.map(|level| ("MAD_LOG", level)));
    let done = mad.output().unwrap();
    assert!(done.stdout.is_empty() || !done.stdout.windows(6).any(|part| part == b"CANARY"));
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn requests_are_logged_without_what_lets_us_in() {
    let home = tempfile::tempdir().unwrap();
    let verify = ["patch", "verify", "2.7.47"];
    for (flags, level) in [(&["-vv"][..], None), (&[], Some("trace")), (&[], Some("npm=debug"))] {
        let log = logged(home.path(), &[&verify[..], flags].concat(), level);
        let request = "DEBUG npm::http: registry request method=\"GET\" host=\"127.0.0.1\" path=\"/…/claude-flow\" status=401 ms=";
        assert!(log.contains(request), "{log}");
        assert!(!log.contains("CANARY") && !log.contains("Q0FOQVJZ"), "{log}");
        let own = |line: &str| [" mad:", " npm:", " engine:"].iter().any(|own| line.contains(own));
        let events =
            log.lines().filter(|line| line.contains(" DEBUG ") || line.contains(" TRACE "));
        assert!(events.clone().all(own), "a library's own log may hold credentials: {log}");
    }
    let decisions = logged(home.path(), &[&verify[..], &["-v"]].concat(), None);
    let silent = logged(home.path(), &verify, None);
    for log in [&decisions, &silent] {
        assert!(!log.contains("DEBUG") && !log.contains("CANARY"), "{log}");
    }
}

#[test]
fn the_engine_is_named_with_the_reason_for_it() {
    let home = tempfile::tempdir().unwrap();
    let log = logged(home.path(), &["doctor", "-v"], None);
    let chosen = "engine chosen engine=\"tcp://127.0.0.1:1\" because=\"DOCKER_HOST\" tls=false";
    let line = log.lines().find(|line| line.contains("engine chosen")).unwrap_or_default();
    assert!(line.contains(chosen) && !line.contains("CANARY"), "{log}");
}

#[test]
fn levels_that_are_none_are_bad_usage() {
    let home = tempfile::tempdir().unwrap();
    let mut mad = command(home.path(), &["doctor"]);
    let done = mad.env("MAD_LOG", "debug,%%").output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("MAD_LOG=debug,%%") && said.contains("hint: MAD_LOG="), "{said}");
}
