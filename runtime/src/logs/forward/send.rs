//! Sends one chunk after another, each until it is acknowledged.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use runtime_config::Forward;

use super::message::{acknowledged, chunk};
use super::place::Place;
use crate::logs::query::for_each_piece;
use crate::logs::store::segments;

/// Lines of one chunk, in bytes.
const CHUNK: usize = 256 << 10;
/// Nothing new: until the next look.
const LOOK: Duration = Duration::from_millis(200);
const CONNECT: Duration = Duration::from_secs(5);
/// For an acknowledgement; then the connection is given up and the chunk sent again.
const ANSWER: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is to be said of it.
pub enum Told {
    Unreachable(io::Error),
    Reached,
    /// Segments that the budget took before they were passed on.
    Missed(u64),
}

/// Never returns.
pub fn run(directory: &Path, forward: &Forward, mut tell: impl FnMut(Told)) -> ! {
    let mut sender = Sender { directory, forward, place: Place::read(directory), connection: None };
    let mut pause = FIRST_PAUSE;
    let mut unreachable = false;
    loop {
        match sender.next(&mut tell) {
            Ok(true) => {
                pause = FIRST_PAUSE;
                if std::mem::take(&mut unreachable) {
                    tell(Told::Reached);
                }
            }
            Ok(false) => thread::sleep(LOOK),
            Err(error) => {
                sender.connection = None;
                if !std::mem::replace(&mut unreachable, true) {
                    tell(Told::Unreachable(error));
                }
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

struct Sender<'a> {
    directory: &'a Path,
    forward: &'a Forward,
    place: Place,
    connection: Option<TcpStream>,
}

impl Sender<'_> {
    /// Passes the next chunk on; false when there is none.
    fn next(&mut self, tell: &mut impl FnMut(Told)) -> io::Result<bool> {
        let numbers: Vec<u64> =
            segments(self.directory)?.into_iter().map(|(number, _)| number).collect();
        let Some(first) = numbers.iter().find(|number| **number >= self.place.segment) else {
            return Ok(false);
        };
        if *first != self.place.segment {
            if self.place.segment != 0 {
                tell(Told::Missed(first - self.place.segment));
            }
            self.begin(*first);
        }
        let lines = self.lines()?;
        if lines.is_empty() {
            // What has a successor does not grow; it was looked for before this one was read.
            return Ok(match numbers.iter().find(|number| **number > self.place.segment) {
                Some(next) => {
                    self.begin(*next);
                    true
                }
                None => false,
            });
        }
        let to = self.place.from + lines.len() as u64;
        if self.place.to != to {
            self.place.to = to;
            self.place.write(self.directory)?;
        }
        self.send(&lines)?;
        self.place.from = to;
        self.place.write(self.directory)?;
        Ok(true)
    }

    fn begin(&mut self, segment: u64) {
        let sender = std::mem::take(&mut self.place.sender);
        self.place = Place { sender, segment, from: 0, to: 0 };
    }

    /// Those of the chunk that was begun, else as many whole ones as there are, up to a chunk.
    fn lines(&self) -> io::Result<Vec<u8>> {
        let Place { segment, from, to, .. } = self.place;
        let begun = to > from;
        let mut lines = Vec::new();
        let read = for_each_piece(
            self.directory,
            segment,
            (from, if begun { to } else { u64::MAX }),
            |piece| {
                lines.extend_from_slice(piece);
                begun || lines.len() < CHUNK
            },
        );
        match read {
            // The budget took it between; the next look says so.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        }
        if !begun {
            let most = lines.len().min(CHUNK);
            let end = memchr::memrchr(b'\n', &lines[..most])
                .or_else(|| memchr::memchr(b'\n', &lines))
                .map_or(0, |end| end + 1);
            lines.truncate(end);
        }
        Ok(lines)
    }

    fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        let id = self.place.id();
        let message = chunk(&self.forward.tag, self.forward.ack.then_some(&*id), lines);
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.forward.fluent)?),
        };
        connection.write_all(&message)?;
        if self.forward.ack { answer(connection, &id) } else { Ok(()) }
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::other(format!("`{address}` has no address"));
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(ANSWER))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn answer(connection: &mut TcpStream, id: &str) -> io::Result<()> {
    let begin = Instant::now();
    let mut got = Vec::new();
    let mut piece = [0; 256];
    loop {
        let left = ANSWER.saturating_sub(begin.elapsed()).max(Duration::from_millis(1));
        connection.set_read_timeout(Some(left))?;
        let length = connection.read(&mut piece)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        got.extend_from_slice(&piece[..length]);
        match acknowledged(&got) {
            Some(answered) if answered == id => return Ok(()),
            Some(_) => return Err(io::Error::other("another chunk was acknowledged")),
            None if got.len() > 200 => return Err(io::Error::other("no acknowledgement came")),
            None => {}
        }
    }
}
