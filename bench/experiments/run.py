"""Runs the experiments of docs/experiments.md and writes their tables and plots there; scripts/experiments calls it."""
import argparse
import shutil
import sys
import time
from pathlib import Path

import report
from material import Material
from stories import STORIES
from workspace import Programs

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(prog="scripts/experiments", description="The experiments of docs/experiments.md")
    parser.add_argument("name", choices=[*STORIES, "all"], help="; ".join(f"{n}: {s.__doc__}" for n, s in STORIES.items()))
    parser.add_argument("--quick", action="store_true", help="a try in tiny sizes; docs/ stays as it is")
    parser.add_argument("--data", type=Path, help="a folder with clothing-dataset-small and ccp: real photos too")
    parser.add_argument("--weights", type=Path, help="a folder with ImageNet weights (resnet50-*.pth ...) for `backbones`")
    parser.add_argument("--work", type=Path, default=ROOT / "build/experiments", help="workspaces and models")
    parser.add_argument("--programs", type=Path, default=ROOT / "build/release", help="the folder of ootd, ootd-render, ootd-bench")
    arguments = parser.parse_args()
    for part in ("clothing-dataset-small/labels.csv", "ccp/train/annotations.json") if arguments.data else ():
        if not (arguments.data / part).exists():
            parser.error(f"--data {arguments.data}: there is no {part}")

    work = (arguments.work / ("quick" if arguments.quick else "whole")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    docs = ROOT / "docs"
    if arguments.quick:
        docs = work / "docs"
        docs.mkdir(exist_ok=True)
        shutil.copy(ROOT / "docs/experiments.md", docs)
    programs = Programs(arguments.programs.resolve())
    material = Material(programs, work, arguments.data, arguments.weights, arguments.quick)
    for name in STORIES if arguments.name == "all" else [arguments.name]:
        print(f"{name}: {STORIES[name].__doc__}", file=sys.stderr, flush=True)
        start = time.monotonic()
        outcome = STORIES[name](material)
        report.write(docs / "experiments.md", docs / "experiments", name, outcome, time.monotonic() - start)
        print(report.table(outcome.rows), flush=True)
    print(f"Written: {docs / 'experiments.md'}", file=sys.stderr)


try:
    main()
except RuntimeError as problem:  # a program of ours said why
    sys.exit(f"scripts/experiments: {problem}")
