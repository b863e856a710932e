"""Questions that ask for JSON, and their answers under the key asked for."""

import json

from problems import KINDS, problem
from reasoning import reasoning

DEFAULT_KEY = 'answer'
WEIGHTS = (4, 4, 4, 3, 5, 4)
PLAIN = (
    'Answer in JSON.', 'Answer as JSON.', 'Reply in JSON.', 'Reply with JSON.', 'Give the answer as JSON.', 'JSON, please.',
    'Use JSON.', 'Return JSON.', 'Only JSON.', 'Answer with JSON only.', 'Respond in JSON.', 'Write the answer in JSON.',
    'in JSON', 'As JSON.',
)
KEYED = (
    'Answer as JSON with the key "{key}".', 'Answer in JSON with the key "{key}".', 'Answer in JSON, key "{key}".',
    'Reply with {{"{key}": …}}', 'Reply with {{"{key}": ...}}', 'Answer with {{"{key}": …}}.', 'Return {{"{key}": ...}}',
    'Use JSON with the key "{key}".', 'Answer like this: {{"{key}": …}}', 'Reply as JSON: {{"{key}": NUMBER}}',
    'Give JSON with a "{key}" field.', 'Respond with {{"{key}": …}} only.', 'The answer must be JSON with the key "{key}".',
    'Write {{"{key}": ...}} with the answer.', 'Answer in JSON under "{key}".',
    'Reply with {{"{key}": 0}}, with the answer in place of 0.',
    'Answer in JSON: {{"type": "object", "properties": {{"{key}": {{"type": "number"}}}}}}',
)


def request(names):
    """(wording, key)"""
    rng = names.rng
    if rng.random() < 0.35:
        return rng.choice(PLAIN), DEFAULT_KEY
    key = names.key()
    return rng.choice(KEYED).format(key=key), key


def json_answer(made, key):
    value = [int(number) for number in made.answer.split(', ')] if made.kind == 'sort' else int(made.answer)
    return json.dumps({key: value})


def json_exchange(names):
    """(system text, question, thought, answer)"""
    rng = names.rng
    made = problem(rng, rng.choices(KINDS, WEIGHTS)[0], names.excluded, 0.3)
    wording, key = request(names)
    thought, answer = reasoning(made), json_answer(made, key)
    where = rng.random()
    if where < 0.3:
        return wording, made.question, thought, answer
    if where < 0.4:
        return '', f'{wording} {made.question}', thought, answer
    return '', made.question + rng.choice((' ', ' ', '\n')) + wording, thought, answer
