"""ggml's Q8_0 and Q4_0: blocks of 32 values and one half-precision scale, rounded as ggml's reference code rounds."""

import numpy as np
import torch

BLOCK = 32


def q8_0(values):
    blocks = np.ascontiguousarray(values, np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(1, keepdims=True) / np.float32(127)
    scaled = blocks * inverse(scale)
    # roundf: halves away from zero.
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int8)
    return np.concatenate([scale.astype(np.float16).view(np.uint8), rounded.view(np.uint8)], 1).tobytes()


def q4_0(values):
    blocks = np.ascontiguousarray(values, np.float32).reshape(-1, BLOCK)
    # The value of largest magnitude, with its sign, lands on -8.
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = extreme / np.float32(-8)
    codes = np.minimum(15, (blocks * inverse(scale) + np.float32(8.5)).astype(np.int8)).astype(np.uint8)
    packed = codes[:, : BLOCK // 2] | codes[:, BLOCK // 2 :] << 4
    return np.concatenate([scale.astype(np.float16).view(np.uint8), packed], 1).tobytes()


def inverse(scale):
    return np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)


def rounded_to_q4_0(weight):
    """The values Q4_0 would give back; the gradient passes as if nothing had been rounded."""
    with torch.no_grad():
        blocks = weight.reshape(-1, BLOCK)
        extreme = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
        scale = extreme / -8
        codes = (blocks / torch.where(scale == 0, torch.ones_like(scale), scale) + 8.5).floor().clamp(0, 15)
        change = ((codes - 8) * scale.half().float()).view_as(weight) - weight
    return weight + change
