"""Training samples: a prompt in the chat format and the reply to learn."""

import random

from outside import REPLY, SYSTEM_TEXTS, THOUGHT, outside
from problems import problem
from reasoning import reasoning

WEIGHTS = {'add': 14, 'subtract': 14, 'multiply': 23, 'compare': 8, 'sort': 21, 'word': 20}
REASONING = 0.60
PARAPHRASED = 0.10
SEVERAL_TURNS = 0.12
OUTSIDE = 0.04
SYSTEM_TEXT = 0.05


def turns(messages, thinking, system=''):
    """(role, text) pairs with the system block that Nemotron Nano expects in front."""
    toggle = f'detailed thinking {"on" if thinking else "off"}'
    return [('system', f'{toggle}\n\n{system}' if system else toggle), *messages]


def prompt_ids(tokenizer, messages):
    ids = [tokenizer.control['<|begin_of_text|>']]
    for role, text in messages:
        ids += [*header(tokenizer, role, text), tokenizer.control['<|eot_id|>']]
    return ids + header(tokenizer, 'assistant', '')


def header(tokenizer, role, text):
    start, end = tokenizer.control['<|start_header_id|>'], tokenizer.control['<|end_header_id|>']
    return [start, *tokenizer.encode(role), end, *tokenizer.encode('\n\n' + text)]


def reply_text(thought, answer, thinking):
    return f'<think>\n{thought}\n</think>\n\n{answer}' if thinking else answer


class Samples:
    """An endless stream of (prompt ids, reply ids); the same seed gives the same stream."""

    def __init__(self, tokenizer, seed, excluded, weights=WEIGHTS, reasoning_share=REASONING):
        self.rng = random.Random(seed)
        self.tokenizer = tokenizer
        self.excluded = excluded
        self.weights = weights
        self.reasoning_share = reasoning_share

    def exchange(self):
        """(question, thought, answer)"""
        rng = self.rng
        if rng.random() < OUTSIDE:
            return outside(rng), THOUGHT, REPLY
        kind = rng.choices(list(self.weights), self.weights.values())[0]
        made = problem(rng, kind, self.excluded, PARAPHRASED)
        return made.question, reasoning(made), made.answer

    def conversation(self):
        """(messages, reply)"""
        rng = self.rng
        thinking = rng.random() < self.reasoning_share
        messages = []
        if rng.random() < SEVERAL_TURNS:
            for _ in range(rng.randint(1, 2)):
                question, _, answer = self.exchange()
                messages += [('user', question), ('assistant', answer)]
        question, thought, answer = self.exchange()
        system = rng.choice(SYSTEM_TEXTS) if rng.random() < SYSTEM_TEXT else ''
        return turns([*messages, ('user', question)], thinking, system), reply_text(thought, answer, thinking)

    def __next__(self):
        messages, reply = self.conversation()
        end = self.tokenizer.control['<|eot_id|>']
        return prompt_ids(self.tokenizer, messages), [*self.tokenizer.encode(reply), end]
