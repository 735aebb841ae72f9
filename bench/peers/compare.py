"""ootd beside ONNX Runtime and PyTorch: the same weights, the same pictures, the same threads, in turns.

    python bench/peers/compare.py --bench build/release/ootd-bench --work build/peers [--model NAME...] [--rounds N]
    python bench/peers/compare.py --training ...          the step of training instead (training.py)
scripts/peers makes the environment and calls this. Each network is measured in rounds; in a round every contender takes
its turn, so that what else the machine does meets all of them. A peer runs as it is fastest here: in batches of 1 or 8, as
one session with all threads or one session a thread (tried before the rounds). Ours: ootd-bench embed_model, one stream a
thread. Prints CSV (one row a contender) and writes it with a table in Markdown into --work.
"""
import argparse
import csv
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import engines
import numpy as np
import training
from networks import Encoder

MODELS = ("siglip_b16", "resnet50", "efficientnet_b0", "efficientnet_lite0")
# Pictures a turn: some seconds of work each on two cores.
PICTURES = {"siglip_b16": 16, "resnet50": 64, "efficientnet_b0": 128, "efficientnet_lite0": 256}
FIELDS = ("model", "precision", "engine", "as", "images_per_s", "min", "max", "share_of_ours", "share_min", "share_max",
          "cosine_mean", "cosine_min")  # fmt: skip


def say(text):
    print(text, file=sys.stderr, flush=True)


