"""Samples of the later stages: mostly the first stage's mixture, so that nothing is forgotten, and the new skills."""

import random

from conversations import Samples, prompt_ids, reply_text, turns
from mixtures import Mixture
from problems import held_out
from skills import REASONING, Reserved, Skills

LONGEST = 512
# Favor the kinds of problems that were weakest after the first stage.
WEIGHTS = {'add': 12, 'subtract': 12, 'multiply': 19, 'compare': 13, 'sort': 26, 'word': 18}
EVALUATION_SEED = 4242
EVALUATED = (
    'call', 'result', 'misfit', 'json', 'outside', 'unseen', 'wordy', 'talk', 'follow', 'name', 'usual', 'choice', 'polite', 'short',
)


class LaterSamples:
    """An endless stream of (prompt ids, reply ids); the same seed gives the same stream."""

    def __init__(self, tokenizer, seed, mixture):
        self.rng = random.Random(seed)
        self.tokenizer = tokenizer
        self.first = Samples(tokenizer, seed + 1, held_out(), WEIGHTS, mixture.reasoning)
        self.skills = Skills(self.rng, Reserved(held_out()), mixture)
        self.mixture = mixture

    def conversation(self):
        """(messages, reply)"""
        rng = self.rng
        if rng.random() < self.mixture.first_stage:
            return self.first.conversation()
        shares = self.mixture.shares
        skill = rng.choices(list(shares), shares.values())[0]
        return rendered(self.skills.sample(skill), rng.random() < REASONING[skill])

    def __next__(self):
        end = self.tokenizer.control['<|eot_id|>']
        while True:
            messages, reply = self.conversation()
            prompt, ids = prompt_ids(self.tokenizer, messages), [*self.tokenizer.encode(reply), end]
            if len(prompt) + len(ids) <= LONGEST:
                return prompt, ids


def rendered(sample, thinking):
    system, messages, thought, answer = sample
    return turns(messages, thinking, system), reply_text(thought, answer, thinking)


def evaluation_set(each, seed=EVALUATION_SEED):
    """`each` samples of every skill, with reasoning on and off, none of which training has; the same for the same seed."""
    skills = Skills(random.Random(seed), Reserved(held_out(), evaluating=True), Mixture({}))
    made, seen = [], set()
    for skill in EVALUATED:
        while len(made) < 2 * each * (EVALUATED.index(skill) + 1):
            sample = skills.sample(skill)
            if str(sample[:2]) in seen:
                continue
            seen.add(str(sample[:2]))
            for thinking in (True, False):
                messages, reply = rendered(sample, thinking)
                made.append({'skill': skill, 'thinking': thinking, 'messages': messages, 'answer': sample[3], 'reply': reply})
    return made
