"""Tiny detectors, one a family, with the inputs, outputs, names and shapes that the family's exporters give them.

    pip install onnx==1.23.2 numpy==2.4.6
    python tests/golden/detectors/make.py        # writes the folders beside it, and letterbox.json

None of them looks for anything. Boxes are planted; the score of the first planted one is the mean of the network's
FIRST input plane (queries: its sigmoid or softmax), so that tests see what the plane was: red or blue, scaled how.
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
SIDE = 64  # of the input: 8 x 8 + 4 x 4 + 2 x 2 = 84 points


def write(folder, inputs, outputs, nodes, constants, metadata=None, files=None):
    """inputs, outputs: {name: (type, shape)}"""
    info = lambda ports: [helper.make_tensor_value_info(n, t, s) for n, (t, s) in ports.items()]
    graph = helper.make_graph(nodes, "planted", info(inputs), info(outputs),
                              [numpy_helper.from_array(v, n) for n, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if metadata:
        helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    (HERE / folder).mkdir(exist_ok=True)
    onnx.save(model, HERE / folder / "model.onnx")
    for name, value in (files or {}).items():
        (HERE / folder / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def first_plane(pixels, result="mean"):
    """Nodes and constants: the mean of plane 0 as [1, 1, 1]."""
    nodes = [helper.make_node("Gather", [pixels, "zero"], ["plane"], axis=1),
             helper.make_node("ReduceMean", ["plane"], [result], axes=[2, 3], keepdims=0),  # [N, 1]
             helper.make_node("Unsqueeze", [result, "two"], [result + "3"])]
    return nodes, {"zero": np.array([0], np.int64), "two": np.array([2], np.int64)}


def planted(folder, pixels, output, base, measured, metadata=None, files=None):
    """One output: base, and where `measured` is 1 the mean of the first plane."""
    nodes, constants = first_plane(pixels)
    nodes += [helper.make_node("Mul", ["measured", "mean3"], ["scores"]),
              helper.make_node("Add", ["scores", "base"], [output])]
    write(folder, {pixels: (TensorProto.FLOAT, [1, 3, SIDE, SIDE])}, {output: (TensorProto.FLOAT, list(base.shape))},
          nodes, constants | {"base": base, "measured": measured}, metadata, files)


def points(rows, values, row_major):
    """values: {point: numbers}; NaN stands for what is measured."""
    count = len(next(iter(values.values())))
    base = np.zeros((1, rows, count), np.float32)
    for row, numbers in values.items():
        base[0, row] = numbers
    measured = np.isnan(base).astype(np.float32)
    base = np.nan_to_num(base, nan=0.0)
    return [m if row_major else np.ascontiguousarray(m.transpose(0, 2, 1)) for m in (base, measured)]


MEASURED = float("nan")
NAMES = {"names": "{0: 'top', 1: 'bag', 2: \"women's\", 3: 'bottom'}", "stride": "32", "task": "detect",
         "imgsz": f"[{SIDE}, {SIDE}]", "license": "AGPL-3.0 License (https://ultralytics.com/license)"}

# Two that overlap by more than any threshold, and another class at the same place.
base, measured = points(84, {3: [32, 16, 20, 10, MEASURED, 0, 0, 0], 4: [32, 16.5, 20, 10, 0.3, 0, 0, 0],
                             80: [32, 16, 20, 10, 0, 0, 0, 0.625], 81: [40, 40, 8, 8, 0, 0.875, 0, 0]}, False)
planted("yolo", "images", "output0", base, measured, NAMES)

base, measured = points(20, {0: [22, 11, 42, 21, MEASURED, 0], 1: [22, 11, 42, 21.5, 0.5, 3]}, True)
planted("yolo_end_to_end", "images", "output0", base, measured, NAMES)

base, measured = points(252, {7: [32, 16, 20, 10, 0.5, 0.25, 1], 8: [32, 48, 20, 10, 1, MEASURED, 0.1]}, True)
planted("yolo_objectness", "images", "output0", base, measured, None,
        {"config.json": {"classes": ["dress", "outer"]}})

# Point 9 is column 1, row 1 of stride 8; point 80 column 0, row 0 of stride 32. 0.5 + log sizes in strides.
log = lambda pixels, stride: float(np.log(pixels / stride))
base, measured = points(84, {9: [0.5, 0.25, log(12, 8), log(6, 8), 0.5, 0.75, 0.25],
                             80: [1, 0.5, log(16, 32), log(24, 32), 1, 0, MEASURED]}, True)
# The pixels are 0 .. 255 here, and a score is not: the plane's mean by 255.
nodes, constants = first_plane("images")
write("yolox", {"images": (TensorProto.FLOAT, [1, 3, SIDE, SIDE])}, {"output": (TensorProto.FLOAT, [1, 84, 7])},
      nodes + [helper.make_node("Mul", ["measured", "mean3"], ["scores"]),
               helper.make_node("Add", ["scores", "base"], ["output"])],
      constants | {"base": base, "measured": (measured / 255).astype(np.float32)}, None,
      {"config.json": {"classes": ["outer", "top"]}})


def queries(folder, columns, labels, boxes, files, pixels="pixel_values", size=("height", "width"), mask=False,
            names=("logits", "pred_boxes")):
    """labels: {query: {column: logit}}, all others -8; NaN: the mean of the first plane."""
    count = len(boxes)
    logits = np.full((1, count, columns), -8, np.float32)
    for query, row in labels.items():
        for column, logit in row.items():
            logits[0, query, column] = logit
    nodes, constants = first_plane(pixels)
    inputs = {pixels: (TensorProto.FLOAT, ["batch", 3, *size])}
    factor = "mean3"
    if mask:  # counts the real pixels: half of them would halve the score
        inputs["pixel_mask"] = (TensorProto.INT64, ["batch", *size])
        nodes += [helper.make_node("Cast", ["pixel_mask"], ["mask"], to=TensorProto.FLOAT),
                  helper.make_node("ReduceMean", ["mask"], ["real"], axes=[1, 2], keepdims=1),
                  helper.make_node("Mul", ["mean3", "real"], ["masked"])]
        factor = "masked"
    nodes += [helper.make_node("Mul", ["measured", factor], ["scores"]),
              helper.make_node("Add", ["scores", "base"], [names[0]]),
              helper.make_node("Mul", ["mean3", "none"], ["nothing"]),  # boxes that depend on the batch, as real ones
              helper.make_node("Add", ["boxes", "nothing"], [names[1]])]
    constants |= {"base": np.nan_to_num(logits, nan=0.0), "measured": np.isnan(logits).astype(np.float32),
                  "boxes": np.array([boxes], np.float32), "none": np.zeros((1, 1, 1), np.float32)}
    write(folder, inputs, {names[0]: (TensorProto.FLOAT, ["batch", count, columns]),
                           names[1]: (TensorProto.FLOAT, ["batch", count, 4])}, nodes, constants, None, files)


BOXES = [[0.5, 0.25, 0.25, 0.125], [0.25, 0.75, 0.5, 0.25], [0.75, 0.5, 0.25, 1.0]]
SEVEN = {str(i): name for i, name in enumerate(["bag", "bottom", "dress", "hat", "shoes", "outer", "top"])}
EDGE = {"do_normalize": True, "do_pad": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5, 0.25, 0.125],
        "image_std": [0.25, 0.5, 0.5], "resample": 2, "rescale_factor": 1 / 255,
        "size": {"shortest_edge": 48, "longest_edge": 96}}

queries("detr", 8, {0: {6: MEASURED, 7: 0}, 1: {1: 3, 7: 0}, 2: {7: 9}}, BOXES,
        {"config.json": {"model_type": "detr", "id2label": SEVEN}, "preprocessor_config.json": EDGE}, mask=True)
queries("conditional_detr", 7, {0: {6: MEASURED, 5: 1}, 1: {1: 3}}, BOXES,
        {"config.json": {"model_type": "conditional_detr", "id2label": SEVEN}, "preprocessor_config.json": EDGE})
SQUASH = {"do_normalize": False, "do_rescale": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5],
          "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": {"height": SIDE, "width": SIDE}}
queries("rt_detr", 7, {0: {6: MEASURED}, 1: {1: 3}}, BOXES,
        {"config.json": {"id2label": SEVEN}, "preprocessor_config.json": SQUASH}, size=(SIDE, SIDE))
queries("rf_detr", 5, {0: {1: MEASURED}, 1: {2: 3}, 2: {4: 5}}, BOXES,
        {"config.json": {"classes": ["background", "dress", "person"]}}, pixels="input", size=(56, 56),
        names=("labels", "dets"))

nodes, constants = first_plane("images")
nodes += [helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=TensorProto.FLOAT),
          helper.make_node("Unsqueeze", ["size", "one"], ["size3"]),
          helper.make_node("Tile", ["size3", "twice"], ["sides"]),
          helper.make_node("Mul", ["shares", "sides"], ["boxes"]),
          helper.make_node("Mul", ["measured", "mean"], ["first"]),
          helper.make_node("Add", ["first", "base"], ["scores"]),
          helper.make_node("Identity", ["numbers"], ["labels"])]
write("rt_detr_decoded",
      {"images": (TensorProto.FLOAT, ["N", 3, SIDE, SIDE]), "orig_target_sizes": (TensorProto.INT64, ["N", 2])},
      {"labels": (TensorProto.INT64, [1, 3]), "boxes": (TensorProto.FLOAT, [1, 3, 4]),
       "scores": (TensorProto.FLOAT, ["N", 3])}, nodes,
      constants | {"one": np.array([1], np.int64), "twice": np.array([1, 1, 2], np.int64),
                   "shares": np.array([[[0.375, 0.1875, 0.625, 0.3125], [0, 0.625, 0.5, 0.875], [0, 0, 1, 1]]],
                                      np.float32),
                   "measured": np.array([[1, 0, 0]], np.float32), "base": np.array([[0, 0.75, 0.1]], np.float32),
                   "numbers": np.array([[6, 1, 2]], np.int64)}, None,
      {"config.json": {"classes": list(SEVEN.values())}})


def formula(width, height):
    """The picture of the tests: pixel (x, y), channel c."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (x * 37 + y * 91 + c * 53 + x * y * 7) % 256


