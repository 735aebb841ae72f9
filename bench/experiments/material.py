"""The photos of the experiments, each set in a workspace of its own; made when first asked for."""
import csv
import hashlib
import json
import re
import shutil
from functools import cached_property
from pathlib import Path

from workspace import Workspace

SMALL_INPUT_PX = 96


def first_of(folder, count, few):
    """The first photos of a folder with annotations.json, as another such folder."""
    few.mkdir(parents=True, exist_ok=True)
    coco = json.loads((folder / "annotations.json").read_text())
    coco["images"] = coco["images"][:count]
    kept = {image["id"] for image in coco["images"]}
    coco["annotations"] = [each for each in coco["annotations"] if each["image_id"] in kept]
    (few / "annotations.json").write_text(json.dumps(coco))
    for part in {Path(image["file_name"]).parts[0] for image in coco["images"]}:
        if not (few / part).exists():
            (few / part).symlink_to((folder / part).resolve())
    return few


class Material:
    def __init__(self, programs, work, data, weights, quick):
        self.programs, self.work, self.data, self.weights, self.quick = programs, work, data, weights, quick
        self.seeds = (1, 2) if quick else (1, 2, 3)

    def home(self, name):
        return Workspace(self.programs, self.work / f"home-{name}")

    def crops_of(self, folder, name):
        out = self.work / name
        if not (out / "annotations.json").exists():
            self.programs.run(self.programs.bench, "crop_looks", "--photos", folder, "--out", out)
        return out

    # --- drawn looks: thirteen styles, before a few backgrounds that know nothing of the style

    @cached_property
    def looks(self):
        folder = self.work / "looks"
        count, places = (156, 4) if self.quick else (1300, 12)
        if not (folder / "annotations.json").exists() or not json.loads((folder / "annotations.json").read_text())["images"]:
            self.programs.run(self.programs.render, "--out", folder, "--count", count, "--places", places)
        return folder

    @cached_property
    def drawn(self):
        return self.home("drawn").add(self.looks)

    @cached_property
    def drawn_crops(self):
        return self.home("drawn-crops").add(self.crops_of(self.looks, "looks-crops"))

    @cached_property
    def drawn_small(self):
        crops = first_of(self.crops_of(self.looks, "looks-crops"), 500, self.work / "looks-small")
        return self.home("drawn-small").add(crops)

    # --- real photos, if --data names them

    @cached_property
    def street(self):
        return self.home("street").add(*self.street_folders)

    @cached_property
    def street_crops(self):
        crops = [self.crops_of(folder, f"street-crops/{folder.name}") for folder in self.street_folders]
        return self.home("street-crops").add(*crops)

    @cached_property
    def street_folders(self):
        folders = [self.data / "ccp" / split for split in ("train", "val", "test")]
        return [first_of(folder, 40, self.work / "street" / folder.name) for folder in folders] if self.quick else folders

    @cached_property
    def garments(self):
        folder = self.data / "clothing-dataset-small"
        return self.garments_part(150, 30) if self.quick else self.home("garments").add(folder)

    def garments_part(self, train, others):
        """So many training photos, and so many of each other split, drawn by the hash of their names."""
        folder = self.data / "clothing-dataset-small"
        with open(folder / "labels.csv") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: hashlib.sha256(row["file"].encode()).hexdigest())
        kept = []
        for split, count in (("train", train), ("val", others), ("test", others)):
            kept += [row for row in rows if row["split"] == split][:count]
        listing = self.work / f"garments-{train}-{others}.csv"
        with open(listing, "w", newline="") as file:
            writer = csv.DictWriter(file, kept[0])
            writer.writeheader()
            writer.writerows({**row, "file": (folder / row["file"]).resolve()} for row in kept)
        return self.home(listing.stem).add(listing)

    def trainable(self):
        """(name for the tables, workspace, label key): the sets that the losses and heads are compared on."""
        yield "drawn looks, style", self.drawn_crops, "style"
        if self.data:
            yield "photos, garment class", self.garments, "class"

    def small(self):
        """The same, few enough for training whole networks."""
        yield "400 drawn looks, style", self.drawn_small, "style"
        if self.data:
            yield "400 photos, garment class", self.garments_part(*((60, 30) if self.quick else (400, 300))), "class"

    def uncropped(self):
        """Whole photos in fresh workspaces: where somebody has cropped, `whole` would not be whole."""
        sets = [("drawn looks, style", "views-drawn", "style", [self.looks])]
        if self.data:
            sets.append(("street photos, garment", "views-street", "garment", self.street_folders))
        for name, home, key, folders in sets:
            shutil.rmtree(self.work / f"home-{home}", ignore_errors=True)
            yield name, self.home(home).add(*folders), key

    # --- backbones at a small input, so that all of them can be trained

    def backbone(self, architecture, weights=None):
        """A model folder: the user's weights (a file of the source framework), or random ones."""
        made = self.programs.run(self.programs.bench, "make_model", "--architecture", architecture, "--out", self.work / "random")
        folder = Path(re.search(r"folder=([^,]+)", made)[1])
        target = self.work / "backbones" / (architecture + ("-pretrained" if weights else "-random"))
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        config = json.loads((target / "config.json").read_text())
        config["input"].update(width=SMALL_INPUT_PX, height=SMALL_INPUT_PX, fit="squash")
        config["input"].pop("resize_side", None)
        if weights:
            if (weights.parent / "config.json").exists():  # it says what its pixels are to be
                known = json.loads((weights.parent / "config.json").read_text())["input"]
                config["input"].update({key: known[key] for key in ("mean", "std") if key in known})
            (target / config["weights"]).unlink()
            shutil.copy(weights, target / weights.name)
            config["weights"] = weights.name
        (target / "config.json").write_text(json.dumps(config, indent=2))
        return target

    def pretrained(self, architecture):
        """A file ARCHITECTURE*.pth or .safetensors in --weights or in a folder there; for Lite0 the one that comes along."""
        places = [self.weights] if self.weights else []
        places.append(self.programs.ootd.resolve().parent / "models")
        for place in places:
            for pattern in (f"{architecture}*", f"{architecture}*/*", f"{architecture.replace('_', '-')}*"):
                for file in sorted(place.glob(pattern)):
                    if file.suffix in (".pth", ".safetensors"):
                        return file
        return None
