"""Average precision of random and degenerate boxes, by pycocotools, for detection.json beside this file.

Run with: pycocotools 2.0.11, numpy 2.4.
    python tests/golden/detection/make.py tests/golden/detection/detection.json
Coordinates are multiples of 1/4 and scores of 1/32, so that floats hold them exactly and scores tie often. Tolerance 1e-9: the
same comparisons decide on both sides; only pycocotools' precision has a 2e-16 in its divisor.
"""
import contextlib
import io
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = np.random.default_rng(6)


def quarter(values):
    return np.round(np.asarray(values) * 4) / 4


def random_box(side):
    return quarter(np.concatenate([rng.uniform(0, side, 2), rng.uniform(2, side, 2)])).tolist()


def moved(box, by):
    x, y, w, h = box
    dx, dy, dw, dh = rng.normal(size=4) * by
    return quarter([x + dx * w, y + dy * h, max(w * (1 + dw), 1), max(h * (1 + dh), 1)]).tolist()


def score():
    return int(rng.integers(1, 33)) / 32


def random_photo(classes, side, by, boxes=4, crowd=0.0, extra=3):
    labelled = [[int(rng.integers(classes)), bool(rng.random() < crowd), random_box(side)]
                for _ in range(rng.integers(0, boxes + 1))]
    found = [[label, score(), moved(box, by)] for label, _, box in labelled for _ in range(rng.integers(0, 3))]
    found += [[int(rng.integers(classes)), score(), random_box(side)] for _ in range(rng.integers(0, extra + 1))]
    rng.shuffle(found)
    return dict(labelled=labelled, found=[[int(label), value, box] for label, value, box in found])


def evaluate(photos, classes):
    """Per class and area range: AP and recall at the ten IoU thresholds, null where there is nothing to find."""
    # Ids from 1: pycocotools takes 0 for "no match".
    truth = dict(info={}, images=[dict(id=i + 1) for i in range(len(photos))],
                 categories=[dict(id=c + 1, name=str(c)) for c in range(classes)],
                 annotations=[dict(image_id=i + 1, category_id=label + 1, iscrowd=int(crowd), bbox=box, area=box[2] * box[3])
                              for i, photo in enumerate(photos) for label, crowd, box in photo["labelled"]])
    for number, annotation in enumerate(truth["annotations"]):
        annotation["id"] = number + 1
    found = [dict(image_id=i + 1, category_id=label + 1, score=value, bbox=box)
             for i, photo in enumerate(photos) for label, value, box in photo["found"]]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        result = COCOeval(coco, coco.loadRes(found) if found else COCO(), "bbox")
        # loadRes refuses an empty list; a set of photos without detections is one.
        result.params.imgIds, result.params.catIds = sorted(coco.getImgIds()), sorted(coco.getCatIds())
        result.evaluate()
        result.accumulate()
    precision, recall = result.eval["precision"], result.eval["recall"]  # [T, R, K, A, M], [T, K, A, M]; M: 1, 10, 100
    sizes = [[dict(precision=precision[:, :, c, a, 2].mean(axis=1).tolist(), recall=recall[:, c, a, 2].tolist())
              if recall[0, c, a, 2] >= 0 else None for a in range(4)] for c in range(classes)]
    present = [one[0] for one in sizes if one[0]]
    macro = {name: float(np.mean([one[name] for one in present])) for name in ("precision", "recall")} if present else None
    if present:  # what summarize() prints
        kept = precision[:, :, :, 0, 2]
        assert abs(macro["precision"] - kept[kept > -1].mean()) < 1e-12
    return dict(photos=photos, classes=classes, by_class_and_size=sizes, macro=macro)


SQUARE = [0, 0, 20, 20]
cases = dict(
    random=([random_photo(3, 160, 0.08) for _ in range(25)], 3),
    small=([random_photo(3, 40, 0.15) for _ in range(25)], 3),
    crowd=([random_photo(2, 120, 0.10, crowd=0.3, boxes=6) for _ in range(25)], 2),
    # Boxes of one score only: the order given decides.
    ties=([dict(labelled=photo["labelled"], found=[[label, 0.5, box] for label, _, box in photo["found"]])
           for photo in (random_photo(2, 100, 0.15) for _ in range(15))], 2),
    # More than maxDets in a photo, the good ones last.
    many=([dict(labelled=[[0, False, SQUARE]],
                found=[[0, 0.5, [200 + i, 0, 10, 10]] for i in range(105)] + [[0, value, SQUARE]]) for value in (0.25, 0.75)], 1),
    # 100 boxes, so that recalls fall on the 101 points that they are read off at, with wrong ones in between.
    recalls=([dict(labelled=[[0, False, SQUARE]],
                   found=[[0, 1 - i / 128, SQUARE], [0, 0.5 - i / 256, [90, 90, 9, 9]]]) for i in range(100)], 1),
    # IoUs that are the thresholds: a box of 20 px found as its part of 10, 11 ... 19 px.
    thresholds=([dict(labelled=[[0, False, [0, 0, 20, 10]]], found=[[0, 1 - k / 32, [0, 0, k, 10]]])
                 for k in range(10, 20)], 1),
    duplicates=([dict(labelled=[[0, False, SQUARE], [0, False, SQUARE]], found=[[0, 0.5, SQUARE]] * 3),
                 dict(labelled=[[0, False, SQUARE]], found=[[0, 0.75, SQUARE], [0, 0.75, SQUARE]])], 1),
    # Sides on the limits of the area ranges; those right on them are not found.
    areas=([dict(labelled=[[0, False, [0, 0, side, side]]], found=[[0, 0.5, [0, 0, side - 1, side]]] if side % 32 else [])
            for side in (31, 32, 33, 95, 96, 97)], 1),
    no_boxes=([dict(labelled=[], found=[[0, 0.5, SQUARE]])], 1),
    no_detections=([dict(labelled=[[0, False, SQUARE]], found=[])], 1),
    crowd_only=([dict(labelled=[[0, True, [0, 0, 50, 50]]], found=[[0, 0.5, SQUARE], [0, 0.5, [10, 10, 20, 20]]])], 1),
    crowd_takes_many=([dict(labelled=[[0, True, [0, 0, 90, 90]], [0, False, SQUARE]],
                            found=[[0, 0.5, SQUARE], [0, 0.25, [1, 1, 20, 20]], [0, 0.75, [40, 40, 20, 20]],
                                   [0, 0.75, [200, 0, 20, 20]]])], 1),
    no_area=([dict(labelled=[[0, False, SQUARE]], found=[[0, 0.5, [5, 5, 0, 0]], [0, 0.25, SQUARE]])], 1),
)
with open(sys.argv[1], "w") as out:
    json.dump({name: evaluate(*case) for name, case in cases.items()}, out, separators=(",", ":"))
    out.write("\n")
