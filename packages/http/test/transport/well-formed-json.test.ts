import { expect, it } from 'vitest'
import { toWellFormedJson } from '../../src/transport/well-formed-json.ts'

it.each([
  ['cut \uD83D', 'cut \uFFFD'],
  ['\uDE42 cut', '\uFFFD cut'],
  ['whole \u{1F642}', 'whole \u{1F642}'],
  ['\\ud83d', '\\ud83d'],
  ['\\\uD83D', '\\\uFFFD'],
  ['\\\\ud83d', '\\\\ud83d'],
])('%j is sent as %j', (text, sentText) => {
  expect(JSON.parse(toWellFormedJson({ text, [text]: 1 }))).toEqual({
    text: sentText,
    [sentText]: 1,
  })
})

it('a body that would be too long is refused', () => {
  let schema: object = {}
  for (let level = 0; level < 40; level++) schema = { anyOf: [schema, schema] }
  expect(() => toWellFormedJson({ schema })).toThrow('20,000,000 characters')
})
