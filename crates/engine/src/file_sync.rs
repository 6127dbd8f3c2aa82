//! The context over BuildKit's file sync: the engine keeps what it got last time and asks for what differs.
//!
//! The protocol is fsutil's (`send.go`, `receive.go`): we list every entry in order, the engine asks for files by
//! their place in that list, we send their contents, and both say that they are done.
//!
//! The engine takes a file of the same size, mode and time for the one that it has. Times in a context are fixed, so
//! that images can be made again; what tells two contents apart is the fraction of a second, which is a hash of
//! the content. Layers keep whole seconds only, so no image has it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::io::{self, Read};
use std::sync::Arc;

use bollard_buildkit_proto::fsutil::types::packet::PacketType;
use bollard_buildkit_proto::fsutil::types::{Packet, Stat};
use bollard_buildkit_proto::moby::filesync::v1::file_sync_server::FileSync;
use tokio::sync::mpsc::{Sender, UnboundedSender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Archive, SolveEvent};

/// The method that is served, in the spelling that BuildKit looks for.
pub(super) const METHOD: &str = "/moby.filesync.v1.FileSync/DiffCopy";

/// Contents are sent in pieces of fsutil's size.
const CHUNK_BYTES: usize = 32 * 1024;
/// Packets that wait for a slow engine.
const QUEUE: usize = 64;

/// Go's bits for what mode a file has (`io/fs.FileMode`).
const GO_DIR: u32 = 1 << 31;
const GO_SYMLINK: u32 = 1 << 27;
const GO_SETUID: u32 = 1 << 23;
const GO_SETGID: u32 = 1 << 22;
const GO_STICKY: u32 = 1 << 20;

/// The entries of an archive, in the order of the protocol.
#[derive(Debug, Clone)]
pub(super) struct ContextFiles {
    archive: Archive,
    entries: Arc<Vec<Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    stat: Stat,
    /// Where its content begins in the archive; `None` for what has none.
    start: Option<u64>,
}

impl ContextFiles {
    /// Reads what is in an archive; `None` where it has what the protocol does not carry: devices, hard links, names
    /// that are no UTF-8 or lead elsewhere.
    pub(super) fn read(archive: &Archive) -> io::Result<Option<Self>> {
        let mut tar = tar::Archive::new(Reader { archive, at: 0 });
        // By components: that is the order of a walk, in which a folder comes before `folder-x`.
        let mut found: BTreeMap<Vec<String>, Entry> = BTreeMap::new();
        for entry in tar.entries()? {
            let mut entry = entry?;
            let Some(path) = entry.path()?.to_str().and_then(components) else { return Ok(None) };
            let Some(described) = describe(&mut entry, path.join("/"))? else { return Ok(None) };
            if !path.is_empty() {
                found.insert(path, described);
            }
        }
        let folders: BTreeSet<Vec<String>> = found
            .keys()
            .flat_map(|path| (1..path.len()).map(|depth| path[..depth].to_vec()))
            .filter(|folder| !found.contains_key(folder))
            .collect();
        for folder in folders {
            let stat = Stat { path: folder.join("/"), mode: GO_DIR | 0o755, ..Stat::default() };
            found.insert(folder, Entry { stat, start: None });
        }
        let entries = Arc::new(found.into_values().collect());
        Ok(Some(Self { archive: archive.clone(), entries }))
    }

    /// The entries that patterns ask for, with the folders above them; all of them where a pattern is more than a path.
    fn select(&self, patterns: &[String]) -> Vec<&Entry> {
        let literal: Option<Vec<Vec<String>>> = patterns
            .iter()
            .map(|pattern| {
                components(pattern).filter(|_| !pattern.contains(['*', '?', '[', '!', '\\']))
            })
            .collect();
        let everything = || self.entries.iter().collect();
        let Some(paths) = literal.filter(|paths| !paths.is_empty()) else { return everything() };
        let is_asked = |entry: &&Entry| {
            let own: Vec<&str> = entry.stat.path.split('/').collect();
            paths.iter().any(|path| path.iter().zip(&own).all(|(one, other)| one == other))
        };
        let selected: Vec<_> = self.entries.iter().filter(is_asked).collect();
        // A link may lead to what nobody named.
        if selected.iter().any(|entry| entry.stat.mode & GO_SYMLINK != 0) {
            return everything();
        }
        selected
    }
}

