//! Columns below each other.

use super::TableStyle;
use crate::ui::{Line, Role};

/// To which side of its column a cell leans.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows under their headings, each line cut to the width of the terminal.
pub fn table(headings: &[(&str, Align)], rows: Vec<Vec<Line>>, style: &TableStyle) -> String {
    let heading = |(text, _): &(&str, Align)| Line::new().with(Role::Dim, *text);
    let mut all = vec![headings.iter().map(heading).collect::<Vec<Line>>()];
    all.extend(rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| all.iter().map(|row| row[column].width()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in all {
        let last = row.len() - 1;
        let mut line = Line::new();
        for (column, cell) in row.into_iter().enumerate() {
            let missing = " ".repeat(widths[column] - cell.width());
            line = match headings[column].1 {
                Align::Right => line.plain(missing).join(cell),
                // Nothing follows the last one.
                Align::Left if column == last => line.join(cell),
                Align::Left => line.join(cell).plain(missing),
            };
            if column < last {
                line = line.plain("  ");
            }
        }
        let line = style.fit(line);
        out.push_str(line.paint(style.paint).trim_end());
        out.push('\n');
    }
    out
}
