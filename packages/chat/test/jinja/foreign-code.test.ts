import { describe, expect, it } from 'vitest'
import { parseTemplate, TemplateFault } from '../../src/jinja/index.ts'

function render(template: string, variables: Record<string, unknown> = {}): string {
  return parseTemplate(template)
    .render(variables)
    .map(({ text }) => text)
    .join('')
}

const names = ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
const values = [
  "'a'",
  '1',
  '1.5',
  'true',
  'none',
  '[1]',
  '(1,)',
  'range(2)',
  'range',
  'd',
  'd.items()',
]

describe('a template', () => {
  it.each(names)('cannot reach %s of any value', (name) => {
    for (const value of [
      ...values,
      'namespace(a=1)',
      "cycler('a')",
      'loop',
      'm',
      "'a'.upper",
      '[1] | select',
    ]) {
      const expression = `((${value}).${name} is defined) ~ ((${value})['${name}'] is defined)`
      const macro = '{% macro m() %}{% endmacro %}'
      const source = `${macro}{% for i in [1] %}{{ ${expression} }}{% endfor %}`
      expect(render(source, { d: { a: 1 } }), value).toBe('FalseFalse')
    }
  })

  it.each(names)('knows no variable, filter or test named %s', (name) => {
    expect(render(`{{ ${name} is defined }}`)).toBe('False')
    expect(() => render(`{{ 1 | ${name} }}`)).toThrow(TemplateFault)
    expect(() => render(`{{ 1 is ${name} }}`)).toThrow(TemplateFault)
  })

  it.each(['globalThis', 'process', 'this', 'require', 'console', 'self', 'window'])(
    'knows no %s',
    (name) => {
      expect(render(`{{ ${name} is defined }}`)).toBe('False')
    },
  )

  it('cannot call what Python hides', () => {
    expect(render("{{ ''.__class__ }}")).toBe('')
    expect(() => render("{{ ''.__class__() }}")).toThrow(TemplateFault)
    expect(() => render("{{ ''.__class__.__mro__ }}")).toThrow(TemplateFault)
    expect(() => render('{% set n = namespace(__class__=1) %}')).toThrow(TemplateFault)
    expect(() => render('{% set n = namespace() %}{% set n.__class__ = 1 %}')).toThrow(
      TemplateFault,
    )
  })

  it('reads keys with such names as any other key', () => {
    const d = JSON.parse('{"__proto__": 1, "constructor": 2}')
    expect(render('{{ d.__proto__ }}{{ d.constructor }}{{ d }}', { d })).toBe(
      "12{'__proto__': 1, 'constructor': 2}",
    )
    expect(render("{% set d = {'__proto__': {'x': 1}} %}{{ d.x is defined }}")).toBe('False')
  })

  it('cannot change the caller’s values', () => {
    const d = { list: [1], nested: { a: 1 } }
    render('{% set _ = d.list.append(2) %}{% set _ = d.nested.update(b=2) %}', { d })
    expect(d).toEqual({ list: [1], nested: { a: 1 } })
  })

  it('leaves nothing behind for its next rendering', () => {
    const template = parseTemplate('{% set _ = [].append(1) %}{{ x is defined }}{% set x = 1 %}')
    expect(template.render({})).toEqual(template.render({}))
    const literal = parseTemplate('{% set l = [] %}{% set _ = l.append(1) %}{{ l }}')
    expect(literal.render({})).toEqual(literal.render({}))
  })

  it('cannot be given functions', () => {
    expect(() => render('{{ f }}', { f: () => 1 })).toThrow(TemplateFault)
  })

  it('cannot load other templates', () => {
    for (const tag of ["include 'a'", "import 'a' as b", "from 'a' import b", "extends 'a'"])
      expect(() => parseTemplate(`{% ${tag} %}`)).toThrow(/needs another template/)
  })

  it('cannot depend on chance', () => {
    expect(() => render('{{ [1, 2] | random }}')).toThrow(/chance/)
    expect(() => render('{{ lipsum() }}')).toThrow(/chance/)
  })
})
