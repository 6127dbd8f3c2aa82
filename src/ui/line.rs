//! A line of text with roles, measured in columns.

use console::{measure_text_width, truncate_str};

use super::{Paint, Role};

/// Pieces of text, each with its role; holds no control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    spans: Vec<(Role, String)>,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece.
    pub fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.spans.push((role, text));
        }
        self
    }

    /// Adds text as it is.
    pub fn plain(self, text: impl Into<String>) -> Self {
        self.with(Role::Plain, text)
    }

    /// Adds another line's pieces.
    pub fn join(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// Columns that it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| measure_text_width(text)).sum()
    }

    /// Fills up with spaces to `width` columns.
    pub fn pad(self, width: usize) -> Self {
        let missing = width.saturating_sub(self.width());
        self.plain(" ".repeat(missing))
    }

    /// Cuts to `width` columns; what was cut is seen by the ellipsis.
    pub fn fit(mut self, width: usize, ellipsis: &str) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut left = width;
        for (index, (_, text)) in self.spans.iter_mut().enumerate() {
            let columns = measure_text_width(text);
            if columns < left {
                left -= columns;
                continue;
            }
            // The rest does not fit, so the ellipsis belongs here even if this piece just would.
            *text = cut(text, left, ellipsis);
            self.spans.truncate(index + 1);
            break;
        }
        self
    }

    /// This line, and `right` at the right edge of `width` columns. The left side is cut to make
    /// room; where too little would be left of it, `right` is left out.
    pub fn beside(self, right: Self, width: usize, ellipsis: &str) -> Self {
        const LEAST_LEFT: usize = 8;
        let taken = right.width() + 1;
        if right.spans.is_empty() || width < LEAST_LEFT + taken {
            return self.fit(width, ellipsis);
        }
        let room = width - taken;
        self.fit(room, ellipsis).pad(room + 1).join(right)
    }

    /// The text without looks.
    pub fn text(&self) -> String {
        self.spans.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The text as a terminal gets it.
    pub fn paint(&self, paint: Paint) -> String {
        self.spans.iter().map(|(role, text)| paint.apply(*role, text)).collect()
    }
}

/// `text` in at most `width` columns, the ellipsis always at its end.
fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    let mark = truncate_str(ellipsis, width, "");
    let room = width - measure_text_width(&mark);
    let kept = truncate_str(text, room, "");
    format!("{}{mark}", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_never_exceeds_the_width() {
        let line =
            || Line::new().plain("node-deps ").with(Role::Dim, "RUN 日本語 npm ci").plain("!");
        for width in 0..40 {
            let cut = line().fit(width, "…");
            assert!(cut.width() <= width, "{width}: {:?}", cut.text());
            assert_eq!(cut.text().ends_with('…'), (1..line().width()).contains(&width));
        }
        assert_eq!(line().fit(16, "…").text(), "node-deps RUN…");
        assert_eq!(line().fit(10, "...").text(), "node-de...");
        assert_eq!(line().fit(2, "...").text(), "..");
    }

    #[test]
    fn the_right_side_stays_at_the_edge_or_goes() {
        let left = || Line::new().plain("a long left side");
        let right = || Line::new().plain("12.3s");
        assert_eq!(left().beside(right(), 24, "…").text(), "a long left side   12.3s");
        assert_eq!(left().beside(right(), 16, "…").text(), "a long le… 12.3s");
        assert_eq!(left().beside(right(), 13, "…").text(), "a long left…");
        assert_eq!(left().beside(Line::new(), 24, "…").text(), "a long left side");
    }
}
