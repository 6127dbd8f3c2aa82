//! What looks like a credential, in files and in texts.
//!
//! Three kinds: files that tools keep their logins in, tokens whose form only one service gives, and canaries:
//! the secrets that a build was given. A value is never shown, only where it is and what it looks like.

use aho_corasick::AhoCorasick;

/// Something that looks like a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Absolute path in the image, or what else it is in.
    pub place: String,
    /// What it looks like.
    pub what: &'static str,
}

/// Finds them.
#[derive(Debug, Clone)]
pub(super) struct Searcher {
    begins: AhoCorasick,
    canaries: Option<AhoCorasick>,
}

/// A token: what it begins with, of which characters the rest is, how many of them at least, whose it is.
struct Token {
    begin: &'static str,
    is_of: fn(u8) -> bool,
    least: usize,
    what: &'static str,
}

const fn token(
    begin: &'static str,
    is_of: fn(u8) -> bool,
    least: usize,
    what: &'static str,
) -> Token {
    Token { begin, is_of, least, what }
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn wide(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const TOKENS: [Token; 14] = [
    token("ghp_", word, 36, "a token of GitHub"),
    token("gho_", word, 36, "a token of GitHub"),
    token("ghs_", word, 36, "a token of GitHub"),
    token("github_pat_", wide, 59, "a token of GitHub"),
    token("glpat-", wide, 20, "a token of GitLab"),
    token("npm_", word, 36, "a token of npm"),
    token("pypi-AgEIcHlwaS5vcmc", wide, 50, "a token of PyPI"),
    token("AKIA", upper, 16, "a key of AWS"),
    token("ASIA", upper, 16, "a key of AWS"),
    token("sk-ant-", wide, 80, "a key of Anthropic"),
    token("sk-proj-", wide, 60, "a key of OpenAI"),
    token("xoxb-", wide, 40, "a token of Slack"),
    token("xoxp-", wide, 40, "a token of Slack"),
    token("sk_live_", word, 24, "a key of Stripe"),
];

/// Private keys in the trees of package managers are those of tests.
const OF_PACKAGES: [&str; 4] = ["usr/", "node_modules/", "site-packages/", "dist-packages/"];

const KEY: &str = "-----BEGIN ";

/// Shorter ones stand in any text.
const SHORTEST_CANARY: usize = 8;

impl Searcher {
    /// One that knows these secrets.
    pub fn new(canaries: &[String]) -> Self {
        let canaries: Vec<&String> =
            canaries.iter().filter(|text| text.len() >= SHORTEST_CANARY).collect();
        let begins = TOKENS.iter().map(|token| token.begin).chain([KEY]);
        Self {
            begins: AhoCorasick::new(begins).expect("a few short words"),
            canaries: (!canaries.is_empty())
                .then(|| AhoCorasick::new(canaries).expect("secrets are short")),
        }
    }

    /// What is in a file, each kind once.
    pub fn file(&self, path: &str, bytes: &[u8]) -> Vec<Found> {
        let mut kinds = self.kinds(path, bytes);
        kinds.extend(login(path, bytes));
        found(&format!("/{path}"), kinds)
    }

    /// What is in a text that is no file: a variable, a label, a step of the history.
    pub fn text(&self, place: &str, text: &str) -> Vec<Found> {
        found(place, self.kinds("", text.as_bytes()))
    }

    fn kinds(&self, path: &str, bytes: &[u8]) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        if self.canaries.as_ref().is_some_and(|canaries| canaries.is_match(bytes)) {
            kinds.push("a secret of the build");
        }
        let is_of_package = OF_PACKAGES.iter().any(|tree| {
            path.starts_with(tree) || tree.len() > 4 && path.contains(&format!("/{tree}"))
        });
        for hit in self.begins.find_iter(bytes) {
            let rest = &bytes[hit.end()..];
            match TOKENS.get(hit.pattern().as_usize()) {
                Some(token) => {
                    let is_begin = hit.start() == 0 || !wide(bytes[hit.start() - 1]);
                    if is_begin && token.is_here(rest) {
                        kinds.push(token.what);
                    }
                }
                None if !is_of_package && is_private_key(rest) => kinds.push("a private key"),
                None => {}
            }
        }
        kinds
    }
}

fn found(place: &str, mut kinds: Vec<&'static str>) -> Vec<Found> {
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|what| Found { place: place.to_owned(), what }).collect()
}

impl Token {
    /// Whether the text behind its begin is that of a token, and none of an example.
    fn is_here(&self, rest: &[u8]) -> bool {
        let length = rest.iter().take_while(|byte| (self.is_of)(**byte)).count();
        let text = &rest[..length];
        // What has a length goes no further than a little beyond it: longer is text of another kind.
        let is_long_enough = length >= self.least && length <= self.least + 200;
        let mut kinds = [false; 256];
        text.iter().for_each(|byte| kinds[usize::from(*byte)] = true);
        let distinct = kinds.iter().filter(|is_there| **is_there).count();
        is_long_enough && distinct >= 8 && !text.ends_with(b"EXAMPLE")
    }
}

/// Behind `-----BEGIN `.
fn is_private_key(rest: &[u8]) -> bool {
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // A line of a key, not a word of a program that writes or reads them.
    let has_content = rest.len() > line.len() + 100;
    line.ends_with(b"PRIVATE KEY-----") && line.len() < 50 && has_content
}

