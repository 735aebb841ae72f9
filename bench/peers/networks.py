"""The four networks as their source frameworks write them, with the very weights of a checkpoint folder of ours."""
import json

import torch

# The compiled half of torchvision is not needed, and does not load beside every build of torch.
stub = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, operator):
        stub.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def without_classifier(row):
    """The network up to its pooled features, and the prefix that our names of its weights have."""
    if row == "efficientnet_lite0":
        from efficientnet_lite_pytorch import EfficientNet

        class Lite(EfficientNet):
            def forward(self, x):
                return self.extract_features(x).mean(dim=(2, 3))

        network = Lite.from_name("efficientnet-lite0")
        network._fc = torch.nn.Identity()
        return network, ""
    if row == "siglip_b16":
        import timm

        return timm.create_model("vit_base_patch16_siglip_224", num_classes=0), "visual.trunk."
    import torchvision

    network = torchvision.models.get_model(row)
    setattr(network, "fc" if row.startswith("res") else "classifier", torch.nn.Identity())
    return network, ""


class Encoder(torch.nn.Module):
    """What ootd's Session computes: [N, H, W, 3] bytes -> [N, dim] rows of length 1, normalisation inside."""

    def __init__(self, folder):
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        self.side = config["input"]["width"]
        self.network, prefix = without_classifier(config["architecture"])
        file = folder / config["weights"]
        if file.suffix == ".safetensors":
            import safetensors.torch

            weights = safetensors.torch.load_file(file)
        else:
            weights = torch.load(file, weights_only=True)
        weights = {name.removeprefix(prefix): value for name, value in weights.items()}
        missing, extra = self.network.load_state_dict(weights, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        extra = [name for name in extra if not name.startswith("_fc.")]
        assert not missing and not extra, f"{file}: missing {missing}, not used {extra}"
        per_channel = lambda key: torch.tensor(config["input"][key]).view(1, 3, 1, 1) * 255  # noqa: E731
        self.register_buffer("mean", per_channel("mean"))
        self.register_buffer("std", per_channel("std"))
        self.eval()

    def forward(self, pixels):
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std
        return torch.nn.functional.normalize(self.network(x))
