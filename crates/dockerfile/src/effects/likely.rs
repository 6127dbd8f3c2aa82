//! What a step that is not understood probably touches: the paths that its text names, and where its
//! tools keep their things. A guess, for orders that a proof confirms or refuses.

use std::collections::BTreeSet;

use super::PathSet;
use super::names::FOLDERS;

/// What is needed to read a text's paths.
pub(super) struct Reader<'a> {
    /// The home of the user.
    pub home: Option<&'a str>,
    /// The working folder.
    pub cwd: Option<&'a str>,
    /// The home of another user.
    pub home_of: &'a dyn Fn(&str) -> Option<String>,
    /// The value of a variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// The paths that a text names.
pub(super) fn paths(text: &str, reader: &Reader<'_>) -> Vec<PathSet> {
    let mut places = Vec::new();
    let is_end = |c: char| c.is_whitespace() || "'\"`;|&<>()=,:".contains(c);
    let mut from = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !is_end(c) {
            continue;
        }
        let token = &text[from..at];
        // What follows `://` is no path.
        let is_address = token.starts_with("//");
        from = at + c.len_utf8();
        if !is_address
            && let Some(place) = path(token, reader)
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    places
}

fn path(token: &str, reader: &Reader<'_>) -> Option<PathSet> {
    let token = token.trim_end_matches(['\\', '.']);
    let path = if token.starts_with('/') {
        token.to_owned()
    } else if let Some(rest) = token.strip_prefix('~') {
        let (user, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home =
            if user.is_empty() { reader.home.map(str::to_owned) } else { (reader.home_of)(user) };
        format!("{}{rest}", home?)
    } else if let Some(rest) = token.strip_prefix('$') {
        let (name, rest) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                rest.split_at(end.unwrap_or(rest.len()))
            }
        };
        let value = if name == "HOME" {
            (reader.variable)(name).or_else(|| reader.home.map(str::to_owned))
        } else {
            (reader.variable)(name)
        };
        let value = value?;
        format!("{value}{rest}")
    } else if token.contains('/') && !token.starts_with('-') && !token.contains("..") {
        format!("{}/{token}", reader.cwd?)
    } else {
        return None;
    };
    if !path.starts_with('/') || path.contains(['$', '{', '}']) {
        return None;
    }
    let place = PathSet::pattern(&path);
    let is_common = place.folder().is_some_and(|folder| FOLDERS.contains(&folder.as_str()));
    Some(if is_common { place } else { place.and_below() })
}

/// Where tools keep their things.
pub(super) fn belongings(
    commands: &BTreeSet<String>,
    text: &str,
    home: Option<&str>,
    cwd: Option<&str>,
) -> Vec<PathSet> {
    let mut places = Vec::new();
    let mut add = |path: String| places.push(PathSet::deep(&path));
    if let Some(home) = home {
        for command in commands {
            let command = command.as_str();
            let names: &[&str] = match command {
                "npm" | "npx" | "node" => {
                    &[".npm", ".npmrc", ".npm-global", ".node-gyp", ".cache/node-gyp"]
                }
                "pip" | "pip3" | "python" | "python3" | "pipx" | "uv" => {
                    &[".local/lib", ".cache/pip", ".cache/uv", ".local/share/uv", ".local/pipx"]
                }
                "cargo" | "rustup" | "rustc" => &[".cargo", ".rustup"],
                "git" => &[".gitconfig", ".config/git"],
                "go" => &["go", ".cache/go-build"],
                _ => &[],
            };
            for name in names {
                add(format!("{home}/{name}"));
            }
            if !is_plain_name(command) || super::commands::is_common(command) {
                continue;
            }
            for folder in [".", ".config/", ".cache/", ".local/share/"] {
                add(format!("{home}/{folder}{command}"));
            }
            add(format!("{home}/.local/bin/{command}"));
        }
    }
    // Tools that work in the folder that they are called in.
    const LOCAL: &[&str] = &[
        "bundle", "cargo", "cmake", "composer", "go", "gradle", "make", "meson", "mvn", "ninja",
        "npm", "pnpm", "python", "python3", "uv", "yarn",
    ];
    let works_here = LOCAL.iter().any(|tool| commands.contains(*tool));
    let is_elsewhere =
        text.contains(" -g ") || text.contains(" --global") || text.contains(" -g\n");
    if let Some(cwd) = cwd
        .filter(|cwd| works_here && !is_elsewhere && !FOLDERS.contains(cwd) && Some(*cwd) != home)
    {
        add(cwd.to_owned());
    }
    places
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The words of a text that may name a command.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let is_end = |c: char| !c.is_ascii_alphanumeric() && !"-_.+@".contains(c);
    let words = text.split(is_end).map(|word| word.split('@').next().unwrap_or(word));
    words.filter(|word| word.len() > 1 && is_plain_name(word)).map(str::to_owned).collect()
}

/// Whether a text compares the times of files, or shows them.
pub(super) fn compares_times(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "-nt", "-ot", "-anewer", "-cnewer", "-mmin", "-mtime", "--update", "bmake", "gmake",
        "make", "ninja", "rsync", "samu", "stat",
    ];
    let mut before = "";
    text.split(|c: char| c.is_whitespace() || ";&|()`'\"".contains(c)).any(|word| {
        let sorts = before == "ls" && word.starts_with('-') && word.contains('t');
        before = word;
        sorts || WORDS.contains(&word) || word.starts_with("-newer")
    })
}
