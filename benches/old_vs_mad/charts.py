"""Bar charts as SVG, drawn by hand: two bars a row, the shorter is better. Same rows, same bytes."""

from html import escape

OLD, MAD, TEXT, LINE = "#b0b7c3", "#1f6feb", "#24292f", "#d0d7de"
WIDTH, LABEL, RIGHT, BAR, GAP, TOP = 860, 250, 90, 14, 16, 62


def bars(title, unit, rows):
    """A chart of `rows`: (label, old, mad), each side (median, low, high); thin lines are the spread."""
    highest = max(side[2] for row in rows for side in row[1:])
    scale = (WIDTH - LABEL - RIGHT) / highest
    height = TOP + len(rows) * (2 * BAR + GAP) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="13" fill="{TEXT}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="16" font-weight="bold">{escape(title)}</text>',
        legend(12, OLD, "old"),
        legend(72, MAD, "mad"),
        f'<text x="142" y="48" fill="#57606a">{escape(unit)}; the shorter the better, lines from lowest to highest</text>',
        f'<line x1="{LABEL}" y1="{TOP - 4}" x2="{LABEL}" y2="{height - 8}" stroke="{LINE}"/>',
    ]
    for number, (label, old, mad) in enumerate(rows):
        top = TOP + number * (2 * BAR + GAP)
        parts.append(f'<text x="{LABEL - 10}" y="{top + BAR + 5}" text-anchor="end">{escape(label)}</text>')
        parts += bar(top, OLD, old, scale) + bar(top + BAR, MAD, mad, scale)
    return "\n".join([*parts, "</svg>", ""])


def legend(x, color, name):
    return f'<rect x="{x}" y="38" width="12" height="12" fill="{color}"/><text x="{x + 17}" y="48">{name}</text>'


def bar(top, color, side, scale):
    middle, low, high = side
    y = top + BAR / 2
    parts = [f'<rect x="{LABEL}" y="{top}" width="{max(middle * scale, 1):.1f}" height="{BAR - 1}" fill="{color}"/>']
    if high > low:
        parts.append(
            f'<line x1="{LABEL + low * scale:.1f}" y1="{y:.1f}" x2="{LABEL + high * scale:.1f}" y2="{y:.1f}" '
            f'stroke="{TEXT}" stroke-width="1"/>'
        )
    parts.append(f'<text x="{LABEL + high * scale + 6:.1f}" y="{y + 4:.1f}" font-size="11">{number(middle)}</text>')
    return parts


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
