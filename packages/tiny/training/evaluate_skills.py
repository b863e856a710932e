"""
Scores weights on the later stages' skills: all that follows the thought must be the answer expected.

    python3 evaluate_skills.py CHECKPOINT EACH      scores
    python3 evaluate_skills.py --write EACH         the samples, as the format writes them
"""

import json
import re
import sys

from conversations import prompt_ids
from later_stages import evaluation_set

LIMIT = 280
TOGETHER = 100


def said(reply, thinking):
    if not thinking:
        return reply
    return reply.partition('\n</think>\n\n')[2] if reply.startswith('<think>\n') else None


def right(reply, problem):
    return said(reply, problem['thinking']) == problem['answer']


def well_formed(reply, problem):
    """Whether JSON has the key asked for, and a value of the right type, right or not."""
    try:
        given, expected = json.loads(said(reply, problem['thinking']) or ''), json.loads(problem['answer'])
        return isinstance(given, dict) and shape_of(given) == shape_of(expected)
    except ValueError:
        return False


def shape_of(value):
    return [(key, type(entry)) for key, entry in value.items()]


def called_name(text):
    found = re.match(r'<TOOLCALL>\[\{"name": "([^"]*)"', text or '')
    return found and found[1]


def skill_scores(weights, shape, tokenizer, problems):
    """Counts by skill and mode, `form` for JSON of the right form and `name` for calls of the right tool among them."""
    from model import greedy

    counts = {}
    # Alike in length, so that little padding is computed; a reply without a thought is short.
    order = sorted(problems, key=lambda problem: (problem['thinking'], len(str(problem['messages']))))
    for start in range(0, len(order), TOGETHER):
        chunk = order[start : start + TOGETHER]
        limit = LIMIT if any(problem['thinking'] for problem in chunk) else 100
        prompts = [prompt_ids(tokenizer, problem['messages']) for problem in chunk]
        for problem, ids in zip(chunk, greedy(weights, shape, prompts, tokenizer.control['<|eot_id|>'], limit)):
            count(counts, problem, tokenizer.decode(ids))
    return {name: counts[name] for name in sorted(counts)}


def count(counts, problem, reply):
    name = f'{problem["skill"]} {"on" if problem["thinking"] else "off"}'
    counts[name] = counts.get(name, 0) + right(reply, problem)
    if problem['skill'] == 'json':
        counts[f'{name} form'] = counts.get(f'{name} form', 0) + well_formed(reply, problem)
    if problem['skill'] == 'call':
        same = called_name(said(reply, problem['thinking'])) == called_name(problem['answer'])
        counts[f'{name} name'] = counts.get(f'{name} name', 0) + same


if __name__ == '__main__':
    checkpoint, each = sys.argv[1], int(sys.argv[2])
    if checkpoint == '--write':
        for problem in evaluation_set(each):
            print(json.dumps(problem, ensure_ascii=False))
    else:
        import torch

        from model import Shape
        from tokenizer import Tokenizer

        weights = torch.load(checkpoint)['weights']
        print(json.dumps(skill_scores(weights, Shape(), Tokenizer.load(), evaluation_set(each)), indent=1))
