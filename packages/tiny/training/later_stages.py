"""Samples of the second and the third stage: mostly the first stage's mixture, so that nothing is forgotten, and the new skills."""

import random
from dataclasses import dataclass

from conversations import Samples, prompt_ids, reply_text, turns
from problems import held_out
from skills import REASONING, Reserved, Skills

FIRST_STAGE = 0.66
LONGEST = 512
# Towards the kinds that were weakest after the first stage.
WEIGHTS = {'add': 12, 'subtract': 12, 'multiply': 19, 'compare': 13, 'sort': 26, 'word': 18}
EVALUATION_SEED = 4242
EVALUATED = ('call', 'result', 'misfit', 'json', 'outside', 'unseen', 'wordy', 'talk', 'follow')


@dataclass(frozen=True)
class Mixture:
    """Weights of the skills, the share of tool questions with two tools, and of first-stage problems with reasoning on."""

    shares: dict
    several_tools: float
    reasoning: float


MIXTURES = {
    2: Mixture(
        {'call': 38, 'result': 11, 'misfit': 11, 'json': 13, 'outside': 11, 'wordy': 3, 'talk': 8, 'follow': 5},
        several_tools=0.3,
        # Fewer problems to be guessed at once than in the first stage: the room goes to the skills.
        reasoning=0.93,
    ),
    # Choosing between two tools is what comes last: a name precedes its description, so it takes two steps to find.
    3: Mixture(
        {'call': 55, 'result': 7, 'misfit': 9, 'json': 10, 'outside': 5, 'wordy': 2, 'talk': 7, 'follow': 5},
        several_tools=0.5,
        reasoning=0.9,
    ),
}


class LaterSamples:
    """An endless stream of (prompt ids, reply ids); the same seed gives the same stream."""

    def __init__(self, tokenizer, seed, mixture):
        self.rng = random.Random(seed)
        self.tokenizer = tokenizer
        self.first = Samples(tokenizer, seed + 1, held_out(), WEIGHTS, mixture.reasoning)
        self.skills = Skills(self.rng, Reserved(held_out()), mixture.several_tools)
        self.shares = mixture.shares

    def conversation(self):
        """(messages, reply)"""
        rng = self.rng
        if rng.random() < FIRST_STAGE:
            return self.first.conversation()
        skill = rng.choices(list(self.shares), self.shares.values())[0]
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
    skills = Skills(random.Random(seed), Reserved(held_out(), evaluating=True))
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
