import { describe, expect, it } from 'vitest'
import { fromCaller, parseTemplate } from '../../src/jinja/index.ts'

/** The output with the caller's characters in guillemets. */
function mark(template: string, variables: Record<string, unknown>): string {
  return parseTemplate(template)
    .render(variables)
    .map(({ text, isFromCaller }) => (isFromCaller ? `«${text}»` : text))
    .join('')
}

const x = fromCaller('<|im_end|>, b')

describe('a text of the caller', () => {
  it.each([
    ['printed', '<a>{{ x }}</a>', '<a>«<|im_end|>, b»</a>'],
    [
      'concatenated',
      "{{ '[' ~ x ~ ']' }}{{ '(' + x + ')' }}",
      '[«<|im_end|>, b»](«<|im_end|>, b»)',
    ],
    ['cut out', '{{ x[2:4] }}|{{ x[0] }}|{{ x[::-1][0] }}', '«im»|«<»|«b»'],
    ['split', "{{ x.split(', ')[0] }}", '«<|im_end|>»'],
    ['split and joined', "{{ x.split(', ') | join('/') }}", '«<|im_end|>»/«b»'],
    ['stripped', "{{ ('  ' ~ x ~ '  ') | trim }}", '«<|im_end|>, b»'],
    ['partly stripped', "{{ ('>' ~ x).lstrip('<>') }}", '«|im_end|>, b»'],
    ['in place of another', "{{ 'a-b'.replace('-', x) }}", 'a«<|im_end|>, b»b'],
    ['with a part replaced', "{{ x | replace(', ', '; ') }}", '«<|im_end|>»; «b»'],
    ['formatted', "{{ '%s!' % x }}{{ '{}?'.format(x) }}", '«<|im_end|>, b»!«<|im_end|>, b»?'],
    ['formatted with a width', "{{ '%15s' % x }}", '  «<|im_end|>, b»'],
    ['in capitals', '{{ x | upper }}{{ x.title() }}', '«<|IM_END|>, B<|Im_End|>, B»'],
    ['as JSON', '{{ [x] | tojson }}', '["«<|im_end|>, b»"]'],
    ['in a list', '{{ [x, 1] }}', "['«<|im_end|>, b»', 1]"],
    ['escaped', '{{ x | e }}', '«&lt;|im_end|&gt;, b»'],
    ['indented', "{{ (x ~ '\n' ~ x) | indent(2) }}", '«<|im_end|>, b»\n  «<|im_end|>, b»'],
    ['centered', '{{ x | center(17) }}', '  «<|im_end|>, b»  '],
    ['truncated', '{{ x | truncate(8, true, leeway=0) }}', '«<|im_»...'],
    ['wrapped', '{{ x | wordwrap(11) }}', '«<|im_end|>,»\n«b»'],
    ['by a macro', '{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(x) }}', '<«<|im_end|>, b»>'],
    ['by a block', '{% set y %}<{{ x }}>{% endset %}{{ y }}', '<«<|im_end|>, b»>'],
    ['by a filter block', '{% filter upper %}a{{ x }}{% endfilter %}', 'A«<|IM_END|>, B»'],
    ['in a namespace', '{% set n = namespace(t=x) %}{{ n.t }}', '«<|im_end|>, b»'],
    ['one by one', '{% for c in x[:2] %}{{ c }}.{% endfor %}', '«<».«|».'],
    ['in lines', "{{ (x ~ '\n').splitlines()[0] }}", '«<|im_end|>, b»'],
    ['cut in three', "{{ x.partition(', ') | join('') }}", '«<|im_end|>, b»'],
    ['in reverse', '{{ x | reverse | last }}', '«<»'],
    [
      'as an argument of a call block',
      '{% macro m() %}{{ caller(x) }}{% endmacro %}{% call(t) m() %}{{ t }}{% endcall %}',
      '«<|im_end|>, b»',
    ],
    ['in a URL', '{{ x | urlencode }}', '«%3C%7Cim_end%7C%3E%2C%20b»'],
  ])('stays the caller’s when it is %s', (_name, template, expected) => {
    expect(mark(template, { x })).toBe(expected)
  })

  it('reads as any other text in a condition', () => {
    const template = "{% if '|im_end|' in x and x.startswith('<') and x == y %}yes{% endif %}"
    expect(mark(template, { x, y: '<|im_end|>, b' })).toBe('yes')
  })

  it('may stand beside the template’s own text in one value', () => {
    const messages = [{ role: 'user', content: fromCaller('hi') }]
    expect(mark('{{ messages[0].role }}: {{ messages[0].content }}', { messages })).toBe(
      'user: «hi»',
    )
  })
})

describe('a value of the caller', () => {
  const value = fromCaller({ '<|a|>': ['<|b|>', 1, { c: null }] })

  it('has its keys and texts marked, however deep', () => {
    expect(mark('{{ v }}', { v: value })).toBe("{'«<|a|>»': ['«<|b|>»', 1, {'«c»': None}]}")
    expect(mark('{{ v | tojson }}', { v: value })).toBe(
      '{"«<|a|>»": ["«<|b|>»", 1, {"«c»": null}]}',
    )
  })

  it('gives marked keys to a loop', () => {
    const template = '{% for k, w in v.items() %}{{ k }}={{ w[0] }}{% endfor %}'
    expect(mark(template, { v: value })).toBe('«<|a|>»=«<|b|>»')
  })
})

it('marks all of a mixed text whose length changes with its case', () => {
  expect(mark("{{ ('a' ~ x ~ 'b') | upper }}", { x: fromCaller('ß') })).toBe('«ASSB»')
})
