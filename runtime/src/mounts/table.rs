//! The kernel's table of mounts, `/proc/self/mountinfo`: proc_pid_mountinfo(5). Reading it touches none of
//! the file systems in it.

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mounted {
    pub id: u64,
    pub parent: u64,
    /// The folder of the file system that is mounted.
    pub root: String,
    pub point: String,
    /// Of this mount alone: `ro`, `noexec`.
    pub options: Vec<String>,
    /// Whether what is mounted below appears elsewhere too.
    pub is_shared: bool,
    pub kind: String,
    /// Of the file system.
    pub of_all: Vec<String>,
}

impl Mounted {
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }

    /// Whether the file system itself is read-only, for whoever mounts it.
    pub fn is_read_only_everywhere(&self) -> bool {
        self.of_all.iter().any(|own| own == "ro")
    }
}

/// What cannot be read is left out.
pub(super) fn parse(text: &str) -> Vec<Mounted> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Mounted> {
    let (own, all) = line.split_once(" - ")?;
    let own: Vec<&str> = own.split(' ').collect();
    let all: Vec<&str> = all.split(' ').collect();
    let options = |text: &str| text.split(',').map(str::to_owned).collect();
    Some(Mounted {
        id: own.first()?.parse().ok()?,
        parent: own.get(1)?.parse().ok()?,
        root: unescape(own.get(3)?),
        point: unescape(own.get(4)?),
        options: options(own.get(5)?),
        is_shared: own[6..].iter().any(|field| field.starts_with("shared:")),
        kind: (*all.first()?).to_owned(),
        of_all: options(all.get(2)?),
    })
}

/// `\040` is a blank.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(escaped) if byte == b'\\' => {
                bytes.push(escaped);
                rest = &after[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The mount that is seen at `path`: each part of the way leads into what is mounted on it, and of several
/// on one point into the last.
pub(super) fn seen<'a>(table: &'a [Mounted], path: &str) -> Option<&'a Mounted> {
    let is_inner = |mount: &&Mounted| table.iter().any(|other| other.id == mount.parent);
    let root = table.iter().filter(|mount| mount.point == "/");
    let mut at = root.clone().find(|mount| !is_inner(mount)).or_else(|| root.clone().next())?;
    let mut prefixes = vec!["/"];
    prefixes.extend(path.match_indices('/').skip(1).map(|(index, _)| &path[..index]));
    prefixes.push(path);
    for prefix in prefixes {
        while let Some(next) = table
            .iter()
            .find(|mount| mount.point == prefix && mount.parent == at.id && mount.id != at.id)
        {
            at = next;
        }
    }
    Some(at)
}

/// All that is mounted at `path`, seen or not.
pub(super) fn at<'a>(table: &'a [Mounted], path: &str) -> Vec<&'a Mounted> {
    table.iter().filter(|mount| mount.point == path).collect()
}
