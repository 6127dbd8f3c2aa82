//! Whether an instruction waits for the network, by the commands that it runs.

/// Programs that fetch, whatever their arguments say.
const ALWAYS: [&str; 12] = [
    "apt-get",
    "apt",
    "aptitude",
    "corepack",
    "curl",
    "debootstrap",
    "mmdebstrap",
    "npx",
    "rsync",
    "wget",
    "apk",
    "dnf",
];

/// Programs that fetch with one of these words among their arguments.
const SOMETIMES: [(&str, &[&str]); 14] = [
    ("bun", &["add", "install"]),
    ("cargo", &["add", "build", "fetch", "install", "update"]),
    ("conda", &["create", "install", "update"]),
    ("docker", &["pull"]),
    ("gem", &["install"]),
    ("git", &["clone", "fetch", "pull", "submodule"]),
    ("go", &["get", "install", "mod"]),
    ("npm", &["add", "ci", "i", "install", "update"]),
    ("pip", &["download", "install", "wheel"]),
    ("pip3", &["download", "install", "wheel"]),
    ("pnpm", &["add", "fetch", "install"]),
    ("poetry", &["install", "update"]),
    ("uv", &["add", "install", "sync", "tool"]),
    ("yarn", &["add", "install"]),
];

/// What may stand before the command itself.
const PREFIXES: [&str; 13] = [
    "!", "command", "do", "else", "env", "exec", "if", "nice", "sudo", "then", "time", "until",
    "while",
];

/// Whether the commands of an instruction reach for the network.
pub(super) fn is_network_bound(instruction: &str) -> bool {
    let text = instruction.trim_start();
    let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if keyword.eq_ignore_ascii_case("ADD") {
        let is_remote = |word: &str| word.contains("://") || word.starts_with("git@");
        return rest.split_whitespace().any(is_remote);
    }
    keyword.eq_ignore_ascii_case("RUN") && commands(rest).iter().any(|words| fetches(words))
}

fn fetches(words: &[String]) -> bool {
    let is_setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let skipped = |word: &&String| {
        is_setting(word) || word.starts_with('-') || PREFIXES.contains(&word.as_str())
    };
    let Some(at) = words.iter().position(|word| !skipped(&word)) else { return false };
    let (program, arguments) = (words[at].rsplit('/').next().unwrap_or_default(), &words[at + 1..]);
    // `python3 -m pip install`, `sh -c "…"`: the program is an argument.
    if let Some(module) = arguments.iter().position(|word| word == "-m") {
        return program.starts_with("python") && fetches(&arguments[module + 1..]);
    }
    if matches!(program, "sh" | "bash" | "dash") {
        let script = arguments.iter().position(|word| word == "-c");
        return script
            .and_then(|c| arguments.get(c + 1))
            .is_some_and(|script| commands(script).iter().any(|words| fetches(words)));
    }
    ALWAYS.contains(&program)
        || SOMETIMES.iter().any(|(name, verbs)| {
            *name == program && arguments.iter().any(|word| verbs.contains(&word.as_str()))
        })
}

/// The simple commands of a shell text, as words; what is in quotes stays one word.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => match chars.next() {
                // A continued line.
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => {
                while chars.peek().is_some_and(|&c| c != '\n') {
                    chars.next();
                }
            }
            (None, ';' | '&' | '|' | '\n' | '(' | ')' | '{' | '}' | '`') => {
                words.extend(word.take());
                if !words.is_empty() {
                    commands.push(std::mem::take(&mut words));
                }
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push(words);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_commands_tell() {
        for text in [
            "RUN apt-get update && apt-get install -y git",
            "RUN --mount=type=cache,target=/c apt-get update",
            "RUN set -eux; DEBIAN_FRONTEND=noninteractive apt-get update",
            "RUN uv pip sync /locks/cpu.txt",
            "RUN cd /app && npm ci --omit=dev",
            "RUN npm --prefix /app ci",
            "RUN git clone https://example.org/x",
            "RUN if test -e x; then curl -O https://example.org/x; fi",
            "RUN python3 -m pip install x",
            "RUN sh -c 'set -e; wget https://example.org/x'",
            "RUN /usr/bin/curl https://example.org/x",
            "RUN <<EOF\nset -eu\ncargo install ripgrep\nEOF\n",
            "RUN x=$(curl https://example.org/version)",
            "RUN one \\\n    && uv sync",
            "ADD https://example.org/x /x",
            "run wget x",
        ] {
            assert!(is_network_bound(text), "{text}");
        }
        for text in [
            "RUN echo curl",
            "RUN echo \"run; apt-get update\"",
            "RUN rm -rf /var/lib/apt /root/.npm",
            "RUN npm run build",
            "RUN git config --global x y",
            "RUN uv --version",
            "RUN test -x /usr/bin/curl",
            "RUN true # curl https://example.org",
            "COPY curl /usr/bin/wget",
            "ADD x.tar /x",
            "ENV A=curl",
            "",
        ] {
            assert!(!is_network_bound(text), "{text}");
        }
    }
}
