//! What the tests of this module share: tarballs, a registry on a local port, settings for it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::http::{MinimumSpeed, Timeouts};
use super::retry::Retry;
use super::{Integrity, NpmrcTexts, PackageName, Registry, Settings};

/// A tarball as `npm pack` writes it: names with their first folder, and contents.
pub(super) fn tarball(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        append(&mut builder, name, tar::EntryType::Regular, bytes);
    }
    gzip(&builder.into_inner().unwrap())
}

/// One entry, of whatever name and kind: the tar crate would refuse bad ones.
pub(super) fn append(
    builder: &mut tar::Builder<Vec<u8>>,
    name: &str,
    kind: tar::EntryType,
    bytes: &[u8],
) {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A small package.
pub(super) fn package(version: &str, source: &str) -> Vec<u8> {
    let manifest = format!(r#"{{"name":"a","version":"{version}","type":"module"}}"#);
    let files: [(&str, &[u8]); 3] = [
        ("package/package.json", manifest.as_bytes()),
        ("package/src/a.js", source.as_bytes()),
        ("package/other.js", b"other"),
    ];
    tarball(&files)
}

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Answer {
    /// Status, headers, body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Says it has the whole body, sends so many bytes of it, closes.
    Cut(Vec<u8>, usize),
    /// Sends so many bytes of it, then nothing.
    Stall(Vec<u8>, usize),
    /// Sends it in pieces of so many bytes, with pauses.
    Slow(Vec<u8>, usize, Duration),
    /// Closes without a word.
    Close,
}

pub(super) fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Full(200, Vec::new(), body.into())
}

pub(super) fn status(status: u16) -> Answer {
    Answer::Full(status, Vec::new(), b"no".to_vec())
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
}

/// A server on a local port. Each path has a queue of answers, of which the last one stays.
pub(super) struct Server {
    pub(super) url: String,
    answers: Arc<Mutex<BTreeMap<String, Vec<Answer>>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    closed: Arc<AtomicBool>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server =
            Self { url, answers: Arc::default(), asked: Arc::default(), closed: Arc::default() };
        let (answers, asked) = (server.answers.clone(), server.asked.clone());
        let closed = server.closed.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                let (answers, asked) = (answers.clone(), asked.clone());
                thread::spawn(move || serve(stream, &answers, &asked));
            }
        });
        server
    }

    /// Sets what a path answers, one time after the other.
    pub(super) fn answer(&self, path: &str, answers: impl Into<Vec<Answer>>) {
        let mut answers = answers.into();
        answers.reverse();
        self.answers.lock().unwrap().insert(path.to_owned(), answers);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }

    /// Publishes versions of package `a` with their tarballs, and the hashes of these.
    pub(super) fn publish(&self, tarballs: &[(&str, &[u8])]) {
        let claimed: Vec<_> =
            tarballs.iter().map(|(version, bytes)| (*version, Integrity::of(bytes))).collect();
        self.announce(&claimed);
        for (version, bytes) in tarballs {
            self.answer(&format!("/a/-/a-{version}.tgz"), [ok(*bytes)]);
        }
    }

    /// Lists versions of package `a` with these hashes.
    pub(super) fn announce(&self, versions: &[(&str, Integrity)]) {
        let version = |(version, integrity): &(&str, Integrity)| {
            let tarball = format!("{}/a/-/a-{version}.tgz", self.url);
            format!(r#""{version}":{{"dist":{{"tarball":"{tarball}","integrity":"{integrity}"}}}}"#)
        };
        let versions: Vec<String> = versions.iter().map(version).collect();
        let json = format!(r#"{{"dist-tags":{{}},"versions":{{{}}}}}"#, versions.join(","));
        self.answer("/a", [ok(json)]);
    }

    /// A registry that talks to it.
    pub(super) fn registry(&self) -> Registry {
        self.registry_with("")
    }

    /// The same, with more lines of `.npmrc`.
    pub(super) fn registry_with(&self, lines: &str) -> Registry {
        let text = format!("registry={}\n{lines}", self.url);
        let texts = NpmrcTexts { user: Some(&text), ..NpmrcTexts::default() };
        let settings = Settings::read(&texts, &|_| None).unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_secs(2),
            idle: Duration::from_millis(400),
            answer: Duration::from_secs(2),
            pace: MinimumSpeed {
                window: Duration::from_millis(700),
                bytes: 40,
                whole: Duration::from_secs(20),
            },
        };
        let pause = Duration::from_millis(10);
        Registry::with(settings, timeouts, Retry(vec![pause, pause]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // The listener looks at the flag when somebody comes.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

pub(super) fn a() -> PackageName {
    PackageName::parse("a").unwrap()
}

fn serve(
    mut stream: TcpStream,
    answers: &Mutex<BTreeMap<String, Vec<Answer>>>,
    asked: &Mutex<Vec<Asked>>,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let path = loop {
        let Some(first) = lines.next() else { return };
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let headers = lines.by_ref().take_while(|line| !line.is_empty()).filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            Some((key.to_ascii_lowercase(), value.trim().to_owned()))
        });
        asked.lock().unwrap().push(Asked { path: path.clone(), headers: headers.collect() });
        if !first.starts_with("CONNECT ") {
            break path;
        }
        // As a proxy that leads to itself.
        if stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_err() {
            return;
        }
    };
    let answer = {
        let mut answers = answers.lock().unwrap();
        match answers.get_mut(&path) {
            Some(queue) if queue.len() > 1 => queue.pop().unwrap(),
            Some(queue) => queue[0].clone(),
            None => status(404),
        }
    };
    // A client that goes away is part of the tests.
    let _ = reply(&mut stream, answer);
}

fn reply(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let head = |length: usize| {
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
    };
    match answer {
        Answer::Full(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (key, value) in headers {
                head.push_str(&format!("{key}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)
        }
        Answer::Cut(body, count) => {
            stream.write_all(head(body.len()).as_bytes())?;
            stream.write_all(&body[..count])
        }
        Answer::Stall(body, count) => {
            stream.write_all(head(body.len()).as_bytes())?;
            stream.write_all(&body[..count])?;
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
        Answer::Slow(body, count, pause) => {
            stream.write_all(head(body.len()).as_bytes())?;
            for piece in body.chunks(count) {
                stream.write_all(piece)?;
                thread::sleep(pause);
            }
            Ok(())
        }
        Answer::Close => Ok(()),
    }
}
