"""The worked solution of a problem: a block per step, its expression first, `=RESULT` last."""


def reasoning(problem):
    return '\n'.join(line for operation, numbers in problem.steps for line in BLOCKS[operation](*numbers))


def digits(value):
    """Lowest first."""
    return [int(digit) for digit in reversed(str(value))]


def columns(a, b):
    left, right = digits(a), digits(b)
    length = max(len(left), len(right))
    return zip(left + [0] * (length - len(left)), right + [0] * (length - len(right)))


def add(a, b):
    lines, carry = [f'{a}+{b}'], 0
    for x, y in columns(a, b):
        total = x + y + carry
        lines.append(f'{x}+{y}+{carry}={total % 10} c{total // 10}')
        carry = total // 10
    return [*lines, f'={a + b}']


def subtract(a, b):
    lines, borrow = [f'{a}-{b}'], 0
    for x, y in columns(a, b):
        rest = x - y - borrow
        lines.append(f'{x}-{y}-{borrow}={rest % 10} b{int(rest < 0)}')
        borrow = int(rest < 0)
    return [*lines, f'={a - b}']


def times_digit(a, digit, zeros):
    lines, carry = [f'{a}*{digit}{zeros}'], 0
    for x in digits(a):
        total = x * digit + carry
        lines.append(f'{x}*{digit}={x * digit:02}+{carry}={total:02}')
        carry = total // 10
    return [*lines, f'={a * int(f"{digit}{zeros}")}']


def multiply(a, b):
    if b < 10:
        return times_digit(a, b, '')
    units, tens = digits(b)
    parts = [*times_digit(a, units, ''), *times_digit(a, tens, '0')]
    return [f'{a}*{b}', *parts, *add(a * units, a * tens * 10)]


def compare(pick):
    def lines(a, b):
        yield f'{a},{b}'
        pairs = [(len(str(a)), len(str(b)))]
        if pairs[0][0] == pairs[0][1]:
            pairs += zip(str(a), str(b))
        for x, y in pairs:
            yield f'{x}{"=" if x == y else "<" if x < y else ">"}{y}'
            if x != y:
                break
        yield f'={pick(a, b)}'

    return lines


def sort(pick):
    def lines(*numbers):
        rest = list(numbers)
        yield ','.join(f'{value:03}' for value in rest)
        while rest:
            selected = pick(rest)
            rest.remove(selected)
            yield f'{selected:03}|' + ','.join(f'{value:03}' for value in rest)

    return lines


BLOCKS = {
    '+': add,
    '-': subtract,
    '*': multiply,
    'larger': compare(max),
    'smaller': compare(min),
    'ascending': sort(min),
    'descending': sort(max),
}
