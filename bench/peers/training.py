"""The step of training a whole network in Python PyTorch, beside ootd-bench train_full: the same start, pixels, loss and
optimiser, so the same losses. compare.py --training calls rows(); run alone it is one turn of a peer, in a process of its own:

    python bench/peers/training.py FOLDER [--timm NAME] [--steps N] [--warmup N]     FOLDER: what train_full --save left
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ARCHITECTURES = ("efficientnet_lite0", "resnet18")
BATCHES = (64, 32)
FIELDS = ("architecture", "batch", "engine", "images_per_s", "min", "max", "share_of_ours", "share_min", "share_max",
          "first_loss", "second_loss")  # fmt: skip
STEPS, WARM_UP = 4, 4  # as train_full
# glibc gives what is freed back to the kernel, which clears it anew for the next step; ootd train keeps it.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40), "MALLOC_TOP_PAD_": str(2**26)}


def supcon(vectors, labels, temperature=0.1):
    """Khosla et al. 2020, L_out: the mean over a row's positives of -log softmax among all other rows."""
    import torch

    alike = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool)
    logits = (vectors @ vectors.T / temperature).masked_fill(itself, -1e9)
    log_share = logits - logits.logsumexp(1, keepdim=True)
    positives = alike & ~itself
    return -((log_share * positives).sum(1) / positives.sum(1)).mean()


def one_turn(folder, timm_name, steps, warm_up):
    import numpy as np
    import safetensors.torch
    import torch
    from networks import without_classifier
    from torch.nn.functional import linear, normalize

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    (start,) = folder.glob("*/config.json")
    config = json.loads(start.read_text())
    side = config["input"]["width"]
    pixels = torch.from_numpy(np.load(folder / "pixels.npy").reshape(-1, 3, side, side))
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    weights = safetensors.torch.load_file(start.parent / config["weights"])
    head = torch.nn.Parameter(weights.pop("head.weight"))
    if timm_name:  # another framework's way of writing it, from weights of its own
        import timm

        network = timm.create_model(timm_name, num_classes=0)
    else:
        network, _ = without_classifier(config["architecture"])
        missing, extra = network.load_state_dict(weights, strict=False)
        assert not extra and all(name.endswith("num_batches_tracked") for name in missing), (missing, extra)
        if hasattr(network, "_global_params"):  # stochastic depth, which our step has off
            network._global_params = network._global_params._replace(drop_connect_rate=0)
    network = network.train().to(memory_format=torch.channels_last)
    everything = [*network.parameters(), head]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in everything if p.dim() > 1]}, {"params": [p for p in everything if p.dim() < 2], "weight_decay": 0}],
        lr=1e-3, weight_decay=0.05, fused=True)  # fmt: skip
    labels = torch.arange(len(pixels) // 4).repeat_interleave(4)

    losses = []
    def step():
        optimizer.zero_grad()
        loss = supcon(normalize(linear(normalize(network(pixels)), head)), labels)
        losses.append(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(everything, 1)
        optimizer.step()

    for _ in range(warm_up):
        step()
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    rate = steps * len(pixels) / (time.perf_counter() - begin)
    assert losses[-1] < losses[0], losses
    print(json.dumps({"images_per_s": rate, "first_loss": losses[0], "second_loss": losses[1]}))


class Ours:
    def __init__(self, bench, architecture, batch, folder):
        self.engine, self.folder = "ootd", folder
        self.command = [bench, "train_full", "--architecture", architecture, "--batch", batch, "--runs", 1]

    def turn(self, *more):
        done = subprocess.run([*map(str, self.command), *map(str, more)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        found = dict(part.split("=", 1) for part in done.stdout.strip().split(",") if "=" in part)
        return {"images_per_s": float(found["images_per_s"]), "first_loss": float(found["loss_first"]),
                "second_loss": float(found["loss_second"])}  # fmt: skip


class Peer:
    def __init__(self, engine, folder, timm_name="", environment=None):
        self.engine, self.environment = engine, {**os.environ, **(environment or {})}
        self.command = [sys.executable, __file__, folder, "--timm", timm_name]

    def turn(self):
        done = subprocess.run([*map(str, self.command)], capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return json.loads(done.stdout)


def rows(bench, work, rounds, say):
    for architecture in ARCHITECTURES:
        for batch in BATCHES:
            folder = work / f"train-{architecture}-{batch}"
            ours = Ours(bench, architecture, batch, folder)
            say(f"{architecture}, batch {batch}")
            for old in folder.glob("*/config.json"):  # of an earlier build
                for file in old.parent.iterdir():
                    file.unlink()
                old.parent.rmdir()
            ours.turn("--save", folder)
            source = "torchvision" if architecture.startswith("res") else "efficientnet_lite_pytorch"
            contenders = [ours, Peer(f"PyTorch, {source}", folder), Peer(f"PyTorch, {source}, freed memory kept", folder, "", KEEP_MEMORY),
                          Peer("PyTorch, timm", folder, architecture), Peer("PyTorch, timm, freed memory kept", folder, architecture, KEEP_MEMORY)]  # fmt: skip
            turns = {contender.engine: [] for contender in contenders}
            for turn in range(rounds):
                say(f"  round {turn + 1} of {rounds}")
                for contender in contenders[turn % len(contenders) :] + contenders[: turn % len(contenders)]:
                    turns[contender.engine].append(contender.turn())
            first = turns["ootd"][0]
            for engine, done in turns.items():
                # The same start must give the same first losses, or it was another step. timm's own start cannot.
                if "timm" not in engine:
                    for name, tolerance in (("first_loss", 1e-3), ("second_loss", 2e-2)):
                        apart = abs(done[0][name] - first[name])
                        assert apart < tolerance, f"{engine}: {name} {done[0][name]} is not ours, {first[name]}"
                rates = [each["images_per_s"] for each in done]
                shares = [rate / each["images_per_s"] for rate, each in zip(rates, turns["ootd"])]
                spread = lambda values, digits: [f"{f(values):.{digits}f}" for f in (statistics.median, min, max)]  # noqa: E731
                yield dict(zip(FIELDS, (architecture, batch, engine, *spread(rates, 1), *spread(shares, 2),
                                        f"{done[0]['first_loss']:.4f}", f"{done[0]['second_loss']:.4f}")))  # fmt: skip


def table(found):
    lines = ["| network | batch | engine | images/s | share of ours | first losses |", "|---|---|---|---|---|---|"]
    for row in found:
        lines.append("| {architecture} | {batch} | {engine} | {images_per_s} [{min}, {max}] | {share_of_ours} [{share_min}, "
                     "{share_max}] | {first_loss}, {second_loss} |".format(**row))  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--timm", default="")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--warmup", type=int, default=WARM_UP)
    given = parser.parse_args()
    one_turn(given.folder, given.timm, given.steps, given.warmup)
