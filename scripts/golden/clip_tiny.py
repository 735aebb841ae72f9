"""One tiny CLIP with random weights in open_clip's and in transformers' layout, its tokenizer in every form, and what
both libraries make of pictures and texts, for tests/golden/clip-tiny/. All words are ours.

Run with: torch 2.13.0 (CPU), open_clip_torch 3.3.0, transformers 5.24, tokenizers 0.23, ftfy 6.3, onnx 1.23, Pillow 12.3.
    python scripts/golden/clip_tiny.py tests/golden/clip-tiny
No published checkpoint can be downloaded where this was made: layouts and code are the real libraries', the weights are
random. Width 48/32, 2 layers, patches of 8 in 32 x 32 pixels, texts of 16 tokens, vectors of 24 numbers, quick_gelu;
*_gelu.npy are the same weights with the exact GELU. Both libraries agree within 1e-6 before anything is written.
"""
import gzip
import json
import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch

# The compiled half of torchvision is not needed, and does not load beside every build of torch.
stub = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, operator):
        stub.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import open_clip
import transformers
from onnx import TensorProto, helper
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
(out / "open_clip").mkdir(exist_ok=True)
(out / "transformers").mkdir(exist_ok=True)
(out / "onnx").mkdir(exist_ok=True)

# --- the tokenizer: merges learnt from our own words, in OpenAI's file format
words = """a the with for and in of women men oversized slim wide leg high waisted cropped pleated quilted ribbed photo person
wearing style clothes red blue navy black white cream beige olive khaki denim leather corduroy cotton linen wool knit jacket coat
blazer cardigan hoodie sweater shirt blouse skirt dress jeans trousers shorts sneakers boots sandals scarf hat plaid striped
floral grunge retro vintage preppy minimal street casual chic robe été fleurs größe платье 스트릿 원피스 夏 don't 90s""".split()
letters = bytes_to_unicode()
corpus = Counter()
source = random.Random(7)
for word in source.choices(words, k=4000):
    spelled = [letters[b] for b in word.encode()]
    corpus[tuple(spelled[:-1]) + (spelled[-1] + "</w>",)] += 1
merges = []
for _ in range(260):
    pairs = Counter()
    for word, count in corpus.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += count
    (left, right), _ = max(pairs.items(), key=lambda item: (item[1], item[0]))
    merges.append((left, right))
    joined = Counter()
    for word, count in corpus.items():
        new, i = [], 0
        while i < len(word):
            if word[i : i + 2] == (left, right):
                new.append(left + right)
                i += 2
            else:
                new.append(word[i])
                i += 1
        joined[tuple(new)] += count
    corpus = joined
spelled_merges = "\n".join(f"{left} {right}" for left, right in merges)
(out / "open_clip/bpe_simple_vocab_16e6.txt.gz").write_bytes(
    gzip.compress(f'"bpe_simple_vocab_16e6.txt#version: 0.2\n{spelled_merges}'.encode(), mtime=0))
simple = SimpleTokenizer(str(out / "open_clip/bpe_simple_vocab_16e6.txt.gz"), context_length=77)
vocabulary = {{"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}.get(piece, piece): id
              for piece, id in simple.encoder.items()}
(out / "transformers/vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")))
(out / "transformers/merges.txt").write_text(f"#version: 0.2\n{spelled_merges}\n")
fast = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)
fast.backend_tokenizer.save(str(out / "transformers/tokenizer.json"), pretty=False)
names = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
(out / "transformers/tokenizer_config.json").write_text(
    json.dumps({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, **names}) + "\n")

texts = """a photo of a person wearing grunge style clothes
RED Plaid Skirt, don't!
oversized denim jacket for men and women in navy blue with cream corduroy collar
it's they're I've I'm we'll he'd CAN'T
1234 90s 50% off!!! 3.14 ½ ² Ⅳ
robe à fleurs, été 2024
Größe 38 weiß STRASSE
платье ЛЕТНЕЕ
스트릿 원피스, 여름 코디
夏のワンピース 연청 데님
👗 dress 👠🏽 👩‍👩‍👧
snake_case <b>bold</b> -- ... ?!
ΟΔΟΣ İstanbul ŁÓDŹ
“curly quotes” and ‘single’ ﬁne ｆｕｌｌ""".split("\n")
texts += ["", " ", "  two   three\t\ttab \n\n line ", "e\u0301te\u0301 \uac00\u1112\u1161\u11ab", "no\u00a0break\u3000wide", "'s", "x" * 300,
          " ".join(words), "hat " * 100, "!'s 'S ''ll '", "हिन्दी कपड़े ไทย", "a\u200bb\u00adc"]
