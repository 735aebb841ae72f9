"""Losses and their gradients by pytorch-metric-learning, open_clip and PyTorch, for tests/golden/losses.json.

Run with: torch 2.13.0 (CPU), pytorch-metric-learning 2.9.0, open_clip_torch 3.3.0 (only its loss.py is read).
    python scripts/golden/losses.py tests/golden/losses.json
All in double. Gradients are with regard to the rows before they are scaled to length 1. One label per row, since these
libraries know no more. Tolerance: 1e-6 (our settings are floats).
"""
import json
import sys
from importlib import util
from pathlib import Path

import torch
from pytorch_metric_learning import losses, miners, reducers

spec = util.spec_from_file_location("loss", Path(util.find_spec("open_clip").submodule_search_locations[0]) / "loss.py")
open_clip = util.module_from_spec(spec)
spec.loader.exec_module(open_clip)

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
C, D, K = 4, 6, 2
labels = torch.arange(12) % C
centers = torch.randn(C, D)
rows = (centers[labels] + 1.2 * torch.randn(12, D)).round(decimals=6).requires_grad_()
vectors = torch.randn(C, D).round(decimals=6)  # proxies, classifier
sub_centers = torch.randn(C * K, D).round(decimals=6)  # label-major
f32 = lambda x: torch.tensor(x, dtype=torch.float32).item()  # our settings are floats


def run(loss, *own):
    for tensor in (rows, *own):
        tensor.grad = None
    value = loss()
    value.backward()
    return {"value": value.item(), "gradient": rows.grad.tolist(), **({"own_gradient": own[0].grad.tolist()} if own else {})}


def with_parameter(loss, name, values):
    setattr(loss, name, torch.nn.Parameter(values.clone()))
    return run(lambda: loss(rows, labels), getattr(loss, name))


mean = reducers.MeanReducer()
hard = miners.BatchHardMiner()
similarity = miners.MultiSimilarityMiner(epsilon=f32(0.1))
weight = vectors.clone().requires_grad_()
unit = lambda x: torch.nn.functional.normalize(x)
degrees = lambda radians: radians * 180 / torch.pi
cases = {
    "supcon": run(lambda: losses.SupConLoss(temperature=f32(0.1))(rows, labels)),
    "infonce": run(lambda: losses.NTXentLoss(temperature=f32(0.07))(rows, labels)),
    "triplet": run(lambda: losses.TripletMarginLoss(margin=f32(0.2), reducer=mean)(rows, labels, hard(rows, labels))),
    "multi_similarity": run(
        lambda: losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5)(rows, labels, similarity(rows, labels))),
    "proxy_anchor": with_parameter(losses.ProxyAnchorLoss(C, D, margin=f32(0.1), alpha=32), "proxies", vectors),
    "arcface": with_parameter(losses.SubCenterArcFaceLoss(
        num_classes=C, embedding_size=D, margin=degrees(0.5), scale=30, sub_centers=K), "W", sub_centers.T),
    "cross_entropy": run(lambda: torch.nn.functional.cross_entropy(unit(rows) @ weight.T, labels), weight),
}
scale, bias = torch.tensor(7.0), torch.tensor(-3.0)
image, text = lambda: unit(rows[:6]), lambda: unit(rows[6:])
cases["image_text_softmax"] = run(lambda: open_clip.ClipLoss()(image(), text(), scale))
cases["image_text_sigmoid"] = run(lambda: open_clip.SigLipLoss()(image(), text(), scale, bias))
cases["arcface"]["own_gradient"] = torch.tensor(cases["arcface"]["own_gradient"]).T.tolist()

rounded = lambda x: [rounded(y) for y in x] if isinstance(x, list) else float(f"{x:.9g}")
golden = {"labels": labels.tolist(), "rows": rows.tolist(), "vectors": vectors.tolist(), "sub_centers": sub_centers.tolist()}
lines = [f'"{key}": {json.dumps(value)}' for key, value in golden.items()]
lines += [f'"{name}": {json.dumps({k: rounded(v) for k, v in case.items()})}' for name, case in cases.items()]
Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n")
