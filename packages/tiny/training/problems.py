"""Questions of six kinds, seeded, never one that is held out."""

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ('add', 'subtract', 'multiply', 'compare', 'sort', 'word')
NAMES = ('Ana', 'Ben', 'Lea', 'Max', 'Mia', 'Sam', 'Tom', 'Zoe')
THINGS = ('apples', 'books', 'cards', 'coins', 'pens', 'shells', 'stamps', 'stones')

PARAPHRASES = {
    'add': (
        '{a} + {b}', '{a}+{b}', '{a} + {b} =', '{a} + {b} = ?', 'Add {a} and {b}.', 'Calculate {a} + {b}.',
        "What's {a} + {b}?", '{a} plus {b}', 'What is {a} plus {b}?', 'Compute {a}+{b}.', 'what is {a} + {b}',
        'What is the sum of {a} and {b}?', 'How much is {a} + {b}?', 'What is {a}+{b}?',
    ),
    'subtract': (
        '{a} - {b}', '{a}-{b}', '{a} - {b} =', '{a} - {b} = ?', 'Subtract {b} from {a}.', 'Calculate {a} - {b}.',
        "What's {a} - {b}?", '{a} minus {b}', 'What is {a} minus {b}?', 'Compute {a}-{b}.', 'what is {a} - {b}',
        'How much is {a} - {b}?', 'Take {b} away from {a}.', 'What is {a}-{b}?',
    ),
    'multiply': (
        '{a} * {b}', '{a}*{b}', '{a} * {b} =', '{a} * {b} = ?', '{a} times {b}', 'What is {a} times {b}?',
        'Multiply {a} by {b}.', 'Multiply {a} and {b}.', 'Calculate {a} * {b}.', "What's {a} * {b}?", '{a} x {b}',
        'What is the product of {a} and {b}?', 'Compute {a}*{b}.', 'what is {a} * {b}', 'What is {a} x {b}?',
        'How much is {a} * {b}?', 'What is {a}*{b}?', '{a} × {b}',
    ),
    'larger': (
        'Which is bigger, {a} or {b}?', 'Which number is larger, {a} or {b}?', 'Is {a} or {b} larger?',
        'Which is greater: {a} or {b}?', 'The larger of {a} and {b}?', 'What is larger, {a} or {b}?',
    ),
    'smaller': (
        'Which number is smaller, {a} or {b}?', 'Is {a} or {b} smaller?', 'Which is less: {a} or {b}?',
        'The smaller of {a} and {b}?', 'What is smaller, {a} or {b}?',
    ),
    'ascending': (
        'Sort {n} ascending.', 'Sort from smallest to largest: {n}.', 'Put in ascending order: {n}.',
        'Sort these numbers ascending: {n}', 'Sort ascending: {n}', 'Sort in ascending order: {n}.',
    ),
    'descending': (
        'Sort {n} descending.', 'Sort from largest to smallest: {n}.', 'Put in descending order: {n}.',
        'Sort these numbers descending: {n}', 'Sort descending: {n}', 'Sort in descending order: {n}.',
    ),
}


@dataclass(frozen=True)
class Problem:
    """`steps` is what the reasoning works through: (operation, numbers) in order."""

    kind: str
    question: str
    answer: str
    steps: tuple


def digest(question):
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def held_out(path=HERE / 'held-out.txt'):
    return frozenset(path.read_text().split())


def number(rng, digits):
    """Uniform in the number of digits first, then in value."""
    length = rng.randint(1, digits)
    return rng.randint(0 if length == 1 else 10 ** (length - 1), 10 ** length - 1)


def problem(rng, kind, excluded=frozenset(), paraphrase=0.0):
    """A problem whose plain question is not in `excluded`; reworded with probability `paraphrase`."""
    while True:
        plain, reworded = MAKERS[kind](rng)
        if digest(plain.question) in excluded:
            continue
        if rng.random() >= paraphrase:
            return plain
        question = rng.choice(reworded)
        if digest(question) not in excluded:
            return Problem(kind, question, plain.answer, plain.steps)


def arithmetic(kind, sign, a, b, value):
    plain = Problem(kind, f'What is {a} {sign} {b}?', str(value), ((sign, (a, b)),))
    return plain, [text.format(a=a, b=b) for text in PARAPHRASES[kind]]


