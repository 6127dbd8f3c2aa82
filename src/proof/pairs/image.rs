//! An image with one path of every sort, and with all that differs from build to build.

use std::collections::BTreeMap;

use serde_json::json;
use tar::EntryType;

use crate::image::testing::{ImageMaker, LayerMaker, gzip};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathEntry {
    pub kind: EntryType,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub link: String,
    pub device: (u32, u32),
    pub xattrs: BTreeMap<String, Vec<u8>>,
    pub content: Vec<u8>,
}

impl PathEntry {
    pub fn new(kind: EntryType, mode: u32, content: &[u8]) -> Self {
        let (link, xattrs) = (String::new(), BTreeMap::new());
        let content = content.to_vec();
        Self { kind, mode, uid: 0, gid: 0, link, device: (0, 0), xattrs, content }
    }

    pub fn file(content: impl AsRef<[u8]>) -> Self {
        Self::new(EntryType::Regular, 0o644, content.as_ref())
    }

    pub fn folder() -> Self {
        Self::new(EntryType::Directory, 0o755, b"")
    }

    pub fn link(kind: EntryType, to: &str) -> Self {
        Self { link: to.to_owned(), ..Self::new(kind, 0o777, b"") }
    }
}

/// An image of one layer, or of two where their order is changed.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub paths: BTreeMap<String, PathEntry>,
    pub config: serde_json::Value,
    pub fields: BTreeMap<String, String>,
    /// A second and a third layer, each with files.
    pub layers: Vec<Vec<(String, String)>>,
}

/// Contents that nothing is said of but that they differ: only their content may.
pub(super) const ANY_CONTENT: [&str; 4] = [
    "var/log/app.log",
    "var/cache/app/index",
    "home/dev/.npm/_cacache/index",
    "srv/repo/.git/index",
];

/// Words that no build has like another one, nor by chance in one place.
const RANDOM: [&str; 6] = ["p0fLjh", "gceUnY", "x8sdfH", "Qw3rT1", "zZ9kLm", "7uJmNb"];
const NUMBERS: [&str; 6] =
    ["123456789", "987654321", "546372810", "219834567", "760125943", "402918376"];
const IDENTITIES: [&str; 6] = [
    "0123456789abcdef0123456789abcdef",
    "f9e8d7c6b5a49382716050f9e8d7c6b1",
    "5a4b3c2d1e0f5a4b3c2d1e0f5a4b3c2d",
    "9081726354afbecd9081726354afbec7",
    "c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8",
    "7b6a59483726150f7b6a594837261505",
];

/// The random word of a build.
pub(super) fn random(build: usize) -> &'static str {
    RANDOM[build - 1]
}

