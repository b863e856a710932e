"""Names made of the words of code, and names made of any pieces of the vocabulary."""

import json
import re
from pathlib import Path

# For evaluation only.
USUAL = (
    'add', 'sum', 'add_numbers', 'addNumbers', 'calculator', 'calculate', 'calc', 'compute', 'evaluate', 'multiply',
    'multiply_numbers', 'subtract', 'subtract_numbers', 'plus', 'minus', 'times', 'divide', 'divide_numbers', 'power', 'compare',
    'compare_numbers', 'max', 'min', 'larger_number', 'smaller_number', 'get_sum', 'get_product', 'get_difference', 'math_add',
    'math_multiply', 'arithmetic', 'do_math', 'run_calculation', 'calculate_sum', 'calculate_product', 'calculate_difference',
    'simple_calculator', 'number_tool', 'sum_two_numbers', 'add_two_integers', 'convert', 'solve', 'number_adder', 'total',
    'count_items', 'frobnicate', 'get_answer', 'lookup_number', 'order_total', 'question', 'problem', 'system_call', 'user_math',
    'tool_one', 'model_add', 'step', 'combine', 'merge', 'mix', 'join',
)
VERBS = (
    'get', 'set', 'fetch', 'compute', 'calculate', 'calc', 'do', 'run', 'make', 'find', 'evaluate', 'eval', 'process', 'execute',
    'perform', 'apply', 'create', 'update', 'check', 'convert', 'solve', 'count', 'combine', 'merge', 'handle', 'return', 'use',
    'invoke', 'call', 'submit', 'query', 'estimate', 'measure', 'read', 'write', 'load', 'save', 'send', 'ask', 'answer', 'work_out',
    'accumulate', 'aggregate', 'join', 'mix', 'change', 'transform', 'reduce', 'increase', 'show', 'tell', 'think', 'test',
)
NOUNS = (
    'number', 'numbers', 'integer', 'integers', 'value', 'values', 'sum', 'total', 'product', 'difference', 'result', 'order',
    'item', 'items', 'user', 'account', 'price', 'prices', 'data', 'expression', 'equation', 'math', 'maths', 'arithmetic',
    'operation', 'calculator', 'calculation', 'problem', 'question', 'answer', 'system', 'model', 'message', 'text', 'file', 'amount',
    'score', 'budget', 'invoice', 'payment', 'tool', 'tools', 'function', 'argument', 'arguments', 'operator', 'operand', 'digits',
    'assistant', 'service', 'engine', 'helper', 'pair', 'two_numbers', 'two_values', 'numeric', 'request', 'response', 'object',
    'content', 'name', 'type', 'city', 'weather', 'time', 'step', 'thinking', 'thought', 'stamp', 'book', 'card', 'coin', 'box',
    'measurement', 'statistics', 'formula', 'algebra', 'counter', 'register', 'ledger', 'balance', 'quantity', 'power', 'level',
)
DIGITS = '0123456789'
LONGEST = 40


TOKENS = json.loads((Path(__file__).parent / 'vocabulary.json').read_text())['tokens']
# A thought writes a name after a space, where the vocabulary has other tokens: names have to begin with those too.
BEGINNINGS = tuple(token[1:] for token in TOKENS if re.fullmatch('Ġ[A-Za-z_-]+', token))
PIECES = tuple(sorted({*BEGINNINGS, *(token for token in TOKENS if re.fullmatch('[A-Za-z_-]+', token))}))


def cased(rng, parts):
    """Joins the parts: snake_case, camelCase, PascalCase, kebab-case, one word or UPPER_CASE."""
    how = rng.random()
    if how < 0.45:
        return '_'.join(parts)
    if how < 0.65:
        return parts[0] + ''.join(part[:1].upper() + part[1:] for part in parts[1:])
    if how < 0.75:
        return ''.join(part[:1].upper() + part[1:] for part in parts)
    if how < 0.85:
        return '-'.join(parts)
    return ''.join(parts) if how < 0.95 else '_'.join(parts).upper()


def usual_parts(rng):
    verb, noun, last = rng.choice(VERBS), rng.choice(NOUNS), rng.choice(NOUNS)
    return rng.choice(([verb], [noun], [noun], [verb, noun], [verb, noun], [verb, noun], [noun, last], [noun, verb], [verb, noun, last]))


def piece_parts(rng):
    words = [''.join(rng.choice(PIECES) for _ in range(rng.choice((1, 1, 2, 2, 3)))) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
    if rng.random() < 0.3:
        words[0] = rng.choice(BEGINNINGS) + rng.choice(('', '', words[0]))
    if rng.random() < 0.15:
        words[-1] += ''.join(rng.choice(DIGITS) for _ in range(rng.randint(1, 3)))
    return words


def any_name(rng, meaning=''):
    """Half of the names are words of code, half are pieces of the vocabulary; `meaning` becomes one part of the name."""
    while True:
        parts = usual_parts(rng) if rng.random() < 0.45 else piece_parts(rng)
        if meaning:
            parts = parts[:2]
            parts.insert(rng.randint(0, len(parts)), meaning)
        made = cased(rng, parts)
        if len(made) <= LONGEST and re.match('[A-Za-z_]', made) and made not in USUAL:
            return made
