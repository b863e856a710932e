"""Tools offered, calls and results, in the text that Nemotron Nano's format has for them."""

import json
from dataclasses import dataclass

from tool_questions import IMPERATIVES, filled

MEANINGS = {
    '+': ('add', 'sum', 'plus', 'addition', 'adder'),
    '-': ('subtract', 'minus', 'difference', 'subtraction'),
    '*': ('multiply', 'times', 'product', 'mul'),
    'larger': ('max', 'larger', 'bigger', 'maximum'),
    'smaller': ('min', 'smaller', 'minimum', 'lesser'),
    'double': ('double', 'twice'),
    'square': ('square', 'squared'),
    'half': ('half', 'halve'),
    'sum of three': ('add3', 'sum_three', 'add_three', 'sum'),
    'divide': ('divide', 'div', 'quotient', 'division'),
}
DESCRIPTIONS = {
    '+': ('Add two numbers.', 'Adds two numbers', 'Gives the sum of two numbers.', 'Returns a + b.', 'The sum of both.'),
    '-': ('Subtract one number from another.', 'Subtracts two numbers', 'The difference of two numbers.', 'Takes one from another.'),
    '*': ('Multiply two numbers.', 'Multiplies two numbers', 'Gives the product of two numbers.', 'The product of both.'),
    'larger': ('Gives the larger of two numbers.', 'The maximum of two numbers.', 'Compares numbers and returns the larger.'),
    'smaller': ('Gives the smaller of two numbers.', 'The minimum of two numbers.', 'Compares numbers and returns the smaller.'),
    'double': ('Doubles a number.', 'Two times a number.'),
    'square': ('Squares a number.', 'The square of a number.'),
    'half': ('Halves a number.', 'Half of a number.'),
    'sum of three': ('Add three numbers.', 'The sum of three numbers.'),
    'divide': ('Divide one number by another.', 'Divides two numbers', 'The quotient of two numbers.'),
}
MORE_DESCRIPTIONS = {
    '+': ('Addition.', 'Calculates the sum of two numbers.', 'Adds a and b together', 'a plus b', 'sum', 'Total of the two.'),
    '-': ('Subtraction.', 'Returns a - b.', 'Calculates the difference.', 'a minus b', 'Subtract b from a', 'What is left of a.'),
    '*': ('Multiplication.', 'Returns a * b.', 'Calculates a times b', 'Multiply a by b', 'product', 'Finds the product.'),
    'larger': ('Returns the larger number.', 'max', 'The bigger of both.'),
    'smaller': ('Returns the smaller number.', 'min', 'The lesser of both.'),
    'half': ('Divides a number by two.',),
    'divide': ('Division.', 'Returns a / b.', 'a divided by b'),
}
GENERAL = ('A calculator.', 'Does arithmetic.', 'Works with numbers.', 'Computes a number.', 'A tool for numbers.', 'Calculates.')
ELSEWHERE = (
    ('get_weather', 'Current weather for a city.', 'city'), ('weather', 'The weather in a place.', 'place'),
    ('search', 'Searches the web.', 'query'), ('web_search', 'Find pages on the internet.', 'q'),
    ('send_email', 'Sends a message to someone.', 'address'), ('read_file', 'Reads a file.', 'path'),
    ('translate', 'Translates a text.', 'text'), ('get_time', 'The time in a city.', 'city'), ('play_music', 'Plays a song.', 'title'),
    ('book_flight', 'Books a flight.', 'to'), ('list_files', 'Lists the files in a folder.', 'folder'),
    ('find_person', 'Looks up a person by name.', 'who'), ('open_door', 'Opens a door.', 'door'), ('lookup', 'Looks up a word.', 'word'),
    ('stock_price', 'Price of a stock.', 'symbol'), ('define', 'Defines a word.', 'word'), ('news', 'News of the day.', 'topic'),
    ('set_alarm', 'Sets an alarm.', 'time'), ('light', 'Switches a light on or off.', 'room'), ('shell', 'Runs a command.', 'command'),
)
SIGNS = {
    '+': '+', '-': '-', '*': '*', 'larger': '>', 'smaller': '<', 'double': '*2', 'square': '^2', 'half': '/2', 'sum of three': '+',
    'divide': '/',
}
TEXT = 'text'
WORDINGS = (
    'Use the tool to {do}.', 'Use the tool to {do}', 'Use {name} to {do}.', '{question} Use the tool.', 'Use the tool: {question}',
    'Use a tool to {do}.', 'Please use the tool to {do}.', 'With the tool, {do}.', 'Use {name} with {given}.',
    'Call {name} with {given}.', 'Call {name} with {by_name}.', 'Run {name} on {given}.', 'Can you {do} with the tool?',
    'Call the tool to {do}.', '{question} Call {name}.',
)
DIALECTS = ('https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/draft-07/schema#')
THREE = ('sum of three',)
ONE = ('double', 'square', 'half')


