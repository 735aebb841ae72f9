#!/usr/bin/env python3
"""Makes a workspace of drawn looks, serves it, and runs swipe_page_test.py against it.

    with_server.py --program build/release/ootd --screenshots DIR

Exit 77 (ctest: skipped) where there is no Chromium."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--screenshots", required=True)
    args = parser.parse_args()
    if not (shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")):
        print("no Chromium here: the swipe page is not tested (scripts/setup --tests installs it on Debian)")
        return 77
    with tempfile.TemporaryDirectory(prefix="ootd-e2e-") as folder:
        home, looks = f"{folder}/home", f"{folder}/looks"
        ootd = [args.program, "--home", home]
        render = pathlib.Path(args.program).with_name("ootd-render")
        pathlib.Path(home).mkdir()
        # The quiz offers styles, and no card is drawn at random.
        pathlib.Path(home, "ootd.toml").write_text('[taste]\nlabel = "style"\nexplore = 0\n')
        subprocess.run([render, "--out", looks, "--count", "130", "--seed", "5"], check=True)
        for verb in (["import", looks], ["embed"], ["index", "build"]):
            subprocess.run(ootd + verb, check=True)
        server = subprocess.Popen(ootd + ["--json", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            url = json.loads(server.stdout.readline())["url"]
            outcome = subprocess.run([sys.executable, HERE / "swipe_page_test.py", "--url", url, "--db", f"{home}/catalog.db",
                                      "--screenshots", args.screenshots])
        finally:
            server.terminate()
            stopped = server.wait(timeout=30)
        if stopped != 0:
            print(f"the server ended with {stopped}")
            return 1
        return outcome.returncode


if __name__ == "__main__":
    sys.exit(main())
