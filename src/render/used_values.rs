//! Which values of the profile the template of a step names: only those can be why it reads otherwise.
//!
//! A step is written by the lines of its template from its own first one up to the next instruction's,
//! and it is there at all because of the blocks around them:
//!
//! ```text
//! {% for mount in mounts %}      mounts
//! RUN install -d {{ mount }} \
//! {% if user.sudo %}             user.sudo
//!     && sudo -V \
//! {% endif %}
//!     && id {{ user.name }}      user.name
//! ```
//!
//! Found in the text, not by running it: a value that decided that a line is *not* there counts too.

use std::collections::{BTreeMap, BTreeSet};

use crate::timing::record::Origin;
use dockerfile::File;

/// By the line of an instruction in the Dockerfile: what its template names, `user.uid` or `mounts`.
pub(super) fn used_values(
    file: &File,
    origin_of: impl Fn(usize) -> Option<Origin>,
    templates: &BTreeMap<String, String>,
) -> BTreeMap<usize, BTreeSet<String>> {
    let blocks = file.blocks();
    let firsts: BTreeSet<(String, usize)> = blocks
        .iter()
        .filter_map(|block| origin_of(*block.lines.start()))
        .map(|origin| (origin.file, origin.line))
        .collect();
    let mut used = BTreeMap::new();
    for block in blocks {
        let Some(first) = origin_of(*block.lines.start()) else { continue };
        let Some(template) = templates.get(&first.file) else { continue };
        let next = firsts
            .range((first.file.clone(), first.line + 1)..)
            .next()
            .filter(|(file, _)| *file == first.file);
        let end = next.map_or(usize::MAX, |(_, line)| *line);
        let mut names = Template::read(template).names(first.line, end);
        // What a macro wrote is written elsewhere.
        for origin in block.lines.clone().filter_map(&origin_of) {
            if origin.file != first.file
                && let Some(template) = templates.get(&origin.file)
            {
                names.extend(Template::read(template).names(origin.line, origin.line + 1));
            }
        }
        used.insert(*block.lines.start(), names);
    }
    used
}

/// A tag of a template: `{{ … }}` or `{% … %}`.
struct Tag<'a> {
    line: usize,
    text: &'a str,
    is_block: bool,
}

struct Template<'a> {
    tags: Vec<Tag<'a>>,
    /// What `for` and `set` call by another name.
    aliases: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> Template<'a> {
    fn read(text: &'a str) -> Self {
        let mut tags = Vec::new();
        let (mut at, mut line) = (0, 1);
        while let Some(open) = text[at..].find('{').map(|found| at + found) {
            line += text[at..open].matches('\n').count();
            let close = match text[open..].get(..2) {
                Some("{{") => "}}",
                Some("{%") => "%}",
                Some("{#") => "#}",
                _ => {
                    at = open + 1;
                    continue;
                }
            };
            let inner = open + 2;
            let end = text[inner..].find(close).map_or(text.len(), |found| inner + found);
            if close != "#}" {
                let text = text[inner..end].trim_matches(['-', '+']).trim();
                tags.push(Tag { line, text, is_block: close == "%}" });
            }
            line += text[open..end].matches('\n').count();
            at = end;
        }
        let mut aliases: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for tag in tags.iter().filter(|tag| tag.is_block) {
            let (targets, source) = match tag.text.split_once(char::is_whitespace) {
                Some(("for", rest)) => rest.split_once(" in ").unwrap_or_default(),
                Some(("set", rest)) => rest.split_once('=').unwrap_or_default(),
                _ => continue,
            };
            for target in targets.split(',').map(str::trim).filter(|target| !target.is_empty()) {
                aliases.entry(target).or_default().extend(names(source));
            }
        }
        Self { tags, aliases }
    }

    /// What the tags from `start` up to `end` name, and the blocks that are open at `start`.
    fn names(&self, start: usize, end: usize) -> BTreeSet<String> {
        let mut open: Vec<BTreeSet<String>> = Vec::new();
        let mut found = BTreeSet::new();
        for tag in self.tags.iter().take_while(|tag| tag.line < end) {
            if tag.line >= start {
                found.extend(names(tag.text));
                continue;
            }
            match tag.text.split_whitespace().next().unwrap_or_default() {
                _ if !tag.is_block => {}
                "if" | "for" | "with" | "filter" | "macro" | "call" | "block" => {
                    open.push(names(tag.text));
                }
                // What was asked before counts as well.
                "elif" | "else" => {
                    if let Some(asked) = open.last_mut() {
                        asked.extend(names(tag.text));
                    }
                }
                word if word.starts_with("end") => {
                    open.pop();
                }
                _ => {}
            }
        }
        found.extend(open.into_iter().flatten());
        self.resolved(found)
    }

    /// The names behind the names of loops and `set`s.
    fn resolved(&self, names: BTreeSet<String>) -> BTreeSet<String> {
        let mut open: Vec<String> = names.into_iter().collect();
        let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let first = name.split('.').next().unwrap_or_default();
            match self.aliases.get(first) {
                Some(behind) => open.extend(behind.iter().cloned()),
                None => {
                    found.insert(name);
                }
            }
        }
        found
    }
}

/// The dotted names in an expression; not what is in quotes, nor what is called or filters.
fn names(expression: &str) -> BTreeSet<String> {
    const WORDS: [&str; 33] = [
        "and",
        "as",
        "block",
        "call",
        "elif",
        "else",
        "endblock",
        "endcall",
        "endfilter",
        "endfor",
        "endif",
        "endmacro",
        "endraw",
        "endset",
        "endwith",
        "false",
        "filter",
        "for",
        "from",
        "if",
        "import",
        "in",
        "include",
        "is",
        "loop",
        "macro",
        "none",
        "not",
        "or",
        "raw",
        "set",
        "true",
        "with",
    ];
    let mut found = BTreeSet::new();
    let mut rest = expression;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if c == '"' || c == '\'' {
            let inner = &rest[1..];
            rest = inner.find(c).map_or("", |end| &inner[end + 1..]);
            before = c;
            continue;
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        if !(c.is_alphabetic() || c == '_') {
            if !c.is_whitespace() {
                before = c;
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let is_called = after.trim_start().starts_with('(');
        if before != '|' && !is_called && !WORDS.contains(&name) {
            found.insert(name.trim_end_matches('.').to_owned());
        }
        before = 'a';
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"{% from "macros.j2" import helper %}
FROM {{ base }} AS final
LABEL {% for name, value in labels|items %}{{ name }}={{ value|quote }} {% endfor %}

RUN sleep 5
{% if node and python %}
RUN sleep {{ node.version }}
{% elif gpu %}
RUN nvidia
{% endif %}
{% set who = user.name %}
RUN id {{ who }} \
{% if user.sudo %}
    && sudo -V \
{% endif %}
{% for mount in mounts %}
    {{ mount.target }} {{ "labels.team" }}
{% endfor %}
RUN {{ helper("x", env.A ~ "b") }}
"#;

    #[test]
    fn a_step_uses_what_its_lines_name_and_the_blocks_around_them() {
        let used = |line: usize, next: usize| -> String {
            let names = Template::read(TEMPLATE).names(line, next);
            names.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(used(2, 3), "base");
        assert_eq!(used(3, 5), "labels");
        // The block that begins below belongs to what stands in it, and is near enough.
        assert_eq!(used(5, 6), "");
        assert_eq!(used(7, 8), "node node.version python");
        assert_eq!(used(9, 10), "gpu node python");
        assert_eq!(used(12, 19), "mounts user.name user.sudo");
        assert_eq!(used(19, usize::MAX), "env.A");
    }
}