impl Image {
    /// The image as a build makes it; builds are counted from 1.
    pub fn new(build: usize) -> Self {
        let (word, number, identity) = (random(build), NUMBERS[build - 1], IDENTITIES[build - 1]);
        let stamp = format!("built {number} channel stable\n");
        let mut paths: BTreeMap<String, PathEntry> = BTreeMap::new();
        let mut put = |path: &str, at: PathEntry| paths.insert(path.to_owned(), at);
        for folder in [
            "etc",
            "home",
            "home/dev",
            "opt",
            "opt/app",
            "srv",
            "tmp",
            "usr",
            "usr/bin",
            "var",
            "var/log",
            "var/cache",
            "var/cache/app",
        ] {
            put(folder, PathEntry::folder());
        }
        put(
            "etc/passwd",
            PathEntry::file(
                "root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n",
            ),
        );
        put(
            "etc/group",
            PathEntry::file("root:x:0:\ndev:x:1000:\ndocker:x:999:dev\nalso:x:999:\n"),
        );
        let mut shadow = PathEntry::file("root:*:20000:0:99999:7:::\ndev:!:20000:0:99999:7:::\n");
        shadow.mode = 0o640;
        put("etc/shadow", shadow);
        put("etc/gshadow", PathEntry::file("root:*::\ndocker:!::dev\n"));
        put("etc/subuid", PathEntry::file("dev:100000:65536\ndev:300000:65536\n"));
        put("etc/passwd-", PathEntry::file("root:x:0:0:root:/root:/bin/sh\n"));
        put("etc/channel", PathEntry::file("stable\n"));
        put("etc/machine-id", PathEntry::file(format!("{identity}\n")));
        put(
            "home/dev/.bashrc",
            PathEntry { uid: 1000, gid: 1000, ..PathEntry::file("export A=1\n") },
        );
        put("home/dev/.npm/_cacache/index", PathEntry::file(number));
        put(&format!("opt/app/run.{word}"), PathEntry::file(""));
        put(&format!("tmp/tmp.{word}"), PathEntry::folder());
        put(&format!("tmp/tmp.{word}/conf"), PathEntry::file("token\n"));
        put(&format!("tmp/tmp.{word}/part-{number}.log"), PathEntry::file(&stamp));
        put("srv/info", PathEntry::file(&stamp));
        put("srv/info.gz", PathEntry::file(gzip(stamp.as_bytes())));
        put(
            "srv/info.tar",
            PathEntry::file(LayerMaker::new().file("info", &stamp).file("fixed", "1").bytes()),
        );
        let time = (build as u32).to_le_bytes();
        put(
            "srv/m.pyc",
            PathEntry::file(
                [&[0xf3, 0x0d, b'\r', b'\n', 0, 0, 0, 0][..], &time, b"\x09\0\0\0code"].concat(),
            ),
        );
        put("srv/blob", PathEntry::file([b"\0head", number.as_bytes(), b"\0tail"].concat()));
        put("srv/repo/.git/index", PathEntry::file(format!("DIRC\0{number}")));
        put("srv/note", PathEntry::link(EntryType::Symlink, &format!("/tmp/tmp.{word}/conf")));
        put("usr/bin/tool", PathEntry { mode: 0o4755, ..PathEntry::file("tool") });
        put("usr/bin/also", PathEntry::link(EntryType::Link, "usr/bin/again"));
        put("usr/bin/again", PathEntry { mode: 0o755, ..PathEntry::file("again") });
        let mut ping = PathEntry { mode: 0o755, ..PathEntry::file("ping") };
        ping.xattrs.insert("security.capability".to_owned(), vec![1, 0, 0, 2, 0, 32, 0, 0]);
        put("usr/bin/ping", ping);
        put("usr/bin/link", PathEntry::link(EntryType::Symlink, "tool"));
        put(
            "opt/null",
            PathEntry { device: (1, 3), ..PathEntry::new(EntryType::Char, 0o666, b"") },
        );
        put(
            "opt/loop",
            PathEntry { device: (7, 0), ..PathEntry::new(EntryType::Block, 0o660, b"") },
        );
        put("opt/pipe", PathEntry::new(EntryType::Fifo, 0o644, b""));
        put("var/log/app.log", PathEntry::file(number));
        put("var/log/fixed.log", PathEntry::file("fixed\n"));
        put("var/cache/app/index", PathEntry::file(number));
        put("var/cache/app/fixed", PathEntry::file("fixed\n"));
        put(
            "var/lib/dpkg/status",
            PathEntry::file("Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\n"),
        );
        put("var/lib/dpkg/status-old", PathEntry::file("Package: a\nVersion: 1\n"));
        let config = json!({
            "User": "dev", "Env": ["PATH=/bin", "A=1"], "WorkingDir": "/srv", "Cmd": ["sh"],
            "Entrypoint": ["tini", "--"], "Labels": {"team": "x"}, "ExposedPorts": {"80/tcp": {}},
            "Volumes": {"/data": {}}, "StopSignal": "SIGINT", "Shell": ["/bin/sh", "-c"],
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5}, "OnBuild": ["RUN true"],
            "ArgsEscaped": true
        });
        let fields = [("architecture", "amd64"), ("os", "linux"), ("author", "somebody")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let layer = |files: [(&str, &str); 2]| {
            files.map(|(name, content)| (name.to_owned(), content.to_owned())).to_vec()
        };
        Self {
            paths,
            config,
            fields: BTreeMap::from(fields),
            layers: vec![
                layer([("order/both", "lower"), ("order/gone", "here")]),
                layer([("order/both", "upper"), ("order/.wh.gone", "")]),
            ],
        }
    }

    pub fn archive(&self) -> Vec<u8> {
        let mut layer = LayerMaker::new();
        // Links to other names come after what they name.
        let (links, others): (Vec<_>, Vec<_>) =
            self.paths.iter().partition(|(_, at)| at.kind == EntryType::Link);
        for (path, at) in others.into_iter().chain(links) {
            let names = at.xattrs.iter();
            let records: Vec<(String, &[u8])> = names
                .map(|(name, value)| (format!("SCHILY.xattr.{name}"), value.as_slice()))
                .collect();
            if !records.is_empty() {
                let records: Vec<(&str, &[u8])> =
                    records.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                layer = layer.pax(&records);
            }
            let folder = if at.kind == EntryType::Directory { "/" } else { "" };
            let owner = (at.mode, at.uid, at.gid);
            layer = layer.node(
                at.kind,
                &format!("{path}{folder}"),
                owner,
                (&at.link, at.device),
                &at.content,
            );
        }
        let mut image = ImageMaker::new().layer("RUN all", layer).config(self.config.clone());
        for files in &self.layers {
            let mut layer = LayerMaker::new();
            for (name, content) in files {
                layer = layer.file(name, content);
            }
            image = image.layer("RUN more", layer);
        }
        for (name, value) in &self.fields {
            image = image.field(name, value);
        }
        image.old_archive()
    }
}
