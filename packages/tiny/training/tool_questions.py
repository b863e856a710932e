"""Number problems for a tool: an operation, its numbers in order, and the wording."""

from dataclasses import dataclass

from problems import digest, number, problem

IMPERATIVES = {
    '+': ('add {a} and {b}', 'calculate {a} + {b}', 'find the sum of {a} and {b}', 'compute {a} plus {b}', 'add {b} to {a}'),
    '-': ('subtract {b} from {a}', 'calculate {a} - {b}', 'take {b} away from {a}', 'compute {a} minus {b}'),
    '*': ('multiply {a} by {b}', 'calculate {a} * {b}', 'multiply {a} and {b}', 'compute {a} times {b}'),
    'larger': (
        'find the larger of {a} and {b}', 'say which is larger, {a} or {b}', 'compare {a} and {b} and give the larger one',
    ),
    'smaller': (
        'find the smaller of {a} and {b}', 'say which is smaller, {a} or {b}', 'compare {a} and {b} and give the smaller one',
    ),
    'double': ('double {a}', 'find twice {a}'),
    'square': ('square {a}', 'find the square of {a}'),
    'half': ('halve {a}', 'find half of {a}'),
    'sum of three': ('add {a}, {b} and {c}', 'find the sum of {a}, {b} and {c}', 'calculate {a} + {b} + {c}'),
    'divide': ('divide {a} by {b}', 'calculate {a} / {b}'),
}
QUESTIONS = {
    '+': ('What is {a} + {b}?', 'What is {a} plus {b}?', 'Add {a} and {b}.', '{a} + {b}', 'How much is {a} + {b}?', 'Add {b} to {a}.'),
    '-': ('What is {a} - {b}?', 'What is {a} minus {b}?', 'Subtract {b} from {a}.', '{a} - {b}', 'How much is {a} - {b}?'),
    '*': ('What is {a} * {b}?', 'What is {a} times {b}?', 'Multiply {a} by {b}.', '{a} * {b}', 'How much is {a} * {b}?'),
    'larger': ('Which is larger, {a} or {b}?', 'Which is bigger, {a} or {b}?'),
    'smaller': ('Which is smaller, {a} or {b}?', 'Which number is smaller, {a} or {b}?'),
    'double': ('What is twice {a}?', 'Double {a}.', 'What is {a} doubled?', 'What is double {a}?'),
    'square': ('What is the square of {a}?', 'What is {a} squared?', 'Square {a}.'),
    'half': ('What is half of {a}?', 'Halve {a}.'),
    'sum of three': ('What is {a} + {b} + {c}?', 'Add {a}, {b} and {c}.', 'What is the sum of {a}, {b} and {c}?'),
    'divide': ('What is {a} / {b}?', 'What is {a} divided by {b}?', 'Divide {a} by {b}.'),
}
VALUES = {
    '+': lambda a, b: a + b,
    '-': lambda a, b: a - b,
    '*': lambda a, b: a * b,
    'larger': max,
    'smaller': min,
    'double': lambda a: 2 * a,
    'square': lambda a: a * a,
    'half': lambda a: a // 2 if a % 2 == 0 else a / 2,
    'sum of three': lambda a, b, c: a + b + c,
    'divide': lambda a, b: round(a / max(1, b), 2),
}
KINDS = {'add': 4, 'subtract': 3, 'multiply': 4, 'compare': 3, 'word': 4, 'beyond': 4}
BEYOND = ('double', 'square', 'half', 'sum of three', 'divide', '+', '-', '*', 'larger', 'smaller')


@dataclass(frozen=True)
class Asked:
    operation: str
    numbers: tuple
    question: str

    @property
    def value(self):
        value = VALUES[self.operation](*self.numbers)
        return round(value, 4) if isinstance(value, float) else value


def filled(text, numbers):
    return text.format(**dict(zip('abc', numbers)))


def asked(rng, excluded):
    kind = rng.choices(list(KINDS), KINDS.values())[0]
    if kind == 'beyond':
        return beyond(rng, excluded)
    while True:
        made = problem(rng, kind, excluded, 0.5)
        if len(made.steps) == 1:
            operation, numbers = made.steps[0]
            return Asked(operation, numbers, made.question)


def beyond(rng, excluded):
    """A problem that the model cannot solve alone, with numbers of up to eight digits."""
    operation = rng.choice(BEYOND)
    count = 3 if operation == 'sum of three' else 1 if operation in ('double', 'square', 'half') else 2
    while True:
        numbers = [number(rng, 8 if rng.random() < 0.4 else 4) for _ in range(count)]
        if operation == '-':
            numbers.sort(reverse=True)
        if rng.random() < 0.12:
            numbers = [round(rng.random() * 10 ** rng.randint(1, 3), rng.randint(1, 2)) for _ in numbers]
        plain = filled(QUESTIONS[operation][0], numbers)
        question = filled(rng.choice(QUESTIONS[operation]), numbers)
        if digest(plain) not in excluded and digest(question) not in excluded:
            return Asked(operation, tuple(numbers), question)
