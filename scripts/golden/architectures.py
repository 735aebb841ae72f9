"""Features of every row of kArchitectures (ootd/models/registry.h) by its source framework, for tests/golden/architectures/.

Run with: torch 2.13.0 (CPU), torchvision 0.28.0, efficientnet_lite_pytorch 0.1.0, timm 1.0.31, open_clip_torch 3.3.0,
numpy 2.x; 10 GiB of memory; two minutes for the CNNs, ten for the SigLIPs.
    python scripts/golden/architectures.py tests/golden/architectures [ROW...]
Weights, pictures and token numbers come from formulas (procedural.py), so only outputs are stored:
    ROW_image.npy [2, width], ROW_text.npy [2, width]: features before any head, not scaled to length 1.
CNNs see 60 x 60 pixels, SigLIP and CLIP 4 x 4 patches. Tolerance: 1e-3 relative (CNN), 1e-5 on unit vectors
(SigLIP, CLIP).
"""
import gc
import sys
import time
from pathlib import Path

import numpy as np
import procedural
import torch

# The compiled half of torchvision is not needed, and does not load beside every build of torch.
stub = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, operator):
        stub.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import open_clip  # noqa: E402
import torchvision  # noqa: E402

# Halves to 30, 15, 8, 4, 2: an odd side shows how a network pads.
CNN_SIDE = 60

LITE = [f"efficientnet_lite{i}" for i in range(5)]
TORCHVISION = [f"efficientnet_b{i}" for i in range(8)] + [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
]
OPEN_CLIP = {
    "siglip_b16": "ViT-B-16-SigLIP",
    "siglip_l16": "ViT-L-16-SigLIP-256",
    "siglip_so400m14": "ViT-SO400M-14-SigLIP-384",
    "siglip2_b16": "ViT-B-16-SigLIP2",
    "siglip2_l16": "ViT-L-16-SigLIP2-256",
    "siglip2_so400m14": "ViT-SO400M-14-SigLIP2-378",
    "siglip2_so400m16": "ViT-SO400M-16-SigLIP2-256",
    "clip_b32": "ViT-B-32-quickgelu",
    "clip_b16": "ViT-B-16-quickgelu",
    "clip_l14": "ViT-L-14-quickgelu",
}


def filled(model):
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.from_numpy(procedural.weight(name, tuple(value.shape))))
    return model.eval()


def features(row):
    """{tower: [2, width]}"""
    pictures = torch.from_numpy(procedural.pictures(2, CNN_SIDE))
    if row in LITE:
        from efficientnet_lite_pytorch import EfficientNet
        model = filled(EfficientNet.from_name(row.replace("_", "-"), image_size=CNN_SIDE))
        return {"image": model.extract_features(pictures).mean(dim=(2, 3))}
    if row in TORCHVISION:
        model = filled(torchvision.models.get_model(row))
        setattr(model, "fc" if row.startswith("res") else "classifier", torch.nn.Identity())
        return {"image": model(pictures)}
    patch = int(row[-2:])
    model = filled(open_clip.create_model(OPEN_CLIP[row], force_image_size=4 * patch))
    print(f"{row} parameters {sum(p.numel() for p in open_clip.create_model(OPEN_CLIP[row]).parameters())}")
    return {
        "image": model.encode_image(torch.from_numpy(procedural.pictures(2, 4 * patch))),
        "text": model.encode_text(torch.from_numpy(procedural.token_ids(2, model.context_length, model.vocab_size))),
    }


out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
with torch.no_grad():
    for row in sys.argv[2:] or LITE + TORCHVISION + list(OPEN_CLIP):
        start = time.time()
        for tower, values in features(row).items():
            np.save(out / f"{row}_{tower}.npy", values.numpy())
            # Values that neither vanish nor explode, and two inputs that give two answers, make a golden that sees errors.
            alike = torch.nn.functional.cosine_similarity(values[0], values[1], dim=0)
            print(f"{row} {tower} std {values.std():.3f} cosine of the two {alike:.4f} {time.time() - start:.0f} s", flush=True)
        gc.collect()
