"""ootd, ootd-render and ootd-bench as the experiments use them: everything goes through the programs, as a user would."""
import csv
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIGS = Path(__file__).resolve().parent


class Programs:
    def __init__(self, folder):
        self.ootd, self.render, self.bench = (folder / name for name in ("ootd", "ootd-render", "ootd-bench"))

    def run(self, *command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stderr.strip()}")
        return done.stdout


@dataclass
class Run:
    """One row of an experiment: a committed file. Its first line, a comment, is what the tables call it."""
    file: Path

    @property
    def key(self):
        return self.file.stem

    @property
    def label(self):
        return self.file.read_text().splitlines()[0].removeprefix("#").strip()

    def text(self, **fields):
        """The file with some fields set to other values; a field that it lacks cannot be set."""
        text = self.file.read_text()
        for name, value in fields.items():
            shown = str(value) if isinstance(value, int) else json.dumps(str(value))
            text, found = re.subn(rf"(?m)^{name} = .*$", lambda _: f"{name} = {shown}", text)
            if not found:
                raise ValueError(f"{self.file} has no field {name}")
        return text


def runs_of(experiment):
    return [Run(file) for file in sorted((CONFIGS / experiment).glob("*.toml"))]


class Workspace:
    def __init__(self, programs, home):
        self.programs, self.home = programs, home

    def __call__(self, *arguments):
        return json.loads(self.programs.run(self.programs.ootd, "--home", self.home, "--json", *arguments))

    def add(self, *paths):
        """Known photos are passed over, so a second run costs little."""
        self("import", *paths)
        return self

    def train(self, text, name):
        """-> (checkpoint folder, validation mAP by epoch, seconds)"""
        folder = self.home / "runs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        config = folder.parent / f"{name}.toml"
        config.write_text(text)
        done = self("train", "--config", config, "--out", folder)
        with open(folder / "metrics.csv") as file:
            curve = [(int(row["epoch"]), float(row["map"])) for row in csv.DictReader(file)]
        return Path(done["checkpoint"]), curve, done["seconds"]

    def judge(self, model, labels, *more):
        """The report of ootd eval: test photos looked up among the training photos."""
        self("embed", "--model", model)
        return self("eval", "--model", model, "--labels", labels, *more)


@dataclass
class Figure:
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, reports, metric):
        """The mean over the seeds; the interval reaches from the lowest to the highest bound of the seeds' own bootstrap
        intervals over the queries, so it covers both sorts of chance."""
        values = [report[metric] for report in reports]
        bounds = [bound for report in reports for bound in report[metric + "_ci"]]
        return cls(sum(values) / len(values), min(bounds), max(bounds))
