"""Made-up names, which the model can only copy from the prompt."""

from any_names import NOUNS, PIECES, VERBS, any_name
from problems import digest

STARTS = (
    'b', 'bl', 'br', 'c', 'ch', 'cl', 'd', 'dr', 'f', 'fl', 'g', 'gr', 'h', 'j', 'k', 'kr', 'l', 'm', 'n', 'p', 'pl', 'qu', 'r',
    's', 'sh', 'sk', 'sn', 'st', 't', 'th', 'tr', 'v', 'w', 'x', 'y', 'z', '',
)
VOWELS = ('a', 'e', 'i', 'o', 'u', 'ai', 'ea', 'oo', 'y', 'ie', 'ou')
ENDS = ('', '', '', 'b', 'ck', 'd', 'g', 'l', 'm', 'n', 'nd', 'p', 'r', 'rt', 's', 'st', 't', 'x', 'z')
WORDS = (
    'tool', 'run', 'fast', 'my', 'get', 'do', 'make', 'find', 'calc', 'math', 'number', 'value', 'job', 'task', 'box', 'red',
    'blue', 'green', 'alpha', 'beta', 'gamma', 'delta', 'omega', 'one', 'two', 'api', 'call', 'work', 'step', 'node', 'data',
    'item', 'line', 'point', 'stone', 'river', 'cloud', 'apple', 'lemon', 'tiger', 'otter', 'raven', 'engine', 'helper',
    'server', 'client', 'service', 'quick', 'super', 'micro', 'mini', 'smart', 'simple', 'basic', 'remote', 'local', 'test',
    'demo', 'sample', 'main', 'new', 'big', 'int', 'float', 'real', 'pair', 'list', 'table', 'sheet', 'cell', 'bank', 'shop',
    'cart', 'price', 'bill', 'tax', 'count', 'meter',
)
# What stands between the words of a JSON key, which can hold any character.
BETWEEN = (
    ' ', '.', '-', '/', ':', ', ', ' + ', '$', '@', '#', '&', '|', '!', '?', ' = ', '(', ')', '*', '%', '^', '~', ';', '<', '>',
)
LETTERS = 'abcdefghijklmnopqrstuvwxyz'
KEYS = (
    'answer', 'result', 'value', 'number', 'output', 'solution', 'total', 'res', 'ans', 'out', 'reply', 'response', 'data',
    'final', 'x', 'n', 'y', 'sum', 'numbers', 'values', 'list', 'count', 'final_answer', 'the_answer', 'outcome', 'got', 'it',
)
PARAMETERS = (
    ('a', 'b', 'c'), ('x', 'y', 'z'), ('left', 'right', 'middle'), ('first', 'second', 'third'), ('x1', 'x2', 'x3'), ('n', 'm', 'k'),
    ('n1', 'n2', 'n3'), ('one', 'two', 'three'), ('p', 'q', 'r'), ('i', 'j', 'k'), ('num1', 'num2', 'num3'), ('u', 'v', 'w'),
    ('price', 'amount', 'tax'), ('value', 'other', 'more'), ('from', 'to', 'by'), ('lhs', 'rhs', 'extra'), ('number', 'factor', 'rest'),
    ('start', 'end', 'step'), ('width', 'height', 'depth'), ('input', 'operand', 'third'), ('arg0', 'arg1', 'arg2'),
)


def syllables(rng):
    return ''.join(rng.choice(STARTS) + rng.choice(VOWELS) + rng.choice(ENDS) for _ in range(rng.choice((1, 1, 2, 2, 3))))


def part(rng):
    return rng.choice(WORDS) if rng.random() < 0.4 else syllables(rng)


def name(rng, meaning=''):
    """A single word or snake_case, some with digits or in camelCase; has `meaning` as one part where given."""
    parts = [part(rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 2, 3) if not meaning else (0, 0, 1, 1, 2)))]
    if meaning:
        parts.insert(rng.randint(0, len(parts)), meaning)
    if rng.random() < 0.08:
        parts.append(str(rng.randint(1, 99)))
    if rng.random() < 0.12:
        return parts[0] + ''.join(word.capitalize() for word in parts[1:])
    return '_'.join(parts)


class Names:
    """Names as the second and third stage have them, and a share `wide` of those that code and the whole vocabulary have."""

    def __init__(self, rng, excluded, wide=0):
        self.rng = rng
        self.excluded = excluded
        self.wide = wide

    def is_wide(self):
        return self.wide > 0 and self.rng.random() < self.wide

    def any(self, meaning=''):
        while True:
            made = any_name(self.rng, meaning)
            if digest(made) not in self.excluded:
                return made

    def tool(self, meaning=''):
        return self.any(meaning) if self.is_wide() else name(self.rng, meaning)

    def words(self):
        return ' '.join(self.rng.choice((*VERBS, *NOUNS)) for _ in range(self.rng.randint(2, 7))).capitalize()

    def parameters(self, count):
        rng = self.rng
        if rng.random() < 0.5:
            return list(rng.choice(PARAMETERS)[:count])
        names = []
        while len(names) < count:
            if self.is_wide():
                chosen = rng.choice(PIECES) if rng.random() < 0.3 else self.any()
            else:
                chosen = rng.choice(LETTERS) if rng.random() < 0.2 else name(rng) if rng.random() < 0.3 else part(rng)
            if chosen not in names:
                names.append(chosen)
        return names

    def key(self):
        rng = self.rng
        if self.is_wide():
            return rng.choice(BETWEEN).join(self.any() for _ in range(rng.choice((1, 1, 1, 2))))
        return rng.choice(KEYS) if rng.random() < 0.4 else name(rng)