alphabet = words + ["  ", "\n", "x", "zq", "ü", "服", "😀", "7", ",", "-", "DENIM", "Été", "'s", "'", "스"]
texts += ["".join(w + source.choice([" ", " ", "", "-"]) for w in source.choices(alphabet, k=6)) for _ in range(40)]
cases = []
for text in texts:
    cases.append({"text": text, "transformers": fast(text, padding="max_length", truncation=True, max_length=77)["input_ids"],
                  "open_clip": simple(text)[0].tolist()})
(out / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")

# --- the network
torch.manual_seed(11)
vision = {"image_size": 32, "layers": 2, "width": 48, "head_width": 16, "patch_size": 8}
text_cfg = {"context_length": 16, "vocab_size": len(vocabulary), "width": 32, "heads": 2, "layers": 2}
mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD


def build(quick):
    return CLIP(24, vision, text_cfg, quick_gelu=quick).eval()


model = build(True)
with torch.no_grad():
    for name, value in model.named_parameters():
        if name == "logit_scale":
            continue
        scale = 0.3 if value.dim() < 2 else (1 if "embedding" in name else 1.5 / value.shape[-1] ** 0.5)
        value.add_(torch.randn_like(value) * scale)
state = {name: value.clone().contiguous() for name, value in model.state_dict().items()}
save_file(state, out / "open_clip/open_clip_model.safetensors")
(out / "open_clip/open_clip_config.json").write_text(json.dumps({
    "model_cfg": {"embed_dim": 24, "quick_gelu": True, "vision_cfg": vision, "text_cfg": text_cfg},
    "preprocess_cfg": {"mean": mean, "std": std}}, indent=1) + "\n")


def tower_config(width, heads, act):
    return {"hidden_size": width, "num_hidden_layers": 2, "num_attention_heads": heads, "intermediate_size": 4 * width, "hidden_act": act}


def transformers_twin(act):
    config = CLIPConfig(
        projection_dim=24, vision_config={**tower_config(48, 3, act), "image_size": 32, "patch_size": 8, "projection_dim": 24},
        text_config={**tower_config(32, 2, act), "vocab_size": len(vocabulary), "max_position_embeddings": 16, "projection_dim": 24,
                     "bos_token_id": vocabulary[names["bos_token"]], "eos_token_id": vocabulary[names["eos_token"]],
                     "pad_token_id": vocabulary[names["pad_token"]]})
    twin = CLIPModel(config).eval()
    weights = {"logit_scale": state["logit_scale"], "visual_projection.weight": state["visual.proj"].T,
               "text_projection.weight": state["text_projection"].T}
    for ours, theirs in (("visual.", "vision_model."), ("", "text_model.")):
        for layer in range(2):
            block, layer_name = f"{ours}transformer.resblocks.{layer}.", f"{theirs}encoder.layers.{layer}."
            for kind in ("weight", "bias"):
                for part, piece in zip("qkv", state[f"{block}attn.in_proj_{kind}"].chunk(3)):
                    weights[f"{layer_name}self_attn.{part}_proj.{kind}"] = piece
                for a, b in (("attn.out_proj", "self_attn.out_proj"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
                             ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2")):
                    weights[f"{layer_name}{b}.{kind}"] = state[f"{block}{a}.{kind}"]
    for kind in ("weight", "bias"):
        weights[f"vision_model.pre_layrnorm.{kind}"] = state[f"visual.ln_pre.{kind}"]
        weights[f"vision_model.post_layernorm.{kind}"] = state[f"visual.ln_post.{kind}"]
        weights[f"text_model.final_layer_norm.{kind}"] = state[f"ln_final.{kind}"]
    weights["vision_model.embeddings.class_embedding"] = state["visual.class_embedding"]
    weights["vision_model.embeddings.patch_embedding.weight"] = state["visual.conv1.weight"]
    weights["vision_model.embeddings.position_embedding.weight"] = state["visual.positional_embedding"]
    weights["text_model.embeddings.position_embedding.weight"] = state["positional_embedding"]
    weights["text_model.embeddings.token_embedding.weight"] = state["token_embedding.weight"]
    missing, unexpected = twin.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("position_ids") for name in missing), (missing, unexpected)
    return twin, config, weights


twin, config, weights = transformers_twin("quick_gelu")
save_file({name: value.contiguous().clone() for name, value in weights.items()}, out / "transformers/model.safetensors")
(out / "transformers/config.json").write_text(config.to_json_string(use_diff=True))

# --- what they make of pictures and texts
folder = Path(__file__).resolve().parents[2] / "tests/golden/siglip-tiny"
pictures = [Image.open(folder / name).convert("RGB") for name in ("image_32x32.png", "image_50x71.png")]
own = image_transform_v2(PreprocessCfg(size=32, mean=mean, std=std), is_train=False)
own_pixels = torch.stack([own(picture) for picture in pictures])
processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
pixels = torch.stack([torch.as_tensor(processor(picture, return_tensors="np")["pixel_values"][0]) for picture in pictures])
stated = processor.to_dict()
stated["image_processor_type"] = "CLIPImageProcessor"
(out / "transformers/preprocessor_config.json").write_text(json.dumps(
    {key: stated[key] for key in ("crop_size", "do_center_crop", "do_convert_rgb", "do_normalize", "do_rescale", "do_resize", "image_mean",
                                  "image_processor_type", "image_std", "resample", "rescale_factor", "size")}, indent=1, default=str) + "\n")
# 35 x 32 pixels, so three to spare: the two libraries round the window's place differently.
wide = Image.fromarray(np.random.default_rng(3).integers(0, 256, (64, 71, 3), dtype=np.uint8))
wide.save(out / "image_71x64.png")
np.save(out / "window_open_clip.npy", own(wide)[None].numpy())
np.save(out / "window_transformers.npy", processor(wide, return_tensors="np")["pixel_values"])
assert np.abs(np.load(out / "window_open_clip.npy") - np.load(out / "window_transformers.npy")).max() > 0.1

chosen = ["a photo of a person wearing grunge style clothes", "red plaid skirt, don't!", "스트릿 원피스 👗"]
small = SimpleTokenizer(str(out / "open_clip/bpe_simple_vocab_16e6.txt.gz"), context_length=16)
own_ids = small(chosen)
ids = fast(chosen, padding="max_length", truncation=True, max_length=16, return_tensors="pt")
(out / "texts.json").write_text(json.dumps({"texts": chosen, "open_clip": own_ids.tolist(), "transformers": ids["input_ids"].tolist()}) + "\n")


def unit(x):
    return torch.nn.functional.normalize(x, dim=-1)


with torch.no_grad():
    for suffix, quick in (("", True), ("_gelu", False)):
        clip = build(quick)
        clip.load_state_dict(state)
        other = transformers_twin("quick_gelu" if quick else "gelu")[0]
        by_transformers = {
            "image": unit(other.visual_projection(other.vision_model(pixel_values=pixels).pooler_output)),
            "text": unit(other.text_projection(other.text_model(**ids).pooler_output))}
        by_open_clip = {"image": unit(clip.encode_image(own_pixels)), "text": unit(clip.encode_text(own_ids))}
        assert (unit(clip.encode_image(pixels)) - by_transformers["image"]).abs().max() < 1e-6
        assert (unit(clip.encode_text(ids["input_ids"])) - by_transformers["text"]).abs().max() < 1e-6
        for tower in ("image", "text"):
            np.save(out / f"{tower}_open_clip{suffix}.npy", by_open_clip[tower].numpy())
            np.save(out / f"{tower}_transformers{suffix}.npy", by_transformers[tower].numpy())
            print(tower, suffix, "libraries differ by", (by_open_clip[tower] - by_transformers[tower]).abs().max().item())
np.save(out / "pixel_values.npy", pixels.numpy())

# --- ONNX: exporters' shapes, each a patch embedding and a mean over its patches; 32 x 32 in, 12 numbers out
kernel = np.random.default_rng(5).normal(0, 0.1, (12, 3, 8, 8)).astype(np.float32)


def graph(name, nodes, outputs, inputs=None, more=()):
    inputs = inputs or [helper.make_tensor_value_info("img", TensorProto.FLOAT, ["n", 3, "h", "w"])]
    made = helper.make_model(helper.make_graph(nodes, name, inputs, outputs, [onnx.numpy_helper.from_array(kernel, "k"), *more]),
                             opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, out / "onnx" / f"{name}.onnx")


def value(name, *shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


conv = helper.make_node("Conv", ["img", "k"], ["map"], strides=[8, 8])
mean_node = helper.make_node("ReduceMean", ["map"], ["vector"], axes=[2, 3], keepdims=0)
shape3 = onnx.numpy_helper.from_array(np.array([0, 12, -1], dtype=np.int64), "shape3")
tokens = [conv, helper.make_node("Reshape", ["map", "shape3"], ["rows"]), helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1])]
first = onnx.numpy_helper.from_array(np.full((1, 1, 12), 0.25, dtype=np.float32), "first")
graph("any_name", [conv, mean_node], [value("vector", "n", 12)])
graph("pixels_of_cnn", [conv], [value("map", "n", 12, "h", "w")])
graph("patches", tokens, [value("tokens", "n", "t", 12)], more=[shape3])
graph("class_token", tokens + [helper.make_node("Concat", ["first", "tokens"], ["last_hidden_state"], axis=1)],
      [value("last_hidden_state", "n", "t", 12)], more=[shape3, first])
graph("two_matrices", [conv, mean_node, helper.make_node("Relu", ["vector"], ["other"])], [value("vector", "n", 12), value("other", "n", 12)])
graph("named_among_others", [conv, mean_node, helper.make_node("Relu", ["vector"], ["image_embeds"])],
      [value("vector", "n", 12), value("image_embeds", "n", 12)])
graph("class_scores", [conv, helper.make_node("ReduceMean", ["map"], ["logits"], axes=[2, 3], keepdims=0)], [value("logits", "n", 12)])
graph("channels_last", [helper.make_node("Transpose", ["nhwc"], ["img"], perm=[0, 3, 1, 2]), conv, mean_node], [value("vector", "n", 12)],
      inputs=[value("nhwc", "n", "h", "w", 3)])
# both towers in one file, as optimum exports CLIPModel; the words' is a table and a mean over what the mask lets through
table = onnx.numpy_helper.from_array(np.random.default_rng(6).normal(0, 1, (1000, 12)).astype(np.float32), "table")
last = onnx.numpy_helper.from_array(np.array([2], dtype=np.int64), "last")
graph("both_towers", [
    helper.make_node("Gather", ["table", "input_ids"], ["rows"]), helper.make_node("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
    helper.make_node("Unsqueeze", ["seen", "last"], ["seen3"]), helper.make_node("Mul", ["rows", "seen3"], ["kept"]),
    helper.make_node("ReduceMean", ["kept"], ["text_embeds"], axes=[1], keepdims=0),
    conv, helper.make_node("ReduceMean", ["map"], ["image_embeds"], axes=[2, 3], keepdims=0),
    helper.make_node("Transpose", ["text_embeds"], ["turned"], perm=[1, 0]),
    helper.make_node("MatMul", ["image_embeds", "turned"], ["logits_per_image"])],
    [value("logits_per_image", "n", "m"), value("text_embeds", "m", 12), value("image_embeds", "n", 12)],
    inputs=[value("input_ids", "m", "t", kind=TensorProto.INT64), value("img", "n", 3, "h", "w"), value("attention_mask", "m", "t", kind=TensorProto.INT64)],
    more=[table, last])
np.save(out / "onnx/kernel_means.npy", torch.nn.functional.conv2d(pixels, torch.from_numpy(kernel), stride=8).mean(dim=(2, 3)).numpy())
np.save(out / "onnx/text_means.npy", onnx.numpy_helper.to_array(table)[ids["input_ids"].numpy()].mean(axis=1))
print("torch", torch.__version__, "open_clip", open_clip.__version__, "transformers", transformers.__version__)
