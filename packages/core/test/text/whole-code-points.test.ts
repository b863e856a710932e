import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { wholeCodePoints } from '../../src/text/whole-code-points.ts'

const decode = (bytes: readonly number[]) =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))

it('joins the bytes of any text without showing half a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
      const decoder = wholeCodePoints(decode)
      const texts = [...new TextEncoder().encode(text)].map((byte) => decoder.push(byte))
      texts.push(decoder.end())
      expect(texts.join('')).toBe(decode([...new TextEncoder().encode(text)]))
      if (!text.includes('\uFFFD'))
        expect(texts.filter((part) => part.includes('\uFFFD'))).toEqual([])
    }),
  )
})

it('joins tokens of several bytes that lie across characters', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\uFFFD')),
      cuts,
      (text, sizes) => {
        const bytes = [...new TextEncoder().encode(text)]
        const vocabulary: number[][] = []
        const remainingBytes = [...bytes]
        while (remainingBytes.length > 0)
          vocabulary.push(remainingBytes.splice(0, sizes[vocabulary.length % sizes.length]!))
        const decoder = wholeCodePoints((tokens) =>
          decode(tokens.flatMap((token) => vocabulary[token]!)),
        )
        const texts = vocabulary.map((_, token) => decoder.push(token))
        expect([...texts, decoder.end()].join('')).toBe(decode(bytes))
        expect(texts.filter((part) => part.includes('\uFFFD'))).toEqual([])
      },
    ),
    { numRuns: scaleCount(500) },
  )
})

it('gives broken bytes up as U+FFFD at the end', () => {
  const decoder = wholeCodePoints(decode)
  expect([
    decoder.push(0x61),
    decoder.push(0xf0),
    decoder.push(0x9f),
    decoder.end(),
    decoder.end(),
  ]).toEqual(['a', '', '', '\uFFFD', ''])
})

it('does not wait forever for a character that never comes', () => {
  const decoder = wholeCodePoints(decode)
  const text = Array.from({ length: 5 }, () => decoder.push(0x80)).join('')
  expect(text).toBe('\uFFFD'.repeat(5))
})
