import { describe, expect, it } from 'vitest'
import { parseTemplate, TemplateRefusal, TemplateSyntaxError } from '../../src/jinja/index.ts'

function freeVariables(source: string): string[] {
  return [...parseTemplate(source).freeVariables]
}

describe('free variables', () => {
  it('are the names that a template reads and never assigns', () => {
    expect(
      freeVariables('{% for m in messages %}{{ m.role }}{{ loop.index }}{% endfor %}'),
    ).toEqual(['messages'])
    expect(freeVariables('{% set x = 1 %}{{ x }}{{ range(y) }}')).toEqual(['y'])
  })

  it('include a switch that the template gives a default', () => {
    const source =
      '{% if thinking is not defined %}{% set thinking = true %}{% endif %}{{ thinking }}'
    expect(freeVariables(source)).toEqual(['thinking'])
    expect(freeVariables('{% set t = t | default(1) %}{{ t }}')).toEqual(['t'])
  })

  it('leave out what a macro is given, and what is assigned after it', () => {
    const source = '{% macro m(a, b=c) %}{{ a }}{{ b }}{{ d }}{{ e }}{% endmacro %}{% set d = 1 %}'
    expect(freeVariables(source)).toEqual(['c', 'e'])
  })
})

it('names the line of a syntax error', () => {
  expect(() => parseTemplate('a\n{% if x %}\n{{ y }')).toThrow(TemplateSyntaxError)
  expect(() => parseTemplate('a\n\n{{ 1 + }}')).toThrow(/line 3/)
})

it('tells a refusal by its own error', () => {
  const template = parseTemplate("{{ raise_exception('No ' ~ role) }}")
  expect(() => template.render({ role: 'tool' })).toThrow(TemplateRefusal)
  expect(() => template.render({ role: 'tool' })).toThrow('No tool')
})

it('writes dates of the clock that it is given', () => {
  const template = parseTemplate(
    "{{ strftime_now('%d %b %Y, %A %-d %B %H:%M:%S %I%p %j %y %m %%') }}",
  )
  const [piece] = template.render({}, { now: () => new Date(2026, 0, 5, 15, 4, 9) })
  expect(piece?.text).toBe('05 Jan 2026, Monday 5 January 15:04:09 03PM 005 26 01 %')
})

it('writes dates with the flags of the C library, and with the weeks of ISO 8601', () => {
  const template = parseTemplate("{{ strftime_now('%_d|%0e|%^a|%#p|%P|%-k|%_j|%G-W%V-%u|%g') }}")
  const render = (date: Date) => template.render({}, { now: () => date })[0]?.text
  expect(render(new Date(2026, 0, 5, 9, 3))).toBe(' 5|05|MON|am|am|9|  5|2026-W02-1|26')
  expect(render(new Date(2027, 0, 3, 15))).toBe(' 3|03|SUN|pm|pm|15|  3|2026-W53-7|26')
})

it('takes whole numbers of JavaScript for integers, and others for floats', () => {
  const template = parseTemplate('{{ a }} {{ b }} {{ c / 2 }} {{ d | tojson }} {{ e }}')
  const [piece] = template.render({ a: 1, b: 1.5, c: 4, d: 1e21, e: 1e20 })
  expect(piece?.text).toBe('1 1.5 2.0 1e+21 100000000000000000000')
})

it('does not see a property that is undefined', () => {
  const [piece] = parseTemplate('{{ x is defined }}{{ d }}').render({
    x: undefined,
    d: { a: undefined },
  })
  expect(piece?.text).toBe('False{}')
})
