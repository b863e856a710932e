import { describe, expect, it } from 'vitest'
import { thoughtRule, textUpTo } from '../../src/grammar/free-text.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'

describe('any text up to an end', () => {
  it.each(['</think>', 'aab', 'aaa', 'abab', '\n</parameter>\n', '</💭>', 'x'])(
    '%j holds what ends with the first of it, and nothing else',
    (end) => {
      const chance = chances(end.length)
      const isAllowed = languageOf((grammar) => textUpTo(grammar, 'thought', end))
      const pieces = [
        ...end,
        ...end,
        end.slice(0, -1),
        end.slice(1),
        end,
        'é',
        '"',
        '\\',
        ' ',
        '\n',
        ']',
        '^',
        '-',
        '💡',
      ]
      for (let round = 0; round < 800; round++) {
        const text =
          Array.from({ length: chance.integer(0, 8) }, () => chance.one(pieces)).join('') +
          (chance() < 0.7 ? end : '')
        expect(isAllowed(text), JSON.stringify(text)).toBe(
          text.length >= end.length && text.indexOf(end) === text.length - end.length,
        )
      }
    },
  )
})

describe('a thought', () => {
  const markers = { open: '<think>', close: '</think>' }

  it('begins with its marker, and ends with the other', () => {
    const isAllowed = languageOf((grammar) =>
      thoughtRule(grammar, { ...markers, startsOpen: false }),
    )
    for (const text of [
      '<think></think>',
      '<think>\n\n</think>\n\n',
      '\n<think>so</think>',
      '<think><think></</think>',
      '<think>< / think></thin</think>',
    ])
      expect(isAllowed(text), text).toBe(true)
    for (const text of [
      '',
      'so</think>',
      '<think>so',
      '<think>so</think>x',
      '<think>a</think></think>',
      'a<think></think>',
      '<think></think>\n\n\n\n\n',
    ])
      expect(isAllowed(text), text).toBe(false)
  })
  it('that the prompt begins has no marker but the last', () => {
    const isAllowed = languageOf((grammar) =>
      thoughtRule(grammar, { ...markers, startsOpen: true }),
    )
    for (const text of ['</think>', 'so</think>\n\n', '<think>so</think>'])
      expect(isAllowed(text), text).toBe(true)
    for (const text of ['', 'so', '</think>so']) expect(isAllowed(text), text).toBe(false)
  })
})
