//! The shell of a `RUN`: commands joined by `&&`, perhaps with `|| true` at the end; plain words, `~`,
//! `~user`, `$VARIABLE`, a `*` at the end of a path, `>` and `>>` at the end of a command.

use super::state::{Done, Machine};

impl Machine {
    pub(super) fn run(&mut self, text: &str) -> Done {
        self.home(&self.user.clone())?;
        let (text, may_fail) = match text.strip_suffix(" || true") {
            Some(text) => (text, true),
            None => (text, false),
        };
        for command in text.split(" && ") {
            match self.command(command) {
                Err(_) if may_fail => return Ok(()),
                done => done?,
            }
        }
        Ok(())
    }

    /// The words of a command, expanded.
    fn words(&self, text: &str) -> Done<Vec<String>> {
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let word = if let Some(rest) = word.strip_prefix("~/") {
                format!("{}/{rest}", self.home(&self.user)?)
            } else if let Some(rest) = word.strip_prefix('~') {
                let (user, rest) = rest.split_once('/').unwrap_or((rest, ""));
                format!("{}/{rest}", self.home(user)?)
            } else if let Some(name) = word.strip_prefix('$') {
                let (name, rest) = name.split_once('/').unwrap_or((name, ""));
                let value = match name {
                    "HOME" => self.home(&self.user)?,
                    name => self.env.get(name).cloned().unwrap_or_default(),
                };
                if rest.is_empty() { value } else { format!("{value}/{rest}") }
            } else {
                word.to_owned()
            };
            match word.strip_suffix("/*") {
                Some(folder) => {
                    let names = self.list(folder).unwrap_or_default();
                    if names.is_empty() {
                        words.push(word);
                    } else {
                        words.extend(names.iter().map(|name| format!("{folder}/{name}")));
                    }
                }
                None => words.push(word),
            }
        }
        Ok(words)
    }

    fn command(&mut self, text: &str) -> Done {
        let (text, output) = match text.split_once(" >> ") {
            Some((text, path)) => (text, Some((path, true))),
            None => match text.split_once(" > ") {
                Some((text, path)) => (text, Some((path, false))),
                None => (text, None),
            },
        };
        let output = match output {
            Some((path, appends)) => {
                let path = self.words(path)?.remove(0);
                // The shell opens it before the command is executed.
                self.write(&path, "", appends)?;
                Some(path)
            }
            None => None,
        };
        let words = self.words(text)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let printed = self.execute(&words)?;
        match output {
            Some(path) => self.write(&path, &printed, true),
            None => Ok(()),
        }
    }
}
