"""Scores weights on problems: the answer must be the whole of what follows the thought."""

import sys

from conversations import prompt_ids, turns
from problems import HERE, KINDS, load

LIMIT = 280
TOGETHER = 300


def replies(weights, shape, tokenizer, problems, thinking):
    from model import greedy

    prompts = [prompt_ids(tokenizer, turns([('user', problem['question'])], thinking)) for problem in problems]
    ids = []
    for start in range(0, len(prompts), TOGETHER):
        chunk = prompts[start : start + TOGETHER]
        ids += greedy(weights, shape, chunk, tokenizer.control['<|eot_id|>'], LIMIT if thinking else 40)
    return [tokenizer.decode(reply) for reply in ids]


def right(reply, problem, thinking):
    if not thinking:
        return reply == problem['answer']
    return reply.startswith('<think>\n') and reply.partition('\n</think>\n\n')[2] == problem['answer']


def scores(weights, shape, tokenizer, problems, thinking):
    """Right answers by kind."""
    counts = dict.fromkeys(KINDS, 0)
    for problem, reply in zip(problems, replies(weights, shape, tokenizer, problems, thinking)):
        counts[problem['kind']] += right(reply, problem, thinking)
    return counts


if __name__ == '__main__':
    import torch

    from model import Shape
    from tokenizer import Tokenizer

    checkpoint, *paths = sys.argv[1:]
    weights = torch.load(checkpoint)['weights']
    for path in paths or [HERE.parent / 'problems.jsonl']:
        problems = load(path)
        for thinking in (True, False):
            counts = scores(weights, Shape(), Tokenizer.load(), problems, thinking)
            print(path, 'on' if thinking else 'off', sum(counts.values()), 'of', len(problems), counts)