@dataclass(frozen=True)
class Tool:
    name: str
    parameters: tuple
    schema: dict
    # The sign that thoughts write for the operation.
    sign: str = TEXT


def shuffled(rng, entries, share):
    if rng.random() < share:
        rng.shuffle(entries)
    return dict(entries)


def schema(rng, title, description, parameters, kind):
    properties = {}
    for parameter in parameters:
        entries = [('type', kind)]
        if rng.random() < 0.04:
            entries += [('minimum', -9007199254740991), ('maximum', 9007199254740991)]
        if rng.random() < 0.2:
            about = rng.choice((f'The {parameter}.', 'A number.', parameter, 'one of the numbers', 'Input.'))
            entries.append(('description', about))
        properties[parameter] = shuffled(rng, entries, 0.3)
    inner = [('type', 'object'), ('properties', properties)]
    if rng.random() < 0.7:
        inner.append(('required', list(parameters)))
    if rng.random() < 0.15:
        inner.append(('additionalProperties', False))
    if rng.random() < 0.06:
        inner.insert(0, ('$schema', rng.choice(DIALECTS)))
    outer = [('name', title), ('parameters', shuffled(rng, inner, 0.2))]
    if description:
        outer.insert(1, ('description', description))
    return shuffled(rng, outer, 0.12)


def fitting(names, operation, described):
    """A tool for an operation; its name or its description says so where `described`."""
    rng = names.rng
    count = 3 if operation in THREE else 1 if operation in ONE else 2
    parameters = tuple(names.parameters(count))
    named = described and rng.random() < 0.4
    title = names.tool(rng.choice(MEANINGS[operation]) if named else '')
    if not described:
        description = rng.choice((*GENERAL, '', rng.choice(DESCRIPTIONS[operation])))
    elif named and rng.random() < 0.4:
        description = rng.choice(('', *GENERAL))
    else:
        more = MORE_DESCRIPTIONS.get(operation, ()) if names.is_wide() else ()
        description = rng.choice((*DESCRIPTIONS[operation], *more))
    kind = rng.choice(('number', 'integer', 'number'))
    return Tool(title, parameters, schema(rng, title, description, parameters, kind), SIGNS[operation])


def elsewhere(names):
    rng = names.rng
    title, description, parameter = rng.choice(ELSEWHERE)
    title = names.tool() if rng.random() < 0.2 else title
    description = f'{names.words()}.' if names.is_wide() and rng.random() < 0.4 else description
    return Tool(title, (parameter,), schema(rng, title, description, (parameter,), 'string'))


def offer(tools):
    return f'<AVAILABLE_TOOLS>{json.dumps([tool.schema for tool in tools])}</AVAILABLE_TOOLS>'


def call(tool, numbers):
    return f'<TOOLCALL>{json.dumps([{"name": tool.name, "arguments": dict(zip(tool.parameters, numbers))}])}</TOOLCALL>'


def thought(tool, numbers):
    given = ', '.join(f'{parameter}={value}' for parameter, value in zip(tool.parameters, numbers))
    return f'The tool {tool.name} fits.\n{given}'


def considered(offered, operation, tool=None):
    """
    The operation asked for, and the tools in order up to the one that fits, each with its operation.
    A thought copies the description before it names the operation, so what it decides by stands close to the decision.
    """
    until = offered.index(tool) + 1 if tool else len(offered)
    return '\n'.join([f'asked: {SIGNS[operation]}', *map(line, offered[:until])])


def line(tool):
    description = tool.schema.get('description')
    return f'{tool.name} "{description}": {tool.sign}' if description else f'{tool.name}: {tool.sign}'


def wording(rng, asked, tool):
    """(text, whether it names the tool): asks for the tool by name, by the word `tool`, or for the operation alone."""
    to_do = filled(rng.choice(IMPERATIVES[asked.operation]), asked.numbers)
    text = rng.choice(WORDINGS)
    return text.format(
        name=tool.name,
        do=to_do,
        given=' and '.join(map(str, asked.numbers)),
        by_name=', '.join(f'{parameter} = {value}' for parameter, value in zip(tool.parameters, asked.numbers)),
        question=asked.question,
    ), '{name}' in text


def response(rng, value, key):
    """The user turn that holds a result, and the answer: the number in the result, even where it is wrong."""
    if rng.random() < 0.35:
        value = rng.choice((
            rng.randint(0, 99), rng.randint(0, 10 ** rng.randint(2, 8)), -rng.randint(1, 999), round(rng.random() * 100, 2),
        ))
    shape = rng.random()
    if shape < 0.45:
        output = value
    elif shape < 0.9:
        output = {rng.choice(('result', 'value', 'answer', 'result', key)): value}
    elif shape < 0.95:
        output = str(value)
    else:
        output = {'ok': True, 'result': value}
    return f'<TOOL_RESPONSE>[{json.dumps(output)}]</TOOL_RESPONSE>', str(value)
