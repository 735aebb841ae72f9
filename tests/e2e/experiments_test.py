#!/usr/bin/env python3
"""All experiments of docs/experiments.md in tiny sizes: each leaves a table and plots that can be read.

    experiments_test.py --programs build/release"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("crop", "inverted", "backbones", "losses", "dimensions", "modes")
FIGURE = re.compile(r"(1\.000|\.\d{3}) \[")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    args = parser.parse_args()
    page_before = (ROOT / "docs/experiments.md").read_bytes()
    with tempfile.TemporaryDirectory(prefix="ootd-experiments-") as work:
        command = [sys.executable, ROOT / "bench/experiments/run.py", "all", "--quick", "--programs", args.programs, "--work", work]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        docs = pathlib.Path(work, "quick/docs")
        page = (docs / "experiments.md").read_text()
        for name in NAMES:
            block = page.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0]
            assert len(FIGURE.findall(block)) >= 6, f"{name}: a table without figures:\n{block}"
            plots = re.findall(r"\]\((experiments/[^)]+)\)", block)
            assert plots, f"{name}: no plot"
            for plot in plots:
                root = xml.etree.ElementTree.parse(docs / plot).getroot()
                assert root.tag.endswith("svg") and len(root) > 5, plot
    assert (ROOT / "docs/experiments.md").read_bytes() == page_before, "--quick changed docs/"


main()
