//! An npm registry on a port of this machine, for as long as the test runs.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

type Bodies = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub struct Registry {
    port: u16,
    bodies: Bodies,
}

impl Registry {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let bodies = Bodies::default();
        let served = bodies.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                std::thread::spawn(move || answer(stream, &served));
            }
        });
        Self { port, bodies }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Publishes versions of a package, the last as `latest`.
    pub fn publish(&self, name: &str, versions: &[(&str, BTreeMap<String, String>)]) {
        let mut bodies = self.bodies.lock().unwrap();
        let mut published = serde_json::Map::new();
        for (version, files) in versions {
            let mut files = files.clone();
            files.entry("package.json".to_owned()).or_insert_with(|| {
                format!(r#"{{"name": "{name}", "version": "{version}", "type": "module"}}"#)
            });
            let tarball = tarball(&files);
            let path = format!("/{name}/-/{name}-{version}.tgz");
            let integrity = format!("sha512-{}", BASE64_STANDARD.encode(sha512(&tarball)));
            let url = format!("http://127.0.0.1:{}{path}", self.port);
            let dist = serde_json::json!({"tarball": url, "integrity": integrity});
            let release = serde_json::json!({"name": name, "version": version, "dist": dist});
            published.insert((*version).to_owned(), release);
            bodies.insert(path, tarball);
        }
        let latest = versions.last().map(|(version, _)| *version);
        let packument = serde_json::json!({
            "name": name, "dist-tags": {"latest": latest}, "versions": published,
        });
        bodies.insert(format!("/{name}"), packument.to_string().into_bytes());
    }

    /// Puts other bytes in the place of a tarball that was published.
    pub fn replace(&self, name: &str, version: &str, files: &BTreeMap<String, String>) {
        let path = format!("/{name}/-/{name}-{version}.tgz");
        self.bodies.lock().unwrap().insert(path, tarball(files));
    }

    /// Puts another tarball in the place of one that was published, as if it had been that one; `edit`
    /// changes what the registry says of it.
    pub fn republish(
        &self,
        name: &str,
        version: &str,
        tarball: Vec<u8>,
        edit: impl FnOnce(&mut serde_json::Value),
    ) {
        let mut bodies = self.bodies.lock().unwrap();
        let document = bodies.get_mut(&format!("/{name}")).unwrap();
        let mut packument: serde_json::Value = serde_json::from_slice(document).unwrap();
        let dist = &mut packument["versions"][version]["dist"];
        dist["integrity"] = format!("sha512-{}", BASE64_STANDARD.encode(sha512(&tarball))).into();
        edit(&mut packument);
        *document = packument.to_string().into_bytes();
        bodies.insert(format!("/{name}/-/{name}-{version}.tgz"), tarball);
    }
}

fn sha512(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha512::digest(bytes).to_vec()
}

fn tarball(files: &BTreeMap<String, String>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, text) in files {
        append(&mut builder, &format!("package/{path}"), text);
    }
    zipped(&builder.into_inner().unwrap())
}

/// Adds a file under the name that it has there.
pub fn append(builder: &mut tar::Builder<Vec<u8>>, path: &str, text: &str) {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(text.len() as u64);
    builder.append_data(&mut header, path, text.as_bytes()).unwrap();
}

/// As a registry has it.
pub fn zipped(archive: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(archive).unwrap();
    encoder.finish().unwrap()
}

fn answer(mut stream: TcpStream, bodies: &Bodies) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = bodies.lock().unwrap().get(&path).cloned();
    let (status, body) = body.map_or((404, b"{}".to_vec()), |body| (200, body));
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
