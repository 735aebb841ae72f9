#!/usr/bin/env python3
"""Writes model.onnx: a detector whose truth is known. Each class is a colour, its box the extent of that colour's pixels.

For whole programs: draw rectangles, and what `ootd crop` must find is known to the pixel. Output as an end-to-end YOLO's,
[1, 5, 6]: x0, y0, x1, y1, score, class, a row a class. Made with onnx 1.19.1 (pip install onnx); no weights, no training.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 256
# class: colour channels that must be above 0.6; the others must be below 0.3
CLASSES = {"top": "R", "bottom": "B", "person": "G", "dress": "RB", "outer": "RG"}

nodes, constants = [], []


def constant(name, values):
    constants.append(numpy_helper.from_array(np.asarray(values, dtype=np.float32), name))
    return name


def node(op, inputs, name, **attributes):
    nodes.append(helper.make_node(op, inputs, [name], **attributes))
    return name


def axes(name, values):
    constants.append(numpy_helper.from_array(np.asarray(values, dtype=np.int64), name))
    return name


constant("high", 0.6), constant("low", 0.3), constant("side", SIDE), constant("score", 0.9)
all_axes = axes("all_axes", [1, 2, 3])
far_x = constant("far_x", np.arange(1, SIDE + 1).reshape(1, 1, 1, SIDE))
far_y = constant("far_y", np.arange(1, SIDE + 1).reshape(1, 1, SIDE, 1))
near_x = constant("near_x", SIDE - np.arange(SIDE).reshape(1, 1, 1, SIDE))
near_y = constant("near_y", SIDE - np.arange(SIDE).reshape(1, 1, SIDE, 1))
axes("three", [1, 1, 1])
nodes.append(helper.make_node("Split", ["images", "three"], ["R", "G", "B"], axis=1))
for channel in "RGB":
    node("Cast", [node("Greater", [channel, "high"], channel + "_above")], channel + "_high", to=TensorProto.FLOAT)
    node("Cast", [node("Less", [channel, "low"], channel + "_below")], channel + "_low", to=TensorProto.FLOAT)

rows = []
for number, (name, channels) in enumerate(CLASSES.items()):
    r, g, b = (c + ("_high" if c in channels else "_low") for c in "RGB")
    mask = node("Mul", [node("Mul", [r, g], name + "_rg"), b], name + "_mask")

    def furthest(ramp):
        return node("ReduceMax", [node("Mul", [mask, ramp], f"{name}_{ramp}"), all_axes], f"{name}_{ramp}_max", keepdims=1)

    x0 = node("Sub", ["side", furthest(near_x)], name + "_x0")
    y0 = node("Sub", ["side", furthest(near_y)], name + "_y0")
    found = node("Mul", [node("ReduceMax", [mask, all_axes], name + "_any", keepdims=1), "score"], name + "_score")
    label = constant(name + "_label", np.full((1, 1, 1, 1), number))
    row = node("Concat", [x0, y0, furthest(far_x), furthest(far_y), found, label], name + "_row", axis=3)
    rows.append(node("Squeeze", [row, axes(name + "_squeeze", [1])], name + "_flat"))
node("Concat", rows, "output0", axis=1)

graph = helper.make_graph(
    nodes, "colours", [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
    [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, len(CLASSES), 6])], constants)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "model.onnx")
