"""The seven experiments of docs/experiments.md, each a function from the photos to what was found."""
import json

import charts
from report import Outcome, Row
from workspace import runs_of

BASE = "efficientnet_lite0"


def fields_of(material, **fields):
    """--quick shows that everything works, in one epoch."""
    return {**fields, **({"epochs": 1} if material.quick else {})}


def trained(material, space, key, run, seed, **fields):
    """-> (checkpoint, validation curve, seconds)"""
    text = run.text(seed=seed, labels=key, **fields_of(material, **fields))
    return space.train(text, f"{run.file.parent.name}-{run.key}-{seed}")


def judged(material, space, key, run, **fields):
    """-> (report of ootd eval, seconds of training)"""
    checkpoint, _, seconds = trained(material, space, key, run, 1, **fields)
    return space.judge(checkpoint, key), seconds


def over_seeds(material, space, key, run):
    """-> (reports, validation curves)"""
    done = [trained(material, space, key, run, seed) for seed in material.seeds]
    return [space.judge(checkpoint, key) for checkpoint, *_ in done], [curve for _, curve, _ in done]


def crop(material):
    """Full photo against the crop to the whole person."""
    (run,) = runs_of("crop")
    pairs = [("drawn looks", material.drawn, material.drawn_crops, ("style", "place"))]
    if material.data:
        pairs.append(("street photos", material.street, material.street_crops, ("garment",)))
    rows = []
    for name, full, crops, keys in pairs:
        models = {}
        for what, space in (("full photo", full), ("person crop", crops)):
            text = run.text(labels=keys[0], **fields_of(material))
            models[what] = space, {"ImageNet features": BASE, run.label: space.train(text, run.key)[0]}
        for key in keys:
            for vectors in ("ImageNet features", run.label):
                for series, (what, (space, known)) in enumerate(models.items()):
                    rows.append(Row(f"{name}, {key}", f"{what}, {vectors}", [space.judge(known[vectors], key)], series=series))
    return Outcome("Full photo and whole-person crop", rows)


def inverted(material):
    """The two terms of the contrastive loss in their places, and exchanged; the same seeds."""
    rows, plots = [], {}
    for name, space, key in material.trainable():
        rows.append(Row(name, "before", [space.judge(BASE, key)], series=2))
        lines = []
        for series, run in enumerate(reversed(runs_of("inverted"))):  # the right one first
            reports, curves = over_seeds(material, space, key, run)
            rows.append(Row(name, run.label, reports, series=series))
            points = []
            for values in zip(*curves):
                scores = [score for _, score in values]
                points.append((values[0][0], sum(scores) / len(scores), min(scores), max(scores)))
            lines.append((run.label, series, points))
        plots[f"inverted-{key}.svg"] = charts.curves(f"Validation while training: {name}", lines, "epoch",
                                                     "mAP, mean and range of the seeds")  # fmt: skip
    return Outcome("Right and inverted contrastive loss", rows, plots)


def backbones(material):
    """All networks from random weights, and those for which weights are at hand from these."""
    space, rows = material.drawn_crops, []
    *random, pretrained = sorted(runs_of("backbones"), key=lambda run: run.key == "pretrained")
    for run in random:
        report, seconds = judged(material, space, "style", run, base=material.backbone(run.key))
        rows.append(Row("drawn looks, style", f"{run.label}, random", [report], {"s of training": f"{seconds:.0f}"}))
    for run in random:
        weights = material.pretrained(run.key)
        if weights is None:
            continue
        base = material.backbone(run.key, weights)
        report, seconds = judged(material, space, "style", pretrained, base=base)
        rows.append(Row("drawn looks, style", f"{run.label}, pretrained", [report], {"s of training": f"{seconds:.0f}"}, 1))
    return Outcome("Backbones on the same small budget", rows)


