import { describe, expect, it } from 'vitest'
import { fromCaller, parseTemplate, TemplateFault, TemplateLimit } from '../../src/jinja/index.ts'

function attempt(template: string, variables: Record<string, unknown> = {}): unknown {
  try {
    return parseTemplate(template).render(variables)
  } catch (error) {
    return error
  }
}

const repeatBody = (body: string) => `{% for i in range(99) %}${body}{% endfor %}`
const longTexts = "{% set x = 'a' * 900000 %}{% set y = 'a' * 900000 %}"
const million = `{% for a in range(1000) %}{% for b in range(1000) %}`
const end = '{% endfor %}{% endfor %}'

/** Evaluates an expression again and again, with a value `s`. */
const evaluateOften = (s: string, expression: string) =>
  `{% set s = ${s} %}{% for i in range(90000) %}{% set x = ${expression} %}{% endfor %}`
/** A value `s` of 60 levels, each of which holds the one below twice. */
const shareLevels = (pair: string, template: string) =>
  `{% set n = namespace(s=()) %}{% for i in range(60) %}{% set n.s = ${pair} %}{% endfor %}` +
  `{% set s = n.s %}${template}`

describe('a template that wants too much', () => {
  it.each([
    ['loops', `${million}{% set x = a * b %}${end}`],
    ['an empty loop in a loop', `${million}{% for c in range(100000) %}{% endfor %}${end}`],
    ['a long text', "{{ 'a' * 1000000000 }}"],
    [
      'a text that doubles',
      `{% set n = namespace(x='ab') %}${repeatBody('{% set n.x = n.x ~ n.x %}')}`,
    ],
    [
      'a text that doubles with +',
      `{% set n = namespace(x='ab') %}${repeatBody('{% set n.x = n.x + n.x %}')}`,
    ],
    ['long replacements', "{% set x = 'a' * 900000 %}{{ x | replace('a', x) }}"],
    ['a long join', "{% set x = 'a' * 900000 %}{{ x.join(range(5000) | map('string')) }}"],
    ['a long join by the filter', "{% set x = 'a' * 900000 %}{{ range(5000) | join(x) }}"],
    ['a width of %', "{{ '%1000000000d' % 1 }}"],
    ['a precision of %', "{{ '%.1000000000f' % 1.5 }}"],
    ['a width given to %', "{{ '%*d' % (1000000000, 1) }}"],
    ['a width of format', "{{ '{:1000000000}'.format(1) }}{{ '{:.1000000000f}'.format(1.5) }}"],
    ['a wide center', "{{ 'a'.center(1000000000) }}"],
    ['a wide center by the filter', "{{ 'a' | center(1000000000) }}"],
    ['many zeros', "{{ 'a'.zfill(1000000000) }}"],
    ['a wide tab', "{{ '\\t'.expandtabs(1000000000) }}"],
    ['a deep indent', "{{ 'a' | indent(1000000000) }}"],
    ['a deep JSON indent', '{{ [1] | tojson(indent=1000000000) }}'],
    ['a long list', '{{ [0] * 1000000000 }}'],
    [
      'a list that doubles',
      `{% set n = namespace(x=[1]) %}${repeatBody('{% set n.x = n.x + n.x %}')}`,
    ],
    [
      'values that share their parts',
      `{% set n = namespace(x=[1]) %}${repeatBody('{% set n.x = [n.x, n.x] %}')}{{ n.x }}`,
    ],
    ['a batch to fill', '{{ [1] | batch(1000000000, 0) | list }}'],
    ['many slices', '{{ [1] | slice(1000000000) | list }}'],
    ['a large power', '{{ 2 ** 1000000000 }}'],
    ['a tower of powers', '{{ (10 ** 4000) ** 4000 }}'],
    [
      'a large product',
      `{% set n = namespace(x=10 ** 4000) %}${repeatBody('{% set n.x = n.x * n.x %}')}`,
    ],
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['a loop that calls itself', '{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
    ['a list that holds itself', '{% set l = [] %}{% set _ = l.append(l) %}{{ l }}'],
    [
      'lists in lists',
      '{% set n = namespace(x=1) %}{% for i in range(20000) %}{% set n.x = [n.x] %}{% endfor %}' +
        '{{ n.x }}',
    ],
    ['much work with long texts', `${longTexts}${million}{% if x.upper() %}{% endif %}${end}`],
    ['long texts in comparisons', `${longTexts}${million}{% if x == y %}{% endif %}${end}`],
    ['searches in long texts', `${longTexts}${million}{% if 'b' in x %}{% endif %}${end}`],
    [
      'a list that grows in its loop',
      `{% set l = [1] %}${repeatBody('{% set _ = l.extend(l) %}')}`,
    ],
    ['long output', "{% set x = 'a' * 900000 %}{% for i in range(99) %}{{ x }}{% endfor %}"],
    ['tests of a long text', evaluateOften("'a' * 900000", 's is lower')],
    ['tests of long texts in a list', "{{ (['a' * 900000] * 90000) | select('lower') | list }}"],
    ['changes of long texts', "{{ (['a' * 900000] * 90000) | map('upper') | list }}"],
    ['orders of long texts', "{{ (['a' * 900000] * 90000) | sort }}"],
    ['sets of long texts', "{{ (['a' * 900000] * 90000) | unique | list }}"],
    ['capitals of many words', evaluateOften("'a ' * 450000", 's.title()')],
    ['capitals of many words by the filter', evaluateOften("'a ' * 450000", 's | title')],
    ['swapped cases', evaluateOften("'aB' * 450000", 's.swapcase()')],
    ['a text back to front', evaluateOften("'ab' * 450000", 's | reverse')],
    ['every so many characters', evaluateOften("'ab' * 45000", 's[::9999]')],
    ['characters of a long text', evaluateOften("'\u{1F600}' * 450000", 's[1]')],
    ['stripped characters', evaluateOften("'a' * 900000", "s.strip('b')")],
    ['stripped characters at both ends', evaluateOften("'a' * 900000", "s.strip('a')")],
    ['stripped white space', evaluateOften("' ' * 900000", 's.strip()')],
    ['stripped tags', evaluateOften("'<a>b ' * 150000", 's | striptags')],
    ['open tags to strip', evaluateOften("'<' * 400000", 's | striptags')],
    ['escapes of texts in a list', "{{ ('' | safe).join(['<' * 150000] * 90000) }}"],
    ['attributes of HTML', evaluateOften("{'a': '<' * 100000}", 's | xmlattr')],
    ['escapes in a list as Python writes it', evaluateOften("['\\n' * 400000]", 's | string')],
    ['escapes of JSON', evaluateOften("'\"' * 400000", 's | tojson')],
    ['words to wrap', evaluateOften("'a' * 400000", 's | wordwrap(1)')],
    [
      'a long text between wrapped lines',
      evaluateOften("'a' * 400000", 's | wordwrap(1, true, s)'),
    ],
    ['lines to indent', evaluateOften("'\\n' * 150000", 's | indent')],
    ['tabs', evaluateOften("'a\\t' * 40000", 's.expandtabs()')],
    ['dates', evaluateOften("'%c' * 20000", 'strftime_now(s)')],
    ['starts to look for', evaluateOften("('a',) * 90000", "'b'.startswith(s)")],
    [
      'searches that fail at the end',
      evaluateOften("'a' * 900000", "('b' ~ 'a' * 250000) in s or s.find('b' ~ 'a' * 250000)"),
    ],
    ['searches from the end', evaluateOften("'a' * 900000", "s.rfind('a' * 250000 ~ 'b')")],
    ['replaced long texts', evaluateOften("'a' * 900000", "s | replace('b' ~ 'a' * 250000, 'c')")],
    ['texts that are no number', evaluateOften("'9' * 900000 ~ 'x'", 's | float')],
    ['numbers to read', evaluateOften("'z' * 4300", 's | int(0, 36)')],
    ['powers', evaluateOften('9', 's ** 4300')],
    ['divisions', evaluateOften('10 ** 4200', 's // 3')],
    ['groups of digits', evaluateOften('10 ** 4200', "'{:_b}'.format(s)")],
    ['a long path of attributes', "{{ ['a'] | map(attribute='9' * 900000) | list }}"],
    [
      'many attributes of many values',
      '{% set d = {} %}{% set _ = d.update(a=d) %}' +
        "{{ ([d] * 90000) | map(attribute='a' ~ '.a' * 400000) | list }}",
    ],
    ['first items taken out', evaluateOften('[1] * 90000', 's.pop(0)')],
    ['items taken out', evaluateOften('[1] * 90000', 's.remove(1)')],
    ['items put first', evaluateOften('[1] * 50000', 's.insert(0, 1)')],
    ['a list put back to front', evaluateOften('[1] * 90000', 's.reverse()')],
    ['a search from far behind', evaluateOften('[1] * 90000', 's.index(1, 89999)')],
    ['last entries', evaluateOften("{'a': 1, 'b': 2}", 's.copy().popitem()')],
    ['values to format', evaluateOften('[1] * 90000', "'%r' % s")],
    ['a long tuple as a key', evaluateOften('(1,) * 90000', '{s: 1}')],
    ['tuples that share their parts as a key', shareLevels('(n.s, n.s)', '{{ {s: 1} }}')],
    ['tuples that share their parts as an index', shareLevels('(n.s, n.s)', '{{ {1: 1}[s] }}')],
    ['tuples that share their parts in a dict', shareLevels('(n.s, n.s)', '{{ s in {1: 1} }}')],
    [
      'tuples that share their parts in a set',
      shareLevels('(n.s, n.s)', '{{ [s] | unique | list }}'),
    ],
    [
      'tuples that share few parts as a key',
      shareLevels('(n.s, n.s)', '{{ {s: 1} }}').replace('range(60)', 'range(22)'),
    ],
    [
      'deep tuples as a key',
      '{% set n = namespace(s=()) %}{% for i in range(20000) %}{% set n.s = (n.s,) %}{% endfor %}' +
        '{{ {n.s: 1} }}',
    ],
  ])('ends with TemplateLimit within a second of work: %s', (_name, template) => {
    const start = process.cpuUsage()
    expect(attempt(template)).toBeInstanceOf(TemplateLimit)
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })

  it.each([
    ['open tags', "{{ ('<' * 400000) | striptags }}", '<'.repeat(400_000)],
    ['a number with too many digits', "{{ ('9' * 900000) | int(-1) }}", '-1'],
    ['a text that is almost a number', "{{ ('9' * 900000 ~ 'x') | float(-1) }}", '-1'],
  ])('that only looks like it is rendered within a second of work: %s', (_name, template, text) => {
    const start = process.cpuUsage()
    expect(attempt(template)).toMatchObject([{ text }])
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })

  it('cannot leave the path of a field open', () => {
    const start = process.cpuUsage()
    expect(attempt("{{ ('{a' ~ '[' * 400000 ~ '}').format(a=1) }}")).toBeInstanceOf(TemplateFault)
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })

  it('pays once for each of the many pieces of a caller’s text', () => {
    const template = evaluateOften("([c] * 45000) | join(',')", "s.split(',')")
    const start = process.cpuUsage()
    expect(attempt(template, { c: fromCaller('x') })).toBeInstanceOf(TemplateLimit)
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })

  it('cannot have a range that Jinja’s sandbox refuses', () => {
    expect(attempt('{{ range(200000000) }}')).toBeInstanceOf(TemplateFault)
  })

  it.each([
    ['parentheses', `{{ ${'('.repeat(5_000)}1${')'.repeat(5_000)} }}`],
    ['lists', `{{ ${'['.repeat(5_000)}${']'.repeat(5_000)} }}`],
    ['signs', `{{ ${'-'.repeat(15_000)}1 }}`],
    ['negations', `{{ ${'not '.repeat(15_000)}1 }}`],
    ['blocks', '{% if 1 %}'.repeat(5_000)],
    ['sums', `{{ 1${' + 1'.repeat(15_000)} }}`],
    ['attributes', `{{ a${'.a'.repeat(15_000)} }}`],
    ['filters', `{{ a${'|e'.repeat(15_000)} }}`],
    ['conditions', `{{ 1${' if 1'.repeat(15_000)} }}`],
    ['choices', `{{ 1${' if 1 else 1'.repeat(15_000)} }}`],
    ['open tags', '{{ '.repeat(60_000)],
    ['open comments', '{# '.repeat(60_000)],
    ['open strings', `{{ '${"\\'".repeat(60_000)}`],
    ['raw blocks', '{% raw %}'.repeat(20_000)],
    ['a long source', 'a'.repeat(2_000_000)],
    ['digits', `{{ ${'9'.repeat(190_000)} }}`],
    ['hexadecimal digits', `{{ 0x${'f'.repeat(190_000)} }}`],
    ['digits after a dot', `{{ a.${'9'.repeat(190_000)} }}`],
  ])(
    'is refused within a second of work when its source has too many or unclosed: %s',
    (_name, source) => {
      const start = process.cpuUsage()
      expect(() => parseTemplate(source)).toThrow()
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
    },
  )
})

it('reads the names of many bodies within a second of work', () => {
  const names = Array.from({ length: 6_000 }, (_, index) => `{% set a${index} = 1 %}`).join('')
  const start = process.cpuUsage()
  expect(parseTemplate(names + '{% if b %}{% endif %}'.repeat(3_000)).freeVariables).toEqual(
    new Set(['b']),
  )
  expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
})

it('names the limit that was passed', () => {
  expect(attempt("{{ 'a' * 10000000 }}")).toMatchObject({ limit: 'characters' })
  expect(attempt(`${million}${end}`.repeat(3))).toMatchObject({ limit: 'steps' })
  expect(attempt('{{ [0] * 10000000 }}')).toMatchObject({ limit: 'items' })
})

it('keeps to limits of the caller', () => {
  const template = parseTemplate('{% for i in range(100) %}{{ i }}{% endfor %}')
  expect(() => template.render({}, { limits: { steps: 100 } })).toThrow(TemplateLimit)
  expect(() => template.render({}, { limits: { characters: 100 } })).toThrow(TemplateLimit)
  expect(template.render({}, { limits: { steps: 1_000 } })).toHaveLength(1)
})

it('lets a long conversation use more than a short one', () => {
  const messages = Array.from({ length: 5_000 }, (_, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: fromCaller('A message with some words. '.repeat(40)),
  }))
  const template = parseTemplate(
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content.split('</think>')[-1] }}{% endfor %}",
  )
  const length = template.render({ messages }).reduce((sum, { text }) => sum + text.length, 0)
  expect(length).toBeGreaterThan(5_000_000)
})
