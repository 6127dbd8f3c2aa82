//! Which template line wrote which Dockerfile line.
//!
//! minijinja keeps no source map. So every line of template text gets an invisible mark (two private
//! use characters around the template's number and the line) before it is compiled; the marks travel
//! through loops, includes and filters, and are taken out of the result again:
//!
//! ```text
//! stages/base.j2:4   FROM ${BASE} AS base      =>   Dockerfile:7   FROM ${BASE} AS base
//! ```
//!
//! Lines that begin with a block tag or a comment get none: they write nothing of their own, and a
//! mark would keep `lstrip_blocks` from stripping them.

/// The two characters: no value and no template has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    open: char,
    close: char,
}

impl Marks {
    /// Two characters for private use that none of the texts has.
    pub fn not_in<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let used: std::collections::BTreeSet<char> =
            texts.flat_map(str::chars).filter(|c| !c.is_ascii()).collect();
        let private = ('\u{E000}'..='\u{F8FF}').chain('\u{F0000}'..='\u{FFFFD}');
        let mut free = private.filter(|c| !used.contains(c));
        let mut next = || free.next().expect("72,000 of them are not all in files of this size");
        Self { open: next(), close: next() }
    }

    /// Puts a mark into every line that begins as text.
    pub fn mark(self, template: &str, number: usize) -> String {
        let mut marked = String::with_capacity(template.len() * 2);
        let mut closing = None;
        for (index, line) in template.split_inclusive('\n').enumerate() {
            let text = line.trim_start();
            let is_text = closing.is_none() && !text.is_empty();
            if is_text && !text.starts_with("{%") && !text.starts_with("{#") {
                marked.push_str(&line[..line.len() - text.len()]);
                marked.push_str(&format!("{}{number}:{}{}", self.open, index + 1, self.close));
                marked.push_str(text);
            } else {
                marked.push_str(line);
            }
            closing = tag_open_after(line, closing);
        }
        marked
    }

    /// Splits one marked line into its mark (if any) and its text; indentation stays with the text.
    pub fn peel(self, line: &str) -> (&str, String) {
        match (line.find(self.open), line.find(self.close)) {
            (Some(open), Some(close)) if open < close => {
                let end = close + self.close.len_utf8();
                // Included text may bring marks of its own into the line; they go too.
                (&line[open..end], format!("{}{}", &line[..open], self.strip(&line[end..])))
            }
            _ => ("", line.to_owned()),
        }
    }

    /// What stands in a mark: template number, `:`, line.
    pub fn inside(self, mark: &str) -> &str {
        mark.trim_matches([self.open, self.close])
    }

    fn strip(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut inside = false;
        for c in text.chars() {
            match c {
                c if c == self.open => inside = true,
                c if c == self.close => inside = false,
                _ if !inside => out.push(c),
                _ => {}
            }
        }
        out
    }
}

/// Follows the tags of a line, so that the second line of `{{ a +\n b }}` is not taken for text.
fn tag_open_after(line: &str, mut closing: Option<&'static str>) -> Option<&'static str> {
    let mut rest = line;
    loop {
        match closing {
            Some(end) => match rest.find(end) {
                Some(at) => (rest, closing) = (&rest[at + end.len()..], None),
                None => return closing,
            },
            None => {
                let next = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min();
                let at = next?;
                closing = Some(match &rest[at..at + 2] {
                    "{{" => "}}",
                    "{%" => "%}",
                    _ => "#}",
                });
                rest = &rest[at + 2..];
            }
        }
    }
}