def losses(material):
    """Every loss with its known values, on the same frozen features, batches and steps."""
    rows = []
    for name, space, key in material.trainable():
        rows.append(Row(name, "before", [space.judge(BASE, key)], series=2))
        found = []
        for run in runs_of("losses"):
            reports, _ = over_seeds(material, space, key, run)
            found.append(Row(name, run.label, reports, series=int(run.key.startswith("inverted"))))
        rows += sorted(found, key=lambda row: -row.figure("map").value)
    return Outcome("Losses on the same features and budget", rows)


def dimensions(material):
    """How long the vector must be."""
    rows = []
    for name, space, key in material.trainable():
        def row(label, dim, reports, series):
            rows.append(Row(name, label, reports, {"dim": dim}, series))  # noqa: B023

        def prefixes(run, seeds, series):
            heads = [trained(material, space, key, run, seed)[0] for seed in seeds]  # noqa: B023
            for dim, cut in ((64, "@64"), (128, "@128"), (256, "")):
                row(f"{run.label}, {dim}", dim, [space.judge(f"{head}{cut}", key) for head in heads], series)  # noqa: B023

        runs = {run.key: run for run in runs_of("dimensions")}
        row("features as they are", 1280, [space.judge(BASE, key)], 2)
        prefixes(runs["pca"], (1,), 0)
        for dim in (64, 128, 256, 1280):
            run = runs[f"trained-{dim:04d}"]
            row(run.label, dim, over_seeds(material, space, key, run)[0], 1)
        prefixes(runs["matryoshka"], material.seeds, 3)
    return Outcome("Length of the vector", rows)


def modes(material):
    """The head alone, head then everything, everything at once."""
    rows = []
    for name, space, key in material.small():
        rows.append(Row(name, "before", [space.judge(BASE, key)], series=2))
        runs = {run.key: run for run in runs_of("modes")}
        for series, mode in enumerate(("head", "lp-ft", "full")):
            more = {"head_epochs": 1} if material.quick else {}
            report, seconds = judged(material, space, key, runs[mode], **more)
            rows.append(Row(name, mode, [report], {"s of training": f"{seconds:.0f}"}, series=(0, 1, 3)[series]))
    return Outcome("What is trained", rows)


VIEWS = {  # what the tables call it; the rule of `ootd crop`
    "whole": ("whole photo", None),
    "person": ("person, margin .05", {"person_box": True, "margin": 0.05}),
    "person-tight": ("person, no margin", {"person_box": True, "margin": 0}),
    "clothes-wide": ("clothes, margin .1", {"person_box": False, "margin": 0.1}),
    "clothes": ("clothes, margin .05", {"person_box": False, "margin": 0.05}),
    "clothes-tight": ("clothes, no margin", {"person_box": False, "margin": 0}),
}


def views(material):
    """What an encoder should see of a photo: all, the person or the clothes, as the detector that comes along finds them."""
    rows = []
    for name, space, key in material.uncropped():
        files = {}
        for view, (_, rule) in VIEWS.items():
            if rule is not None:
                file = space.home / f"{view}.json"
                file.write_text(json.dumps(rule))
                space("crop", "--rule", file)
            space("embed", "--model", BASE)
            files[view] = space.home / f"{view}.npy"
            space("vectors", "export", "--model", BASE, files[view])
        for view, file in files.items():  # only now: another crop takes a photo's vectors away
            space("vectors", "import", "--model", view, file)
        for series, (view, (label, _)) in enumerate(VIEWS.items()):
            report = space("eval", "--model", view, "--against", "person", "--labels", key, "--split", "train")
            change, (low, high) = (report["difference"][of] for of in ("map", "map_ci"))
            paired = f"{change:+.3f} [{low:+.3f}, {high:+.3f}]" if view != "person" else ""
            rows.append(Row(name, label, [report], {"mAP less person's": paired}, series=min(series, 3)))
    return Outcome("What an encoder sees", rows)


STORIES = {story.__name__: story for story in (crop, inverted, backbones, losses, dimensions, modes, views)}
