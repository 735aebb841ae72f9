"""Compares `ootd embed --model FOLDER` with the libraries that published folders are made for, on real files:
    python scripts/golden/check_encoder.py build/release/ootd FOLDER PICTURE...
A folder of ONNX graphs runs in onnxruntime, one of transformers' CLIP in transformers, one of open_clip's in open_clip.
Pictures are prepared by CLIPImageProcessorPil or open_clip's own transform. Prints the largest difference of unit
vectors; exit 1 if it is over 1e-5. Small PNG files: large pictures are decoded smaller by ootd, which libraries do not.

    python scripts/golden/check_encoder.py --fill FOLDER
puts random weights (seed 1) into a transformers CLIP folder that has a config.json only.

Run with: torch 2.13.0 (CPU), transformers 5.24, open_clip_torch 3.3.0, onnxruntime 1.32, Pillow 12.3.
"""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

stub = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, operator):
        stub.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, SiglipImageProcessorPil


def unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def pixels_of(folder, picture):
    stated = json.loads((folder / "preprocessor_config.json").read_text())
    if not stated.get("do_center_crop") and isinstance(stated["size"], int):
        stated["size"] = {"height": stated["size"], "width": stated["size"]}  # as ootd reads it: preprocessor_files.cc
    kind = CLIPImageProcessorPil if stated.get("do_center_crop") else SiglipImageProcessorPil
    return np.asarray(kind(**stated)(picture, return_tensors="np")["pixel_values"], dtype=np.float32)


def reference(folder, picture):
    graphs = sorted(folder.glob("onnx/*.onnx")) + sorted(folder.glob("*.onnx"))
    if graphs:
        import onnxruntime
        session = onnxruntime.InferenceSession(graphs[0])
        names = [o.name for o in session.get_outputs()]
        output = next((n for n in ("image_embeds", "pooler_output") if n in names), names[0])
        return session.run([output], {session.get_inputs()[0].name: pixels_of(folder, picture)})[0]
    with torch.no_grad():
        if (folder / "open_clip_config.json").exists():
            import open_clip
            model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
            return model.eval().encode_image(transform(picture)[None]).numpy()
        model = CLIPModel.from_pretrained(folder).eval()
        pooled = model.vision_model(pixel_values=torch.from_numpy(pixels_of(folder, picture))).pooler_output
        return model.visual_projection(pooled).numpy()


if sys.argv[1] == "--fill":
    torch.manual_seed(1)
    CLIPModel(CLIPConfig.from_pretrained(sys.argv[2])).save_pretrained(sys.argv[2])
    sys.exit()
program, folder = sys.argv[1], Path(sys.argv[2])
lines = subprocess.run([program, "embed", "--model", folder, *sys.argv[3:]], check=True, capture_output=True, text=True).stdout
worst = 0
for line in lines.splitlines():
    row = json.loads(line)
    expected = unit(reference(folder, Image.open(row["file"]).convert("RGB")))[0]
    difference = np.abs(unit(row["vector"]) - expected).max()
    worst = max(worst, difference)
    print(f"{folder.name} {Path(row['file']).name} {len(expected)} numbers, largest difference {difference:.1e}")
sys.exit(1 if worst > 1e-5 else 0)
