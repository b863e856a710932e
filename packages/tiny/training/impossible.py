"""Number questions just beyond what the model can do, which look like those it can."""

from problems import NAMES, PARAPHRASES, THINGS, number

WORDS = (
    'apple', 'dog', 'blue', 'x', 'y', 'love', 'Paris', 'Tom', 'seven', 'a cat', 'the moon', 'nothing', 'pi',
    'infinity', 'Monday',
)
TEMPLATES = (
    'What is {n} / {m}?', 'What is {n} divided by {m}?', 'Divide {n} by {m}.', '{n} / {m}', '{n}/{m}', '{n} ÷ {m}',
    'What is {n} mod {m}?', 'What is {n} % {m}?', 'What is {n}% of {m}?', 'What is {n} percent of {m}?', 'What is {n} ^ {m}?',
    'What is {n} to the power of {m}?', 'What is {n} ** {m}?', 'What is the square root of {n}?', 'What is √{n}?',
    'Is {n} a prime number?', 'Is {n} prime?', 'Is {n} even?', 'Is {n} odd?', 'Factor {n}.', 'What are the factors of {n}?',
    'What is {n}!?', 'What is the factorial of {n}?', 'What is log {n}?', 'What is the sine of {n}?',
    'Round {n}.{m} to one digit.', 'What is {n}.{m} + {m}.{n}?', 'What is {n}.{m} * {m}?', 'What is -{n} + {m}?',
    'What is -{n} * {m}?', 'What is {n} in binary?', 'What is {n} in Roman numerals?', 'Write {n} in words.',
    'What comes after {n}, {m}?', 'What is the average of {n} and {m}?', 'What is the mean of {n}, {m} and {k}?',
    'What is the remainder of {n} divided by {m}?', 'How many digits does {n} have?', 'Solve x + {n} = {m}.',
    'Solve {n}x = {m}.', 'If x = {n}, what is x * y?', 'What is 1/{n} + 1/{m}?', 'What is {n} + {w}?', 'What is {w} + {n}?',
    'What is {w} * {n}?', 'What is {w} - {v}?', 'What is {w} + {v}?', 'What is {n} times {w}?', 'Which is larger, {w} or {v}?',
    'Which is smaller, {w} or {n}?', 'Which is bigger, {w} or {v}?', 'Sort: {w}, {v}.', 'What is {n}?',
    'Sort ascending: {w}, {v}, {w}.', 'Sort descending: {v}, {w}.', 'Sort by length: {w}, {v}.', 'Multiply {w} by {v}.',
    'Add {w} and {v}.', 'Convert {n} miles to kilometres.', 'How many seconds are in {n} hours?',
    'How many days are in {n} weeks?', 'What is {n} dollars in euros?', 'Give me a random number between {n} and {m}.',
    'What is the greatest common divisor of {n} and {m}?', 'What year was {n} years ago?',
    'What is the area of a circle with radius {n}?', 'What is the integral of {n}x?', 'Differentiate x^{n}.',
    'How many primes are below {n}?', '{name} has {n} {things} and shares them among {m} friends. How many does each get?',
    'How many {things} are in {w}?', '{name} has some {things} and buys some more. How many {things} does {name} have?',
    'How many {things} does {name} have?', '{name} has {n} {things}. How old is {name}?',
    '{name} is {n} years old. When was {name} born?', '{name} runs {n} miles in {m} hours. How fast is {name}?',
    'How much do {n} {things} cost?', 'What is the price of {n} {things}?', 'Where are the {n} {things} of {name}?',
    'Who took the {things} of {name}?',
)


def impossible(rng):
    if rng.random() < 0.4:
        return too_large(rng)
    w, v = rng.sample(WORDS, 2)
    n, m, k = (number(rng, 3) for _ in 'nmk')
    return rng.choice(TEMPLATES).format(n=n, m=m, k=k, w=w, v=v, name=rng.choice(NAMES), things=rng.choice(THINGS))


def long_number(rng, shortest, longest):
    length = rng.randint(shortest, longest)
    return rng.randint(10 ** (length - 1), 10**length - 1)


def too_large(rng):
    kind = rng.choice(('add', 'subtract', 'multiply', 'compare', 'sort', 'sort'))
    if kind == 'sort':
        word = rng.choice(('ascending', 'descending'))
        if rng.random() < 0.5:
            numbers = [long_number(rng, 5, 7) for _ in range(rng.randint(3, 5))]
        else:
            numbers = [rng.randint(0, 999) for _ in range(rng.randint(9, 14))]
        return rng.choice((f'Sort {word}: {{n}}.', *PARAPHRASES[word])).format(n=', '.join(map(str, numbers)))
    if kind == 'multiply':
        a, b = long_number(rng, 4, 7), long_number(rng, 3, 6)
        return rng.choice((f'What is {a} * {b}?', *PARAPHRASES[kind])).format(a=a, b=b)
    # Numbers of seven digits and more are declined, those of up to five are solved; six are in neither kind of sample.
    a, b = long_number(rng, 7, 10), long_number(rng, 7, 10)
    if kind == 'subtract':
        a, b = max(a, b), min(a, b)
    if kind == 'compare':
        word = rng.choice(('larger', 'smaller'))
        return rng.choice((f'Which is {word}, {a} or {b}?', *PARAPHRASES[word])).format(a=a, b=b)
    sign = '+' if kind == 'add' else '-'
    return rng.choice((f'What is {a} {sign} {b}?', f'What is {a} {sign} {b}?', *PARAPHRASES[kind])).format(a=a, b=b)