def add(rng):
    a, b = number(rng, 5), number(rng, 5)
    return arithmetic('add', '+', a, b, a + b)


def subtract(rng):
    b, a = sorted((number(rng, 5), number(rng, 5)))
    return arithmetic('subtract', '-', a, b, a - b)


def multiply(rng):
    a, b = number(rng, 3), number(rng, 2)
    return arithmetic('multiply', '*', a, b, a * b)


def compare(rng):
    # Numbers alike in length and in their first digits are the hard case, and rare among independent ones.
    a, b = number(rng, 5), number(rng, 5)
    if rng.random() < 0.3:
        shared = str(a)[: rng.randint(0, len(str(a)) - 1)]
        tail = len(str(a)) - len(shared)
        b = int(shared + ''.join(rng.choice('123456789') for _ in range(tail)))
    if a == b:
        return compare(rng)
    word = rng.choice(('larger', 'smaller'))
    value = max(a, b) if word == 'larger' else min(a, b)
    plain = Problem('compare', f'Which is {word}, {a} or {b}?', str(value), ((word, (a, b)),))
    return plain, [text.format(a=a, b=b) for text in PARAPHRASES[word]]


def sort(rng):
    return sorting(rng, tuple(rng.sample(range(1000), rng.randint(3, 6))))


def short_list(rng):
    """Numbers of one digit, or of one and two, which are rare among those of up to three."""
    return sorting(rng, tuple(rng.sample(range(rng.choice((10, 10, 10, 20, 100))), rng.randint(3, 6))))


def sorting(rng, numbers):
    word = rng.choice(('ascending', 'descending'))
    given = ', '.join(map(str, numbers))
    value = ', '.join(map(str, sorted(numbers, reverse=word == 'descending')))
    plain = Problem('sort', f'Sort {word}: {given}.', value, ((word, numbers),))
    return plain, [text.format(n=given) for text in PARAPHRASES[word]]


def word(rng):
    who, other = rng.sample(NAMES, 2)
    thing = rng.choice(THINGS)
    shape = rng.choice(('together', 'gives', 'buys', 'boxes', 'both'))
    a, b, c = number(rng, 3), number(rng, 3), number(rng, 2)
    if shape in ('gives', 'both'):
        b, a = sorted((a, b))
    if shape == 'together':
        steps, value = (('+', (a, b)),), a + b
        told = f'{who} has {a} {thing} and {other} has {b} {thing}.'
        asked = f'How many {thing} do they have together?'
    elif shape == 'gives':
        steps, value = (('-', (a, b)),), a - b
        told = f'{who} has {a} {thing} and gives {b} to {other}.'
        asked = f'How many {thing} does {who} have left?'
    elif shape == 'buys':
        steps, value = (('+', (a, b)),), a + b
        told = f'{who} has {a} {thing} and buys {b} more.'
        asked = f'How many {thing} does {who} have?'
    elif shape == 'boxes':
        a, b = rng.randint(2, 12), number(rng, 2)
        steps, value = (('*', (a, b)),), a * b
        told = f'{who} fills {a} boxes with {b} {thing} each.'
        asked = f'How many {thing} are in the boxes?'
    else:
        steps, value = (('-', (a, b)), ('+', (a - b, c))), a - b + c
        told = f'{who} has {a} {thing}, gives {b} to {other} and then buys {c} more.'
        asked = f'How many {thing} does {who} have?'
    plain = Problem('word', f'{told} {asked}', str(value), steps)
    return plain, [f'{asked} {told}', f'{told}\n{asked}', plain.question.replace(who, rng.choice(('Kim', 'Eva', 'Jo')))]


MAKERS = {'add': add, 'subtract': subtract, 'multiply': multiply, 'compare': compare, 'sort': sort, 'word': word, 'short': short_list}


def evaluation_set(seed, each, excluded):
    """`each` problems of every kind, no question twice."""
    rng, seen, problems = random.Random(seed), set(), []
    for kind in KINDS:
        while len(problems) < each * (KINDS.index(kind) + 1):
            made = problem(rng, kind, excluded)
            if made.question not in seen:
                seen.add(made.question)
                problems.append(made)
    return problems


def load(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
