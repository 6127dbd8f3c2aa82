//! The signs of the displays, and what stands for them where Unicode cannot be shown.

/// A set of signs, each one column wide but for the ellipsis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Finished.
    pub done: &'static str,
    /// Failed.
    pub failed: &'static str,
    /// Not begun.
    pub waiting: &'static str,
    /// Stopped.
    pub stopped: &'static str,
    /// Going up to the engine.
    pub upload: &'static str,
    /// In front of quoted output.
    pub quote: &'static str,
    /// Between facts.
    pub dot: &'static str,
    /// For what was cut.
    pub ellipsis: &'static str,
    /// Running, one frame after another.
    pub spinner: &'static [&'static str],
    /// Parts of a bar's last cell, from little to full.
    pub bar: &'static [&'static str],
}

impl Glyphs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        done: "✓",
        failed: "✗",
        waiting: "·",
        stopped: "–",
        upload: "↑",
        quote: "│",
        dot: "·",
        ellipsis: "…",
        spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
        bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    };

    /// For everything else.
    pub const ASCII: Self = Self {
        done: "+",
        failed: "x",
        waiting: ".",
        stopped: "-",
        upload: "^",
        quote: "|",
        dot: "-",
        ellipsis: "...",
        spinner: &["|", "/", "-", "\\"],
        bar: &["#"],
    };

    /// One of the two.
    pub fn new(unicode: bool) -> Self {
        if unicode { Self::UNICODE } else { Self::ASCII }
    }

    /// A bar of at most `cells`, `share` (0 to 1) of them full; at least a sliver for what is not 0.
    pub fn bar(&self, share: f64, cells: usize) -> String {
        let parts = self.bar.len();
        let filled = (share.clamp(0.0, 1.0) * (cells * parts) as f64).round() as usize;
        let filled = if share > 0.0 { filled.max(1) } else { 0 };
        let full = self.bar[parts - 1].repeat(filled / parts);
        match filled % parts {
            0 => full,
            rest => full + self.bar[rest - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_parts_of_a_cell() {
        for (share, bar) in
            [(0.0, ""), (0.001, "▏"), (0.5, "██"), (0.55, "██▎"), (1.0, "████"), (7.0, "████")]
        {
            assert_eq!(Glyphs::UNICODE.bar(share, 4), bar, "{share}");
        }
        assert_eq!(Glyphs::ASCII.bar(0.5, 4), "##");
    }
}