/// The parts of a plain path below the context; none for the context itself.
fn components(path: &str) -> Option<Vec<String>> {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.map(|part| (part != "..").then(|| part.to_owned())).collect()
}

/// An entry of the archive in the words of the protocol; its content is read to its end.
fn describe<R: Read>(entry: &mut tar::Entry<'_, R>, path: String) -> io::Result<Option<Entry>> {
    let header = entry.header();
    let bits = header.mode()?;
    let special = [(0o4000, GO_SETUID), (0o2000, GO_SETGID), (0o1000, GO_STICKY)];
    let mut mode = bits & 0o777;
    mode |= special.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, go)| go).sum::<u32>();
    let id = |id: u64| u32::try_from(id).map_err(io::Error::other);
    let (uid, gid) = (id(header.uid()?)?, id(header.gid()?)?);
    let seconds = i64::try_from(header.mtime()?).map_err(io::Error::other)?;
    let mut stat = Stat { path, mode, uid, gid, ..Stat::default() };
    let nanoseconds = match header.entry_type() {
        tar::EntryType::Regular | tar::EntryType::Continuous => {
            stat.size = i64::try_from(entry.size()).map_err(io::Error::other)?;
            fraction(entry)?
        }
        tar::EntryType::Directory => {
            stat.mode |= GO_DIR;
            0
        }
        tar::EntryType::Symlink => {
            let Some(target) =
                entry.link_name()?.and_then(|target| target.to_str().map(str::to_owned))
            else {
                return Ok(None);
            };
            stat.mode |= GO_SYMLINK;
            stat.size = i64::try_from(target.len()).map_err(io::Error::other)?;
            stat.linkname = target;
            0
        }
        _ => return Ok(None),
    };
    let start = (stat.mode & (GO_DIR | GO_SYMLINK) == 0).then(|| entry.raw_file_position());
    stat.mod_time = seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds);
    Ok(Some(Entry { stat, start }))
}

/// Nanoseconds that stand for a content. Not 0: fsutil may take that for a time whose fraction is not known.
fn fraction(content: &mut impl Read) -> io::Result<i64> {
    let mut hasher = twox_hash::XxHash64::with_seed(0);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            count => hasher.write(&buffer[..count]),
        }
    }
    Ok(1 + i64::try_from(hasher.finish() % 999_999_999).unwrap_or(0))
}

/// Reads an archive from its beginning.
struct Reader<'a> {
    archive: &'a Archive,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.archive.read_into(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The service of a session.
pub(super) struct Synced {
    pub files: ContextFiles,
    pub events: UnboundedSender<SolveEvent>,
}

#[tonic::async_trait]
impl FileSync for Synced {
    type DiffCopyStream = ReceiverStream<Result<Packet, Status>>;
    type TarStreamStream = tokio_stream::Empty<Result<Packet, Status>>;

