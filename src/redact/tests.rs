use super::*;

fn redactor() -> Redactor {
    Redactor::new(Key::random(), Plain::with(["LOG_LEVEL".to_owned()]))
}

#[test]
fn only_what_is_declared_harmless_stays() {
    let mut redactor = redactor();
    for (name, value) in [
        ("NODE_ENV", "production"),
        ("PATH", "/usr/bin:/bin"),
        ("LOG_LEVEL", "https://declared@by.the.project"),
        ("DEV_UID", "1000"),
        ("EMPTY", ""),
    ] {
        assert_eq!(redactor.variable(name, value), value, "{name}");
    }
    for (name, value) in [
        ("GH_PAT", "ghp_x"),
        ("DATABASE_URL", "postgres://u:p@h/d"),
        ("PGPASS", "x"),
        ("SESSION_COOKIE", "c"),
        ("MTLS", "1"),
        ("COLOUR", "blue"),
        ("NODE_ENV", "https://u:p@h"),
        ("HTTP_PROXY", "http://u:p@proxy:3128"),
        ("node_env", "production"),
    ] {
        let hidden = redactor.variable(name, value);
        assert!(is_hidden(&hidden), "{name}: {hidden}");
        assert_eq!(redactor.variable("OTHER", &hidden), hidden, "once is enough");
    }
    for (key, value) in [
        ("user.uid", "1000"),
        ("apt.runtime.git", "1:2.*"),
        ("node.packages.\"@a/b\"", "2.7.47"),
        ("env.NODE_ENV", "production"),
        ("base", "debian:trixie"),
        ("mcp.servers.a.command.0", "node"),
        ("services.worker.command.2", "worker"),
        ("mcp.servers.a.command.1", "/opt/mad/node/node_modules/x/server.js"),
        ("mcp.servers.a.env.NODE_ENV", "production"),
        ("mcp.limits.rate", "200/s"),
        ("services.a.command.1", "--verbose"),
        ("services.a.group", "core"),
    ] {
        assert_eq!(redactor.profile_value(key, value), value, "{key}");
    }
    for (key, value) in [
        ("env.API_TOKEN", "x"),
        ("env.\"a.b\"", "x"),
        ("labels.contact", "x"),
        ("description", "x"),
        ("services.x.command", "serve --token=x"),
        ("node.packages.x", "git+https://u:p@host/x.git"),
        ("base", "https://u:p@host/x"),
        ("unheard.of", "x"),
        ("mcp.servers.a.command.1", "hunter2"),
        ("mcp.servers.a.command.2", "--token=hunter2"),
        ("mcp.servers.a.command.2", "-phunter2"),
        ("mcp.servers.a.env.API_KEY", "hunter2"),
        ("services.a.health.exec.1", "hunter2"),
        ("mcp.origins.0", "https://u:p@host"),
    ] {
        assert!(is_hidden(&redactor.profile_value(key, value)), "{key}");
    }
}

#[test]
fn hashes_need_the_key() {
    let (mut one, mut other) = (redactor(), redactor());
    let hide = |redactor: &mut Redactor, value: &str| redactor.variable("GH_PAT", value);
    assert_eq!(hide(&mut one, "a"), hide(&mut one, "a"));
    assert_ne!(hide(&mut one, "a"), hide(&mut one, "b"));
    let (here, there) = (hide(&mut one, "a"), hide(&mut other, "a"));
    assert!(comparable(&here, &hide(&mut one, "b")) && !comparable(&here, &there));
    assert!(!comparable("a", &here) && comparable("a", "b"));
    assert!(!comparable(&format!("ENV A={here}"), &format!("ENV A={there}")));
    for text in ["hidden:", "hidden:1c0ffee5", "hidden:1c0ffee5:9b1f3a6400d2c77", "x"] {
        assert!(!is_hidden(text), "{text}");
    }
}

#[test]
fn a_key_is_made_once_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made: Vec<String> = std::thread::scope(|scope| {
        let make = || Key::of_file(&path).unwrap().hide("x");
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|one| *one == made[0]));
    let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(Key::of_file(&path).unwrap().hide("x"), made[0]);
    assert_eq!(mode(), 0o600);
    std::fs::write(&path, "short").unwrap();
    assert!(Key::of_file(&path).is_err());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    assert!(Key::of_file(&link).is_err());
}

#[test]
fn values_are_found_in_texts() {
    let mut redactor = redactor();
    let url = redactor.variable("DATABASE_URL", "postgres://u:p@h/d");
    let level = redactor.variable("LEVEL", "info");
    let pin = redactor.variable("PIN", "1234");
    redactor.secret(b"first line\n  {\nsecond line\n");
    redactor.secret(b"-----BEGIN CERTIFICATE-----\nbm90IHJlYWxseQ==\n-----END CERTIFICATE-----\n");
    let kept = redactor.texts();
    let hidden = kept.hide("RUN psql postgres://u:p@h/d --level=info information 1234 12345");
    assert_eq!(hidden, format!("RUN psql {url} --level={level} information {pin} 12345"));
    let logs = redactor.logs();
    assert_eq!(logs.hide("[info] pin 1234"), format!("[info] pin {pin}"));
    assert!(!logs.hide("xxsecond linexx").contains("second"));
    assert_eq!(logs.hide("bm90IHJlYWxseQ=="), "bm90IHJlYWxseQ==");
    assert_eq!(logs.hide("{"), "{");
}