/// Files in which tools keep logins, by their names.
fn login(path: &str, bytes: &[u8]) -> Option<&'static str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let text = || String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]);
    let has = |words: &[&str]| words.iter().any(|word| text().contains(word));
    let ends = |end: &str| folder == end || folder.ends_with(&format!("/{end}"));
    // `${NPM_TOKEN}` is filled in by who runs it.
    let value = |key: &str| {
        text().lines().any(|line| {
            let value = line.split_once(key).map(|(_, value)| value.trim().trim_matches('"'));
            value.is_some_and(|value| !value.is_empty() && !value.contains("${"))
        })
    };
    match name {
        ".npmrc" | "npmrc" => ["_authToken=", "_auth=", "_password="]
            .iter()
            .any(|key| value(key))
            .then_some("a login of npm"),
        ".dockercfg" if has(&["\"auth\""]) => Some("a login of a registry"),
        "config.json" if ends(".docker") && has_auth(bytes) => Some("a login of a registry"),
        "credentials" if ends(".aws") && value("aws_secret_access_key") => Some("a key of AWS"),
        ".netrc" | "_netrc" if has(&["password "]) => Some("a login of a host"),
        ".git-credentials" if has(&["://"]) => Some("a login of git"),
        ".pypirc" if value("password") => Some("a login of PyPI"),
        ".pgpass" if text().lines().any(|line| line.matches(':').count() >= 4) => {
            Some("a login of PostgreSQL")
        }
        "hosts.yml" if ends(".config/gh") && value("oauth_token:") => Some("a token of GitHub"),
        ".credentials.json" if ends(".claude") => Some("a login of Claude"),
        "auth.json" if ends(".codex") => Some("a login of Codex"),
        "application_default_credentials.json" => Some("a login of Google Cloud"),
        "config" if ends(".kube") && has(&["client-key-data:", "token:"]) => {
            Some("a login of Kubernetes")
        }
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" if has(&["PRIVATE KEY"]) => {
            Some("a private key")
        }
        _ => None,
    }
}

/// Whether a `config.json` of Docker has a login; a credential helper's name is none.
fn has_auth(json: &[u8]) -> bool {
    let value: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
    let hosts = value["auths"].as_object();
    let is_login = |host: &serde_json::Value| {
        let text = |key: &str| host[key].as_str().is_some_and(|text| !text.is_empty());
        text("auth") || text("identitytoken") || text("password")
    };
    hosts.is_some_and(|hosts| hosts.values().any(is_login))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(path: &str, text: &str) -> Vec<&'static str> {
        let found = Searcher::new(&["correct horse battery".to_owned(), "no".to_owned()]);
        found.file(path, text.as_bytes()).into_iter().map(|found| found.what).collect()
    }

    /// Put together here, so that no scanner takes this file for a leak.
    fn github() -> String {
        format!("ghp{}", "_0123456789abcdefghijABCDEFGHIJ012345")
    }

    #[test]
    fn logins_tokens_and_canaries_are_found() {
        let key = format!("{KEY}OPENSSH PRIVATE KEY-----\n{}\n", "b3BlbnNzaC1rZXktdjEA".repeat(9));
        for (path, text, what) in [
            ("root/.npmrc", "//r.example/:_authToken=abcdef\n".to_owned(), "a login of npm"),
            (
                "root/.docker/config.json",
                r#"{"auths":{"r":{"auth":"eDp5"}}}"#.into(),
                "a login of a registry",
            ),
            (
                "home/a/.aws/credentials",
                "[default]\naws_secret_access_key = x\n".into(),
                "a key of AWS",
            ),
            ("home/a/.ssh/id_rsa", key.clone(), "a private key"),
            ("srv/app.pem", key.clone(), "a private key"),
            ("srv/app.js", format!("const t = '{}'", github()), "a token of GitHub"),
            ("usr/lib/x/y.js", format!("'{}'", github()), "a token of GitHub"),
            ("srv/k", format!("id=AK{}", "IAQ3EGRIOZ7JWQ2T5L"), "a key of AWS"),
            ("opt/data.bin", "\0\u{1}correct horse battery\0".into(), "a secret of the build"),
            ("root/.netrc", "machine a login b password c\n".into(), "a login of a host"),
        ] {
            assert_eq!(in_file(path, &text), [what], "{path}");
        }
        let found = Searcher::new(&[]).text("the variable `T`", &github());
        assert_eq!(found, [Found { place: "the variable `T`".into(), what: "a token of GitHub" }]);
    }

    #[test]
    fn examples_and_programs_are_none() {
        let key = format!("{KEY}RSA PRIVATE KEY-----\n{}\n", "MIIEpAIBAAKCAQEA".repeat(9));
        for (path, text) in [
            ("root/.npmrc", "//r/:_authToken=${NPM_TOKEN}\nregistry=https://r\n".to_owned()),
            ("root/.docker/config.json", r#"{"auths":{"r":{}},"credsStore":"x"}"#.into()),
            ("usr/share/doc/k.pem", key.clone()),
            ("opt/mad/node/node_modules/a/test/k.pem", key),
            ("srv/a.c", format!("strstr(s, \"{KEY}RSA PRIVATE KEY-----\")")),
            ("srv/a.md", format!("gh{}", "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
            ("srv/a.md", "AKIAIOSFODNN7EXAMPLE".into()),
            ("srv/a", format!("x{}", github())),
            ("srv/no", "no".into()),
            ("srv/id_rsa", "see the manual".into()),
            ("etc/empty", String::new()),
        ] {
            assert_eq!(in_file(path, &text), [""; 0], "{path}");
        }
    }
}
