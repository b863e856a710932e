"""Batches of samples as flat tokens, cut into rectangles of sequences of like length."""

import torch

GROUP = 8
LONGER = 1.25


def by_count(samples, size):
    """`size` samples, in rectangles of a fixed number of rows."""
    rows = ordered(next(samples) for _ in range(size))
    return packed([rows[start : start + GROUP] for start in range(0, size, GROUP)])


def by_tokens(samples, tokens):
    """As many samples as reach `tokens`; a rectangle's longest row is at most a quarter longer than its shortest."""
    rows, total = [], 0
    while total < tokens:
        rows.append(next(samples))
        total += length(rows[-1])
    rectangles = []
    for row in ordered(rows):
        if not rectangles or length(row) > LONGER * length(rectangles[-1][0]):
            rectangles.append([])
        rectangles[-1].append(row)
    return packed(rectangles)


def length(row):
    prompt, reply = row
    return len(prompt) + len(reply)


def ordered(rows):
    return sorted(rows, key=length)


def packed(rectangles):
    """Flat tokens, the target of each or -1 where it predicts no token of a reply, and the rectangles' (rows, length)."""
    tokens, targets, groups = [], [], []
    for rows in rectangles:
        longest = max(map(length, rows)) - 1
        for prompt, reply in rows:
            row = [*prompt, *reply]
            padding = [0] * (longest + 1 - len(row))
            tokens += row[:-1] + padding
            targets += [-1] * (len(prompt) - 1) + reply + [-1] * len(padding)
        groups.append((len(rows), longest))
    return torch.tensor(tokens), torch.tensor(targets), groups
