import { describe, expect, it } from 'vitest'
import { fromCaller, parseTemplate, TemplateFault, TemplateLimit } from '../../src/jinja/index.ts'

function attempt(template: string, variables: Record<string, unknown> = {}): unknown {
  try {
    return parseTemplate(template).render(variables)
  } catch (error) {
    return error
  }
}

const repeats = (body: string) => `{% for i in range(99) %}${body}{% endfor %}`
const longTexts = "{% set x = 'a' * 900000 %}{% set y = 'a' * 900000 %}"
const million = `{% for a in range(1000) %}{% for b in range(1000) %}`
const end = '{% endfor %}{% endfor %}'

describe('a template that wants too much', () => {
  it.each([
    ['loops', `${million}{% set x = a * b %}${end}`],
    ['an empty loop in a loop', `${million}{% for c in range(100000) %}{% endfor %}${end}`],
    ['a long text', "{{ 'a' * 1000000000 }}"],
    [
      'a text that doubles',
      `{% set n = namespace(x='ab') %}${repeats('{% set n.x = n.x ~ n.x %}')}`,
    ],
    [
      'a text that doubles with +',
      `{% set n = namespace(x='ab') %}${repeats('{% set n.x = n.x + n.x %}')}`,
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
      `{% set n = namespace(x=[1]) %}${repeats('{% set n.x = n.x + n.x %}')}`,
    ],
    [
      'values that share their parts',
      `{% set n = namespace(x=[1]) %}${repeats('{% set n.x = [n.x, n.x] %}')}{{ n.x }}`,
    ],
    ['a batch to fill', '{{ [1] | batch(1000000000, 0) | list }}'],
    ['many slices', '{{ [1] | slice(1000000000) | list }}'],
    ['a large power', '{{ 2 ** 1000000000 }}'],
    ['a tower of powers', '{{ (10 ** 4000) ** 4000 }}'],
    [
      'a large product',
      `{% set n = namespace(x=10 ** 4000) %}${repeats('{% set n.x = n.x * n.x %}')}`,
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
    ['a list that grows in its loop', `{% set l = [1] %}${repeats('{% set _ = l.extend(l) %}')}`],
    ['long output', "{% set x = 'a' * 900000 %}{% for i in range(99) %}{{ x }}{% endfor %}"],
  ])('ends with TemplateLimit within a second of work: %s', (_name, template) => {
    const start = process.cpuUsage()
    expect(attempt(template)).toBeInstanceOf(TemplateLimit)
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
  ])(
    'is refused within a second of work when its source has too many or unclosed: %s',
    (_name, source) => {
      const start = process.cpuUsage()
      expect(() => parseTemplate(source)).toThrow()
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
    },
  )
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
