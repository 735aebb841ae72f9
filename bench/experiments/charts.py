"""Two kinds of plots as SVG, by hand: bars with intervals, and curves. Transparent ground and system fonts; the colours follow
the reader's light or dark scheme."""
from html import escape

STYLE = """<style>
  text { font-family: system-ui, sans-serif; font-size: 13px; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; } .group { font-weight: 600; } .faint { fill: #6e7781; font-size: 12px; }
  .grid { stroke: #d0d7de; } .whisker { stroke: #24292f; stroke-width: 1.5; } .line { fill: none; stroke-width: 2; }
  .c0 { fill: #4c78a8; } .c1 { fill: #e07b39; } .c2 { fill: #5a9e6f; } .c3 { fill: #a05aa8; }
  .s0 { stroke: #4c78a8; } .s1 { stroke: #e07b39; } .s2 { stroke: #5a9e6f; } .s3 { stroke: #a05aa8; }
  .band { opacity: .2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .faint { fill: #9198a1; } .grid { stroke: #3d444d; } .whisker { stroke: #e6edf3; }
  }
</style>"""
WIDTH, LEFT, RIGHT, ROW = 760, 250, 70, 24
COLOURS = 4


def page(height, title, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
            f'aria-label="{escape(title)}">\n{STYLE}\n<text class="title" x="10" y="24">{escape(title)}</text>\n'
            + "\n".join(body) + "\n</svg>\n")  # fmt: skip


def bars(title, groups, unit):
    """groups: [(name, [(label, series number, value, low, high)])], values in 0..1. Bars from 0, whiskers low..high."""
    scale = WIDTH - LEFT - RIGHT
    at = lambda value: LEFT + scale * min(max(value, 0), 1)  # noqa: E731
    body, y = [], 44
    rows = []
    for name, entries in groups:
        if name:
            rows.append(f'<text class="group" x="10" y="{y + 14}">{escape(name)}</text>')
            y += ROW
        for label, series, value, low, high in entries:
            middle = y + ROW / 2
            rows.append(f'<text x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>')
            rows.append(f'<rect class="c{series % COLOURS}" x="{LEFT}" y="{y + 4}" width="{at(value) - LEFT:.1f}" '
                        f'height="{ROW - 8}" rx="2"/>')  # fmt: skip
            rows.append(f'<path class="whisker" d="M{at(low):.1f} {middle}H{at(high):.1f}M{at(low):.1f} {middle - 4}v8'
                        f'M{at(high):.1f} {middle - 4}v8"/>')  # fmt: skip
            rows.append(f'<text x="{max(at(value), at(high)) + 8:.1f}" y="{middle + 4:.1f}">{number(value)}</text>')
            y += ROW
        y += 8
    for tick in range(0, 11, 2):
        body.append(f'<path class="grid" d="M{at(tick / 10):.1f} 40V{y}"/>')
        body.append(f'<text class="faint" x="{at(tick / 10):.1f}" y="{y + 16}" text-anchor="middle">{number(tick / 10, 1)}</text>')
    body.append(f'<text class="faint" x="{LEFT}" y="{y + 34}">{escape(unit)}</text>')
    return page(y + 46, title, body + rows)


def curves(title, lines, x_name, unit):
    """lines: [(label, series number, [(x, value, low, high)])], values in 0..1; a band from low to high."""
    left, top, height = 60, 44, 260
    most = max(x for _, _, points in lines for x, *_ in points)
    least = min(x for _, _, points in lines for x, *_ in points)
    across = lambda x: left + (WIDTH - left - 200) * (x - least) / max(most - least, 1)  # noqa: E731
    up = lambda value: top + height * (1 - min(max(value, 0), 1))  # noqa: E731
    body = []
    for tick in range(0, 11, 2):
        body.append(f'<path class="grid" d="M{left} {up(tick / 10):.1f}H{across(most):.1f}"/>')
        body.append(f'<text class="faint" x="{left - 8}" y="{up(tick / 10) + 4:.1f}" text-anchor="end">{number(tick / 10, 1)}</text>')
    for x in sorted({least, (least + most) // 2, most}):
        body.append(f'<text class="faint" x="{across(x):.1f}" y="{top + height + 18}" text-anchor="middle">{x}</text>')
    ends = []
    for label, series, points in lines:
        there = [f"{across(x):.1f} {up(high):.1f}" for x, _, _, high in points]
        back = [f"{across(x):.1f} {up(low):.1f}" for x, _, low, _ in reversed(points)]
        body.append(f'<path class="c{series % COLOURS} band" d="M{"L".join(there + back)}Z"/>')
        body.append(f'<path class="line s{series % COLOURS}" d="M{"L".join(f"{across(x):.1f} {up(v):.1f}" for x, v, *_ in points)}"/>')
        ends.append((up(points[-1][1]), label, points[-1][1]))
    last = 0
    for y, label, value in sorted(ends):  # names beside the ends, apart from each other
        last = max(y + 4, last + 16)
        body.append(f'<text x="{across(most) + 8:.1f}" y="{last:.1f}">{escape(label)} {number(value)}</text>')
    body.append(f'<text class="faint" x="{left}" y="{top + height + 36}">{escape(x_name)}; {escape(unit)}</text>')
    return page(top + height + 48, title, body)


def number(value, digits=3):
    """0.735 -> .735, as the tables write it."""
    text = f"{value:.{digits}f}"
    if digits == 1 and value == 0:
        return "0"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")
