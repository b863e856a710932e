import { expect, it } from 'vitest'
import { escapePattern } from '../../src/text/escape-pattern.ts'

it('a text as a pattern matches itself alone', () => {
  const text = String.raw`a.b*c+?^${'$'}{}()|[]\d-/<|eot_id|>`
  expect(text.replace(new RegExp(escapePattern(text)), '')).toBe('')
  expect(new RegExp(escapePattern('a.b')).test('axb')).toBe(false)
})
