"""The model as functions over a dict of weights, keyed by their GGUF names."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 640
    layers: int = 4
    width: int = 128
    heads: int = 4
    kv_heads: int = 2
    head: int = 32
    feed_forward: int = 384
    epsilon: float = 1e-5
    rope_base: float = 10000.0
    context: int = 2048


def initial_weights(shape, seed):
    generator = torch.Generator().manual_seed(seed)

    def matrix(rows, columns, scale=1.0):
        return torch.randn(rows, columns, generator=generator) * scale * columns**-0.5

    weights = {'token_embd.weight': torch.randn(shape.vocabulary, shape.width, generator=generator) * 0.05}
    queries, keys = shape.heads * shape.head, shape.kv_heads * shape.head
    into_stream = (2 * shape.layers) ** -0.5
    for layer in range(shape.layers):
        weights |= {
            f'blk.{layer}.attn_norm.weight': torch.ones(shape.width),
            f'blk.{layer}.attn_q.weight': matrix(queries, shape.width),
            f'blk.{layer}.attn_k.weight': matrix(keys, shape.width),
            f'blk.{layer}.attn_v.weight': matrix(keys, shape.width),
            f'blk.{layer}.attn_output.weight': matrix(shape.width, queries, into_stream),
            f'blk.{layer}.ffn_norm.weight': torch.ones(shape.width),
            f'blk.{layer}.ffn_gate.weight': matrix(shape.feed_forward, shape.width),
            f'blk.{layer}.ffn_up.weight': matrix(shape.feed_forward, shape.width),
            f'blk.{layer}.ffn_down.weight': matrix(shape.width, shape.feed_forward, into_stream),
        }
    return {**weights, 'output_norm.weight': torch.ones(shape.width)}


def rotations(shape, length):
    """`[length, 1, head / 2]`, complex: neighbouring values (2i, 2i + 1) turn together."""
    frequency = shape.rope_base ** (-torch.arange(0, shape.head, 2).float() / shape.head)
    angles = torch.outer(torch.arange(length).float(), frequency)
    return torch.polar(torch.ones_like(angles), angles)[:, None]


def rotated(x, rotation):
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * rotation).flatten(-2)


def norm(x, gain, epsilon):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * gain


def attention(query, key, value, mask):
    """Query `[rows, new, heads, head]`, key and value `[rows, seen, kv heads, head]`, mask `[rows or 1, new, seen]`."""
    rows, new, heads, head = query.shape
    seen, groups = key.shape[1], key.shape[2]
    each = heads // groups
    # Query heads that share a key head are stacked as more rows of one product.
    query = query.view(rows, new, groups, each, head).permute(0, 2, 3, 1, 4).reshape(rows * groups, each * new, head)
    key = key.transpose(1, 2).reshape(rows * groups, seen, head)
    value = value.transpose(1, 2).reshape(rows * groups, seen, head)
    scores = torch.bmm(query * head**-0.5, key.transpose(1, 2)).view(rows, groups, each, new, seen)
    weights = torch.softmax(scores + mask[:, None, None], -1)
    mixed = torch.bmm(weights.view(rows * groups, each * new, seen), value)
    return mixed.view(rows, groups, each, new, head).permute(0, 3, 1, 2, 4).reshape(rows, new, heads * head)


def causal(length):
    return torch.full((1, length, length), float('-inf')).triu(1)


def block(weights, shape, layer, x, attend):
    """One layer over `[tokens, width]`; `attend` maps flat queries, keys and values to the mixed values."""
    name = f'blk.{layer}.'
    h = norm(x, weights[name + 'attn_norm.weight'], shape.epsilon)
    query = (h @ weights[name + 'attn_q.weight'].T).view(-1, shape.heads, shape.head)
    key = (h @ weights[name + 'attn_k.weight'].T).view(-1, shape.kv_heads, shape.head)
    value = (h @ weights[name + 'attn_v.weight'].T).view(-1, shape.kv_heads, shape.head)
    x = x + attend(query, key, value) @ weights[name + 'attn_output.weight'].T
    h = norm(x, weights[name + 'ffn_norm.weight'], shape.epsilon)
    gated = F.silu(h @ weights[name + 'ffn_gate.weight'].T) * (h @ weights[name + 'ffn_up.weight'].T)
    return x + gated @ weights[name + 'ffn_down.weight'].T


def logits(weights, shape, x):
    return norm(x, weights['output_norm.weight'], shape.epsilon) @ weights['token_embd.weight'].T


def hidden(weights, shape, tokens, groups):
    """
    The stream after the last layer, `[tokens, width]`. `groups` cuts the flat tokens into (rows, length) rectangles:
    sequences of like length share one, so that hardly any padding is computed.
    """
    sizes = [rows * length for rows, length in groups]
    table = rotations(shape, max(length for _, length in groups))
    rotation = torch.cat([table[:length].repeat(rows, 1, 1) for rows, length in groups])
    masks = [causal(length) for _, length in groups]

    def attend(query, key, value):
        parts = zip(groups, masks, *(x.split(sizes) for x in (rotated(query, rotation), rotated(key, rotation), value)))
        return torch.cat([
            attention(*(x.unflatten(0, group) for x in qkv), mask).flatten(0, 1) for group, mask, *qkv in parts
        ])

    x = F.embedding(tokens, weights['token_embd.weight'])
    for layer in range(shape.layers):
        x = block(weights, shape, layer, x, attend)
    return x


@torch.no_grad()
def greedy(weights, shape, prompts, end, limit):
    """Greedy replies of many prompts at once, without the end token; `limit` tokens at most."""
    rows, width = len(prompts), max(map(len, prompts))
    # Padded on the left: rotary positions are relative, so a shifted row computes the same.
    padding = torch.tensor([width - len(prompt) for prompt in prompts])
    tokens = torch.tensor([[0] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    table = rotations(shape, width + limit)
    hide = torch.zeros(rows, 1, width + limit).masked_fill(torch.arange(width + limit) < padding[:, None, None], -1e9)
    cache = [[torch.zeros(rows, width + limit, shape.kv_heads, shape.head) for _ in 'kv'] for _ in range(shape.layers)]
    replies, going, at = [[] for _ in prompts], [True] * rows, 0
    while True:
        new = tokens.shape[1]
        rotation = table[at : at + new].repeat(rows, 1, 1)
        mask = causal(at + new)[:, at:] + hide[..., : at + new]
        x = F.embedding(tokens.flatten(), weights['token_embd.weight'])
        for layer in range(shape.layers):
            keys, values = cache[layer]

            def attend(query, key, value):
                keys[:, at : at + new] = rotated(key, rotation).unflatten(0, (rows, new))
                values[:, at : at + new] = value.unflatten(0, (rows, new))
                query = rotated(query, rotation).unflatten(0, (rows, new))
                return attention(query, keys[:, : at + new], values[:, : at + new], mask).flatten(0, 1)

            x = block(weights, shape, layer, x, attend)
        at += new
        chosen = logits(weights, shape, x.view(rows, new, -1)[:, -1]).argmax(-1)
        for row, token in enumerate(chosen.tolist()):
            going[row] = going[row] and token != end
            if going[row]:
                replies[row].append(token)
        if not any(going) or at >= width + limit:
            return replies
        tokens = chosen[:, None]
