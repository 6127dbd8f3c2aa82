//! A registry of Debian's package `docker-registry`, on a port of loopback, with a login.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Name and password of its only user.
pub const LOGIN: (&str, &str) = ("agent", "correct-horse");

pub struct Registry {
    process: Child,
    /// `localhost:PORT`, which engines speak plain HTTP to.
    pub host: String,
    _folder: tempfile::TempDir,
}

impl Registry {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
        // `htpasswd -nbB agent correct-horse`, at bcrypt's lowest cost.
        let users = folder.path().join("htpasswd");
        std::fs::write(
            &users,
            format!("{}\n", include_str!("../../inputs/builds/registry.htpasswd").trim()),
        )
        .expect("written");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"127.0.0.1:{port}\"}}\nauth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            at("data"),
            users.display()
        );
        std::fs::write(at("config.yml"), config).expect("written");
        let process = Command::new(program())
            .args(["serve", &at("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the registry starts");
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, host: format!("localhost:{port}"), _folder: folder }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where `scripts/test` puts it, else that of PATH.
fn program() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools/bin/docker-registry");
    if own.exists() { own } else { "docker-registry".into() }
}
