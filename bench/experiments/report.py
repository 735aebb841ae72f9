"""What an experiment found, as a table and a plot, into the page between its markers."""
import datetime
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import charts
from workspace import Figure

METRICS = {"recall_at_1": "R@1", "precision_at_10": "P@10", "map": "mAP"}


@dataclass
class Row:
    data: str  # which photos, and what counts as alike
    label: str
    reports: list  # of ootd eval, one a seed
    more: dict = field(default_factory=dict)  # further columns
    series: int = 0  # colour

    def figure(self, metric):
        return Figure.of(self.reports, metric)


@dataclass
class Outcome:
    title: str
    rows: list
    plots: dict = field(default_factory=dict)  # further ones: file name -> svg
    note: str = ""


def cell(figure):
    return f"{charts.number(figure.value)} [{charts.number(figure.low)}, {charts.number(figure.high)}]"


def table(rows):
    more = list(dict.fromkeys(name for row in rows for name in row.more))
    head = ["data", "run", *more, "queries / gallery", "seeds", *METRICS.values()]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    last = None
    for row in rows:
        first = row.reports[0]
        cells = ["" if row.data == last else row.data, row.label, *(str(row.more.get(name, "")) for name in more),
                 f"{first['n']:,} / {first['gallery']:,}", str(len(row.reports)), *(cell(row.figure(m)) for m in METRICS)]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
        last = row.data
    return "\n".join(lines)


def bars(title, rows):
    groups = {}
    for row in rows:
        figure = row.figure("map")
        groups.setdefault(row.data, []).append((row.label, row.series, figure.value, figure.low, figure.high))
    return charts.bars(title, list(groups.items()), "mAP on test photos, with 95 % intervals")


def machine():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{len(os.sched_getaffinity(0))} cores of {re.sub(r' +', ' ', cpu[1]) if cpu else 'an unknown processor'}"


def commit():
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def write(page, plots_folder, name, outcome, seconds):
    """Replaces what lies between <!-- NAME --> and <!-- /NAME --> of the page."""
    plots_folder.mkdir(parents=True, exist_ok=True)
    plots = {f"{name}.svg": bars(outcome.title, outcome.rows), **outcome.plots}
    for file, svg in plots.items():
        (plots_folder / file).write_text(svg)
    links = "\n\n".join(f"![{outcome.title}]({plots_folder.name}/{file})" for file in plots)
    block = (f"{links}\n\n{table(outcome.rows)}\n\n{outcome.note + ' ' if outcome.note else ''}`scripts/experiments {name}`: "
             f"{seconds:.0f} s on {machine()}, commit {commit()}, {datetime.date.today()}.")  # fmt: skip
    text = page.read_text() if page.exists() else f"<!-- {name} -->\n<!-- /{name} -->\n"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text or end not in text:
        raise RuntimeError(f"{page} has no place for the results: {begin} and {end}")
    head, rest = text.split(begin, 1)
    page.write_text(head + begin + "\n" + block + "\n" + end + rest.split(end, 1)[1])