class Ours:
    """One precision of ours; turns are runs of ootd-bench, which warms up before it measures."""

    def __init__(self, bench, model, work, precision, count):
        self.engine, self.precision, self.shape = "ootd", precision, "1 stream a thread"
        self.command = [bench, "embed_model", "--model", model, "--precision", precision, "--count", str(count), "--runs", "1"]
        if precision == "int8":
            self.command += ["--quantization", work / "quantization.json"]
        self.pixels, self.save = work / "pixels.npy", work / f"ours_{precision}"

    def run(self, *more):
        done = subprocess.run([*map(str, self.command), *map(str, more)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return float(re.search(r"images_per_s=([\d.]+)", done.stdout)[1])

    def prepare(self):
        # The first draws the pictures; all others see the same.
        self.run("--save", self.save, *(["--pixels", self.pixels] if self.pixels.exists() else []))
        if not self.pixels.exists():
            (self.save / "pixels.npy").rename(self.pixels)
        self.vectors = np.load(self.save / f"vectors_{self.precision}.npy")

    def turn(self):
        return self.run("--pixels", self.pixels)


class Peer:
    def __init__(self, engine, precision, make_runner, pixels, threads):
        """make_runner(sessions) -> run(pixels, batch)"""
        self.engine, self.precision, self.make_runner = engine, precision, make_runner
        self.pixels, self.threads = pixels, threads

    def rate(self, runner, batch, pixels):
        start = time.perf_counter()
        vectors = runner(pixels, batch)
        return len(pixels) / (time.perf_counter() - start), vectors

    def prepare(self):
        tried = {}
        few = self.pixels[: max(16, len(self.pixels) // 4)]
        for sessions in (1, self.threads) if self.threads > 1 else (1,):
            runner = self.make_runner(sessions)
            for batch in (1, 8):
                self.rate(runner, batch, few[: 8 * sessions])
                tried[sessions, batch] = max(self.rate(runner, batch, few)[0] for _ in range(2)), runner
        (sessions, self.batch), (_, self.runner) = max(tried.items(), key=lambda item: item[1][0])
        self.shape = f"batch {self.batch} in {sessions} x {self.threads // sessions} threads"
        say("    tried " + ", ".join(f"{s} sessions, batch {b}: {rate:.1f}/s" for (s, b), (rate, _) in tried.items()))
        _, self.vectors = self.rate(self.runner, self.batch, self.pixels)

    def turn(self):
        return self.rate(self.runner, self.batch, self.pixels)[0]


def peers_of(name, folder, work, pixels, threads, has_vnni):
    """(engine, precision, maker of make_runner); what does not work here is reported and left out."""
    encoder = Encoder(folder)
    file = work / f"{name}.onnx"
    is_transformer = name.startswith("siglip")

    def onnx(path):
        return lambda sessions: engines.onnxruntime_runner(path, threads, sessions)

    def torch(module):
        return lambda sessions: engines.torch_runner(module, threads, sessions)

    engines.export(encoder, pixels, file)
    yield "onnxruntime", "f32", lambda: onnx(file)
    yield "torch eager", "f32", lambda: torch(engines.eager(encoder))
    yield "torch.compile", "f32", lambda: torch(engines.compiled(encoder))
    yield "onnxruntime", "int8", lambda: onnx(engines.quantized_onnx(file, pixels, is_transformer, has_vnni))
    if is_transformer:
        yield "torch eager", "int8", lambda: torch(engines.dynamic_int8(encoder, has_vnni))


def spread(values):
    return statistics.median(values), min(values), max(values)


def compare(name, arguments, threads, has_vnni):
    work = arguments.work / name
    work.mkdir(parents=True, exist_ok=True)
    for old in ("pixels.npy", "quantization.json"):
        (work / old).unlink(missing_ok=True)
    folder = arguments.bench.resolve().parent / "models" / name  # Lite0's ImageNet weights come with the program
    if not folder.exists():
        made = subprocess.run([arguments.bench, "make_model", "--architecture", name, "--out", work],
                              capture_output=True, text=True, check=True)  # fmt: skip
        folder = Path(re.search(r"folder=([^,]+)", made.stdout)[1])
    count = arguments.pictures or PICTURES[name]

    contenders = []
    def add(contender):
        try:
            say(f"  {contender.engine} {contender.precision}")
            contender.prepare()
            contenders.append(contender)
        except Exception as problem:  # a contender that does not run here is left out, and said so
            say(f"    left out: {str(problem).strip().splitlines()[-1][:300]}")

    say(f"{name}: {count} pictures, {threads} threads")
    for precision in ("f32", "bf16", "int8"):
        add(Ours(arguments.bench, folder, work, precision, count))
    exact = contenders[0].vectors
    encoder_side = int(round((np.load(work / "pixels.npy", mmap_mode="r").shape[1] / 3) ** 0.5))
    pixels = np.load(work / "pixels.npy").astype(np.uint8).reshape(count, encoder_side, encoder_side, 3)
    for engine, precision, make in peers_of(name, folder, work, pixels, threads, has_vnni):
        try:
            add(Peer(engine, precision, make(), pixels, threads))
        except Exception as problem:
            say(f"  {engine} {precision} left out: {str(problem).strip().splitlines()[-1][:300]}")

    rates = {id(contender): [] for contender in contenders}
    for turn in range(arguments.rounds):
        say(f"  round {turn + 1} of {arguments.rounds}")
        for contender in contenders[turn % len(contenders) :] + contenders[: turn % len(contenders)]:
            rates[id(contender)].append(contender.turn())
    ours = {c.precision: rates[id(c)] for c in contenders if c.engine == "ootd"}
    for contender in contenders:
        mine = rates[id(contender)]
        # A peer's int8 is set against our int8, or where there is none yet against our f32.
        paired = [a / b for a, b in zip(mine, ours.get(contender.precision, ours["f32"]))]
        cosines = (contender.vectors * exact).sum(axis=1)
        yield dict(zip(FIELDS, (name, contender.precision, contender.engine, contender.shape,
                                *(f"{v:.1f}" for v in spread(mine)), *(f"{v:.2f}" for v in spread(paired)),
                                f"{cosines.mean():.6f}", f"{cosines.min():.6f}")))  # fmt: skip


def table(rows):
    lines = ["| model | precision | engine | as | images/s | share of ours | cosine to our f32, mean / min |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append("| {model} | {precision} | {engine} | {as} | {images_per_s} [{min}, {max}] | {share_of_ours} [{share_min}, "
                     "{share_max}] | {cosine_mean} / {cosine_min} |".format(**row))  # fmt: skip
    return "\n".join(lines) + "\n"


def save(found, fields, to_table, name):
    """To stdout as they come, and into NAME.csv and NAME.md."""
    rows = []
    writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
    writer.writeheader()
    for row in found:
        writer.writerow(row)
        sys.stdout.flush()
        rows.append(row)
    with open(name.with_suffix(".csv"), "w") as file:
        saved = csv.DictWriter(file, fields, lineterminator="\n")
        saved.writeheader()
        saved.writerows(rows)
    name.with_suffix(".md").write_text(to_table(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, required=True, help="the program ootd-bench")
    parser.add_argument("--work", type=Path, required=True, help="where models, ONNX files and results go")
    parser.add_argument("--model", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=0, help="a turn (0: by model)")
    parser.add_argument("--training", action="store_true", help="the step of training a whole network instead")
    arguments = parser.parse_args()
    if arguments.training:
        arguments.work.mkdir(parents=True, exist_ok=True)
        save(training.rows(arguments.bench, arguments.work, arguments.rounds, say), training.FIELDS, training.table,
             arguments.work / "training")  # fmt: skip
        return
    threads = len(os.sched_getaffinity(0))
    flags = Path("/proc/cpuinfo").read_text()
    has_vnni = "avx512_vnni" in flags or "avx_vnni" in flags

    found = (row for name in arguments.model for row in compare(name, arguments, threads, has_vnni))
    save(found, FIELDS, table, arguments.work / "peers")


main()