    async fn diff_copy(
        &self,
        request: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        // What the frontend wants of the context; it may name a folder of ours, and there is one only.
        let values = |name| request.metadata().get_all(name).iter();
        let asked = ["include-patterns", "followpaths"].into_iter().flat_map(values);
        let patterns: Vec<String> =
            asked.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
        let wanted: Vec<Entry> = self.files.select(&patterns).into_iter().cloned().collect();
        // The Dockerfile comes in a call of its own, which is no news to anybody.
        let is_context = request.metadata().get("dir-name").is_none_or(|name| name != "dockerfile");
        let (archive, events) =
            (self.files.archive.clone(), is_context.then(|| self.events.clone()));
        let (sender, receiver) = channel(QUEUE);
        tokio::spawn(async move {
            // A receiver that is gone is an engine that has ended the call.
            let sent = Sent::new(&wanted, events);
            let _ = send(&archive, &wanted, request.into_inner(), &sender, sent).await;
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn tar_stream(
        &self,
        _: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("files are sent by DiffCopy"))
    }
}

/// The call is over: the engine has gone.
struct Gone;

async fn send(
    archive: &Archive,
    entries: &[Entry],
    mut asked: Streaming<Packet>,
    sender: &Sender<Result<Packet, Status>>,
    mut sent: Sent,
) -> Result<(), Gone> {
    let put = |packet: Packet| async { sender.send(Ok(packet)).await.map_err(|_| Gone) };
    let listing = async {
        for entry in entries {
            put(packet(PacketType::PacketStat, Some(entry.stat.clone()))).await?;
        }
        // An entry without a name ends the list.
        put(packet(PacketType::PacketStat, None)).await
    };
    let answering = async {
        while let Ok(Some(request)) = asked.message().await {
            match request.r#type() {
                PacketType::PacketReq => {
                    let place = usize::try_from(request.id).unwrap_or(usize::MAX);
                    let entry = entries.get(place).filter(|entry| entry.start.is_some());
                    let Some(entry) = entry else {
                        let refusal = Status::invalid_argument("no file has that number");
                        return sender.send(Err(refusal)).await.map_err(|_| Gone);
                    };
                    content(archive, entry, request.id, sender, &mut sent).await?;
                }
                PacketType::PacketFin => {
                    sent.end();
                    return put(packet(PacketType::PacketFin, None)).await;
                }
                PacketType::PacketErr => return Err(Gone),
                PacketType::PacketStat | PacketType::PacketData => {}
            }
        }
        Err(Gone)
    };
    tokio::try_join!(listing, answering).map(|_| ())
}

/// Sends a file; an empty piece ends it.
async fn content(
    archive: &Archive,
    entry: &Entry,
    id: u32,
    sender: &Sender<Result<Packet, Status>>,
    sent: &mut Sent,
) -> Result<(), Gone> {
    let mut at = entry.start.unwrap_or_default();
    let mut left = u64::try_from(entry.stat.size).unwrap_or_default();
    loop {
        let count = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        // The archive was just written, so this reads from the page cache.
        let data = match archive.read(at, count) {
            Ok(data) if data.len() == count => data,
            _ => {
                let lost = Status::data_loss("the packed context cannot be read");
                return sender.send(Err(lost)).await.map_err(|_| Gone);
            }
        };
        at += count as u64;
        left -= count as u64;
        sent.add(count as u64);
        let piece = Packet { data, id, ..packet(PacketType::PacketData, None) };
        sender.send(Ok(piece)).await.map_err(|_| Gone)?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Counts for the progress display; the engine reports nothing of it.
struct Sent {
    bytes: u64,
    /// Of all that is listed: what the engine asks for is known at its end.
    listed: u64,
    /// A receiver that is gone means that nobody looks any more.
    events: Option<UnboundedSender<SolveEvent>>,
}

impl Sent {
    fn new(entries: &[Entry], events: Option<UnboundedSender<SolveEvent>>) -> Self {
        let size = |entry: &Entry| u64::try_from(entry.stat.size).unwrap_or_default();
        Self { bytes: 0, listed: entries.iter().map(size).sum(), events }
    }

    fn add(&mut self, count: u64) {
        self.bytes += count;
        if count > 0 && self.bytes < self.listed {
            self.tell(self.listed);
        }
    }

    /// The engine has all that it asked for.
    fn end(&self) {
        if self.bytes > 0 {
            self.tell(self.bytes);
        }
    }

    fn tell(&self, total: u64) {
        let bytes = self.bytes;
        let _ =
            self.events.as_ref().map(|events| events.send(SolveEvent::Uploaded { bytes, total }));
    }
}

fn packet(kind: PacketType, stat: Option<Stat>) -> Packet {
    Packet { r#type: kind.into(), stat, ..Packet::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn archive(write: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Archive {
        let mut tar = tar::Builder::new(Vec::new());
        write(&mut tar);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&tar.into_inner().unwrap()).unwrap();
        file.rewind().unwrap();
        Archive::new(file).unwrap()
    }

    fn add(tar: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, data: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(if kind.is_dir() { 0o2755 } else { 0o644 });
        header.set_size(data.len() as u64);
        header.set_mtime(7);
        header.set_uid(0);
        header.set_gid(0);
        if kind.is_symlink() || kind.is_hard_link() {
            tar.append_link(&mut header, path, "a").unwrap();
        } else {
            tar.append_data(&mut header, path, data).unwrap();
        }
    }

    fn paths<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a str> {
        entries.into_iter().map(|entry| entry.stat.path.as_str()).collect()
    }

    #[test]
    fn entries_are_in_the_order_of_a_walk_and_have_their_folders() {
        use tar::EntryType::{Directory, Regular};
        let archive = archive(|tar| {
            add(tar, "b-x", Regular, b"1");
            add(tar, "b/c/d", Regular, b"22");
            add(tar, "./a/", Directory, b"");
        });
        let files = ContextFiles::read(&archive).unwrap().unwrap();
        assert_eq!(paths(&*files.entries), ["a", "b", "b/c", "b/c/d", "b-x"]);
        let of = |path: &str| files.entries.iter().find(|entry| entry.stat.path == path).unwrap();
        assert_eq!(of("a").stat.mode, GO_DIR | GO_SETGID | 0o755);
        assert_eq!(of("b").stat.mode, GO_DIR | 0o755);
        let file = of("b/c/d");
        assert_eq!((file.stat.mode, file.stat.size), (0o644, 2));
        assert_eq!(archive.read(file.start.unwrap(), 2).unwrap(), b"22");
    }

    #[test]
    fn another_content_of_the_same_size_has_another_time_in_the_same_second() {
        let time = |content: &[u8]| {
            let archive = archive(|tar| add(tar, "f", tar::EntryType::Regular, content));
            ContextFiles::read(&archive).unwrap().unwrap().entries[0].stat.mod_time
        };
        assert_ne!(time(b"one"), time(b"two"));
        assert_eq!(time(b"one"), time(b"one"));
        assert_eq!(time(b"one") / 1_000_000_000, 7);
        assert_ne!(time(b"") % 1_000_000_000, 0);
    }

    #[test]
    fn only_what_is_asked_for_is_listed_and_all_where_that_is_no_path() {
        use tar::EntryType::{Regular, Symlink};
        let plain = archive(|tar| {
            add(tar, "Dockerfile", Regular, b"FROM x");
            add(tar, "a/b", Regular, b"1");
            add(tar, "a/c", Regular, b"2");
        });
        let files = ContextFiles::read(&plain).unwrap().unwrap();
        let select = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|text| text.to_string()).collect();
            paths(files.select(&patterns)).join(" ")
        };
        assert_eq!(select(&["Dockerfile", "Dockerfile.dockerignore"]), "Dockerfile");
        assert_eq!(select(&["/a/b"]), "a a/b");
        assert_eq!(select(&["a"]), "a a/b a/c");
        assert_eq!(select(&[".dockerignore"]), "");
        for all in [&[][..], &["a/*"], &["!a"], &["../a"], &["."], &["Dockerfile", "a/?"]] {
            assert_eq!(select(all), "Dockerfile a a/b a/c", "{all:?}");
        }
        // Where a link is among it, what it leads to has to be there.
        let linked = archive(|tar| {
            add(tar, "a", Regular, b"1");
            add(tar, "l", Symlink, b"");
        });
        let files = ContextFiles::read(&linked).unwrap().unwrap();
        assert_eq!(paths(files.select(&["l".to_owned()])), ["a", "l"]);
        assert_eq!(paths(files.select(&["a".to_owned()])), ["a"]);
    }

    #[test]
    fn what_the_protocol_does_not_carry_is_left_to_an_upload() {
        for kind in [tar::EntryType::Link, tar::EntryType::Fifo, tar::EntryType::Char] {
            let archive = archive(|tar| add(tar, "x", kind, b""));
            assert!(ContextFiles::read(&archive).unwrap().is_none(), "{kind:?}");
        }
    }
}
