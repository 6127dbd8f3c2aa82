//! `users/password`: a password that stands in the file is in the image's history too, for everybody who
//! has either.

use super::super::commands::{Command, Operator};
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};
use crate::{Instruction, arg_words, env_pairs};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/password",
    title: "A password in the file",
    severity: Severity::Warning,
    help: "Let the account have no password (`useradd` gives none), or read it from `RUN --mount=type=secret`; give services theirs when they are started.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            let line = *block.lines.start();
            let instruction = &block.instruction;
            if matches!(instruction.keyword.as_str(), "ENV" | "ARG") {
                let escape = context.file.escape();
                found.extend(
                    variables(instruction, escape).map(|message| RuleMatch::at(line, message)),
                );
            }
            let commands = context.commands.at(index);
            for (at, command) in commands.iter().enumerate() {
                let before = at.checked_sub(1).map(|at| &commands[at]);
                let before = before.filter(|_| command.joined == Operator::Pipe);
                // `chpasswd <<EOF`: its lines are the file's.
                let heredocs = || {
                    let text = instruction.heredocs.iter().flat_map(|body| body.lines());
                    text.map(str::to_owned).collect::<Vec<String>>()
                };
                let message = match command.program() {
                    "chpasswd" => piped(before, &heredocs()),
                    "passwd" => passwd(command, before),
                    "useradd" | "usermod" => hash(command),
                    _ => None,
                };
                found.extend(message.map(|message| RuleMatch::at(command.line, message)));
            }
        }
        found
    },
};

/// `ENV DB_PASSWORD=x`, and `ARG` with a default.
fn variables(instruction: &Instruction, escape: char) -> impl Iterator<Item = String> {
    let exact = &instruction.exact;
    let set: Vec<(String, String)> = match instruction.keyword.as_str() {
        "ENV" => env_pairs(exact, escape),
        _ => arg_words(exact, escape).into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
    };
    let is_password = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["PASSWORD", "PASSWD", "_PASS", "PASSPHRASE"].iter().any(|end| name.ends_with(end))
            && !["ALLOW_", "NO_", "RANDOM_", "EMPTY_"].iter().any(|word| name.contains(word))
    };
    set.into_iter().filter_map(move |(name, value)| {
        let value = value.trim_matches(['"', '\'']);
        let is_switch = ["", "yes", "no", "true", "false", "0", "1"].contains(&value);
        (is_password(&name) && !is_switch && !value.contains('$'))
            .then(|| format!("the password `{name}` is in plain text in the file"))
    })
}

/// `echo root:x | chpasswd`.
fn piped(before: Option<&Command>, heredocs: &[String]) -> Option<String> {
    let words: Vec<String> = match before {
        Some(before) if matches!(before.program(), "echo" | "printf") => {
            before.arguments().to_vec()
        }
        Some(_) => return None,
        None => heredocs.to_vec(),
    };
    // What the file does not say is no password in the file.
    let account = words.iter().find_map(|word| {
        let (user, password) = word.split_once(':')?;
        let is_said = !password.is_empty() && !password.contains(['$', '`', '%']);
        is_said.then_some(user)
    })?;
    let account =
        if account.contains(['$', '%']) || account.is_empty() { "a user" } else { account };
    Some(format!("the password of `{account}` is in plain text in the file"))
}

/// `echo x | passwd --stdin dev`, `passwd -d root`.
fn passwd(command: &Command, before: Option<&Command>) -> Option<String> {
    let words = command.arguments();
    let user =
        words.iter().rev().find(|word| !word.starts_with('-')).map_or("root", String::as_str);
    if words.iter().any(|word| matches!(word.as_str(), "-d" | "--delete")) {
        return Some(format!("`{user}` needs no password any more"));
    }
    let said = before.filter(|before| matches!(before.program(), "echo" | "printf"))?;
    let is_said =
        said.arguments().iter().any(|word| !word.starts_with('-') && !word.contains(['$', '`']));
    is_said.then(|| format!("the password of `{user}` is in plain text in the file"))
}

/// `useradd -p HASH dev`: `!` and `*` in front lock the account.
fn hash(command: &Command) -> Option<String> {
    let words = command.arguments();
    let separate = words.iter().zip(words.iter().skip(1)).find(|(option, _)| {
        let is_short =
            option.starts_with('-') && !option.starts_with("--") && option.ends_with('p');
        is_short || *option == "--password"
    });
    let value = match separate {
        Some((_, value)) => value.as_str(),
        None => words.iter().find_map(|word| word.strip_prefix("--password="))?,
    };
    let user = words.iter().rev().find(|word| !word.starts_with('-') && *word != value)?;
    match value {
        "" => Some(format!("`{user}` needs no password")),
        value if value.starts_with(['!', '*']) || value == "x" => None,
        // `$(openssl passwd -1 secret)` says it, `$HASH` does not.
        value if value.starts_with("$(") || value.starts_with('`') => {
            let is_said = value.contains("passwd") || value.contains("crypt");
            let words = value.trim_end_matches([')', '`']).split_whitespace();
            let last = words.last().unwrap_or_default();
            (is_said && !last.starts_with(['$', '-']))
                .then(|| format!("the password of `{user}` is in plain text in the file"))
        }
        value if value.starts_with("${") || is_variable(value) => None,
        _ => Some(format!("the hash of `{user}`'s password is in the file")),
    }
}

/// `$NAME`, as opposed to `$6$salt$…`.
fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
