"""Questions that refer to the answer before them."""

from problems import Problem, digest, number

AFTER = {
    '+': (
        'And plus {b}?', 'Add {b} to that.', 'Plus {b}?', 'Now add {b}.', 'And {b} more?', 'Add {b}.', 'What is that plus {b}?',
        'That plus {b}?',
    ),
    '-': (
        'And minus {b}?', 'Subtract {b} from that.', 'Minus {b}?', 'Now subtract {b}.', 'Take {b} away from that.',
        'What is that minus {b}?',
    ),
    '*': ('And times {b}?', 'Times {b}?', 'Multiply that by {b}.', 'Now multiply by {b}.', 'What is that times {b}?'),
    'double': ('Now double it.', 'And doubled?', 'Double that.', 'Double it.', 'What is twice that?', 'And twice that?'),
    'larger': ('Which is larger, that or {b}?', 'Is that or {b} larger?', 'Which is bigger, that or {b}?'),
    'smaller': ('Which is smaller, that or {b}?', 'Is that or {b} smaller?'),
    'ascending': ('And ascending?', 'Now ascending.', 'Now sort them ascending.', 'Now the other way round.'),
    'descending': ('And descending?', 'Now descending.', 'Now sort them descending.', 'Now the other way round.'),
}
PLAIN = {
    '+': 'What is {a} + {b}?', '-': 'What is {a} - {b}?', '*': 'What is {a} * {b}?',
    'larger': 'Which is larger, {a} or {b}?', 'smaller': 'Which is smaller, {a} or {b}?',
}
KINDS = {'+': 'add', '-': 'subtract', '*': 'multiply', 'larger': 'compare', 'smaller': 'compare'}


def follow_up(rng, answer, excluded):
    """A problem that goes on from the last answer, or None where the answer allows none."""
    if ', ' in answer:
        return other_order(rng, answer, excluded)
    if not answer.isdigit() or int(answer) > 99999:
        return None
    a = int(answer)
    asked = rng.choice(('+', '+', '-', '*', 'double', 'double', 'larger', 'smaller'))
    operation = '*' if asked == 'double' else asked
    if operation == '*' and a > 999:
        asked = operation = '+'
    b = 2 if asked == 'double' else number(rng, {'*': 2}.get(operation, rng.choice((1, 2, 3, 5))))
    if (operation == '-' and b > a) or (a == b and operation in ('larger', 'smaller')):
        return None
    if digest(PLAIN[operation].format(a=a, b=b)) in excluded:
        return None
    value = {'+': a + b, '-': a - b, '*': a * b, 'larger': max(a, b), 'smaller': min(a, b)}[operation]
    return Problem(KINDS[operation], rng.choice(AFTER[asked]).format(b=b), str(value), ((operation, (a, b)),))


def other_order(rng, answer, excluded):
    numbers = tuple(map(int, answer.split(', ')))
    word = 'descending' if numbers[0] < numbers[-1] else 'ascending'
    if digest(f'Sort {word}: {answer}.') in excluded:
        return None
    value = ', '.join(map(str, reversed(numbers)))
    return Problem('sort', rng.choice(AFTER[word]), value, ((word, numbers),))
