"""Weights and inputs by formula, the twin of tests/testing/procedural_weights.h: both give the same bits, so goldens of
full-size networks need no weights in the repository.

Number i of a tensor: SplitMix64 (Steele et al. 2014) seeded with the FNV-1a hash of its name; the upper 24 bits of its
i-th output become u in [-1, 1), exact in float32; the value is offset + scale * u. Offsets come with scales that are
powers of two only, so a fused multiply-add gives the same bits too.
"""
import math

import numpy as np

GAMMA = np.uint64(0x9E3779B97F4A7C15)
CHUNK = 1 << 18


def seed_of(name):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    return np.uint64(seed)


def bits(name, first, count):
    """The upper 24 bits of outputs first .. first + count."""
    with np.errstate(over="ignore"):
        z = seed_of(name) + np.arange(first + 1, first + count + 1, dtype=np.uint64) * GAMMA
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        z *= np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        return z >> np.uint64(40)


def fill(values, name, offset, scale):
    for first in range(0, values.size, CHUNK):
        part = bits(name, first, min(CHUNK, values.size - first)).astype(np.float32)
        part *= np.float32(2**-23)
        part -= np.float32(1)
        part *= np.float32(scale)
        part += np.float32(offset)
        values[first : first + part.size] = part


def norm_weight(name):
    """The last norm of a residual block is small, so that values keep their size through 50 blocks."""
    if name.endswith(("bn2.weight", "bn3.weight")):  # ResNet, EfficientNet-Lite
        return 0.5
    if name.endswith(("block.2.1.weight", "block.3.1.weight")) and ".0.block." not in name:  # EfficientNet
        return 0.25
    return 1


def offset_and_scale(name, shape):
    if name.endswith("running_var"):
        return 1, 2**-3
    if len(shape) == 1 and name.endswith("weight"):
        return norm_weight(name), 2**-3
    if len(shape) < 2:  # biases, running means, SigLIP's scale and bias, CLIP's class token
        return 0, 2**-4
    if name.endswith(("visual.proj", "text_projection")):  # CLIP's projections, [in, out]
        return 0, math.sqrt(3 / shape[0])
    if not name.endswith("weight") or name.endswith("embedding.weight"):  # learned tensors and tables
        return 0, 1
    fan_in = math.prod(shape[1:])
    if len(shape) == 2:
        return 0, math.sqrt(3 / fan_in)
    # He et al. 2015 for ReLU; EfficientNet's activations and gates let less pass.
    return 0, math.sqrt((9 if name.startswith(("features.", "_")) else 6) / fan_in)


def weight(name, shape):
    values = np.empty(math.prod(shape), dtype=np.float32)
    fill(values, name, *offset_and_scale(name, shape))
    return values.reshape(shape)


def pictures(count, side):
    """[count, 3, side, side]: coarse squares of 8 pixels, which make pictures differ, and fine grain."""
    cells = (side + 7) // 8
    coarse = np.empty(count * 3 * cells * cells, dtype=np.float32)
    fill(coarse, "coarse", 0, 1)
    fine = np.empty((count, 3, side, side), dtype=np.float32)
    fill(fine.reshape(-1), "fine", 0, 0.25)
    coarse = coarse.reshape(count, 3, cells, cells).repeat(8, axis=2).repeat(8, axis=3)
    return fine + coarse[:, :, :side, :side]


def token_ids(count, length, vocabulary):
    return (bits("tokens", 0, count * length) % np.uint64(vocabulary)).astype(np.int64).reshape(count, length)