def letterbox(picture, width, height, centred):
    """Sizes as Ultralytics' LetterBox and YOLOX's preproc; bilinear as its definition says, in double."""
    h, w = picture.shape[:2]
    r = min(width / w, height / h)
    nw, nh = (max(1, (round if centred else int)(side * r)) for side in (w, h))  # 0 they cannot do
    left, top = (round((width - nw) / 2 - 0.1), round((height - nh) / 2 - 0.1)) if centred else (0, 0)

    def taps(size, out):
        at = np.clip((np.arange(out) + 0.5) * size / out - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, size - 1), at - low

    (x0, x1, fx), (y0, y1, fy) = taps(w, nw), taps(h, nh)
    rows = picture[:, x0] * (1 - fx)[None, :, None] + picture[:, x1] * fx[None, :, None]
    scaled = rows[y0] * (1 - fy)[:, None, None] + rows[y1] * fy[:, None, None]
    out = np.full((height, width, 3), 114.0)
    out[top:top + nh, left:left + nw] = scaled
    return {"picture": [w, h], "input": [width, height], "centred": centred, "scaled": [nw, nh], "at": [left, top],
            "pixels": np.floor(out + 0.5).astype(int).ravel().tolist()}


cases = [(37, 61, 32, 32), (61, 37, 32, 32), (23, 23, 31, 24), (9, 5, 32, 20), (5, 1, 16, 16), (100, 3, 32, 32)]
(HERE / "letterbox.json").write_text(json.dumps(
    [letterbox(formula(w, h), width, height, centred) for w, h, width, height in cases for centred in (True, False)],
    separators=(",", ":")) + "\n")
