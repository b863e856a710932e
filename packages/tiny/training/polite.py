"""Problems in the polite and indirect forms that people use."""

from tool_questions import IMPERATIVES, filled

TO_DO = {
    **IMPERATIVES,
    'ascending': ('sort {a} ascending', 'sort {a} in ascending order', 'put {a} in ascending order', 'sort {a} from smallest to largest'),
    'descending': (
        'sort {a} descending', 'sort {a} in descending order', 'put {a} in descending order', 'sort {a} from largest to smallest',
    ),
}
WHAT = {
    '+': ('what {a} plus {b} is', 'what {a} + {b} is', 'the sum of {a} and {b}', 'how much {a} + {b} is', 'how much {a} and {b} is'),
    '-': ('what {a} minus {b} is', 'what {a} - {b} is', 'how much {a} - {b} is', 'what is {a} minus {b}'),
    '*': ('what {a} times {b} is', 'what {a} * {b} is', 'the product of {a} and {b}', 'how much {a} * {b} is'),
    'larger': ('which is larger, {a} or {b}', 'whether {a} or {b} is larger', 'the larger of {a} and {b}'),
    'smaller': ('which is smaller, {a} or {b}', 'whether {a} or {b} is smaller', 'the smaller of {a} and {b}'),
}
DIRECT = (
    'please {}', 'please {}.', 'please {} for me', 'please {} for me.', 'could you {}?', 'could you please {}?', 'can you {}?',
    'can you {} for me?', 'would you {}?', 'would you please {}?', 'I need you to {}.', 'I want you to {}.', 'I would like you to {}.',
    '{} for me.', '{}, please.', '{} please', 'now {}.', 'could you {} for me, please?', 'hey, {}.', 'hi, can you {}?', 'kindly {}.',
    'will you {}?', 'can you {}', 'I have to {}.', 'help me {}.', 'let us {}.',
)
INDIRECT = (
    'could you tell me {}?', 'can you tell me {}?', 'please tell me {}.', 'do you know {}?', 'I would like to know {}.',
    'I want to know {}.', 'I need to know {}.', 'tell me {}.', 'tell me {}', 'I wonder {}.', 'would you tell me {}?', 'say {}.',
    'hi, can you tell me {}?', 'can you say {}?', 'let me know {}.', 'I do not know {}.', 'could you please tell me {}?',
)
# For evaluation only.
UNSEEN_DIRECT = ('might you {}?', 'be so kind as to {}.', "I'd like you to {}", 'would you kindly {} for me?', 'you should {} now.')
UNSEEN_INDIRECT = ('would you mind telling me {}?', "I'd love to know {}.", 'may I ask {}?', 'any idea {}?', 'kindly tell me {}.')
ASKS = ('Write', 'Tell', 'Explain', 'Describe', 'Draw', 'Find', 'Show', 'Make', 'Translate', 'Open', 'Play', 'Read', 'Name', 'Give')


def polite(rng, operation, numbers, unseen=False):
    if operation in WHAT and rng.random() < 0.5:
        frames, wordings = UNSEEN_INDIRECT if unseen else INDIRECT, WHAT[operation]
    else:
        frames, wordings = UNSEEN_DIRECT if unseen else DIRECT, TO_DO[operation]
    if operation in ('ascending', 'descending'):
        numbers = (', '.join(map(str, numbers)),)
    return begun(rng, rng.choice(frames).format(filled(rng.choice(wordings), numbers)))


def begun(rng, text):
    return text if rng.random() < 0.2 else text[0].upper() + text[1:]


def politely_outside(rng, question):
    """A polite form of a question that the model declines, so that politeness does not stand for a solvable problem."""
    asks = question.split(' ')[0] in ASKS and question.endswith('.')
    return begun(rng, rng.choice(DIRECT).format(question[0].lower() + question[1:-1])) if asks else question
