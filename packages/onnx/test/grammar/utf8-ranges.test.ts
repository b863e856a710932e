import { describe, expect, it } from 'vitest'
import { utf8Ranges } from '../../src/grammar/utf8-ranges.ts'

describe('utf8Ranges', () => {
  const points = [
    0, 0x61, 0x7f, 0x80, 0xe9, 0x7ff, 0x800, 0xfff, 0x1000, 0x65e5, 0xd7ff, 0xe000, 0xffff, 0x10000,
    0x1f642, 0x3ffff, 0x40000, 0x100000, 0x10ffff,
  ]

  it('matches the bytes of the code points in a range, and of no others', () => {
    for (const from of points) {
      for (const to of points.filter((to) => to >= from)) {
        const sequences = utf8Ranges([from, to])
        for (const point of points) {
          const bytes = Buffer.from(String.fromCodePoint(point))
          const matchingSequences = sequences.filter(
            (ranges) =>
              ranges.length === bytes.length &&
              ranges.every(
                ([min, max], index) =>
                  bytes.readUInt8(index) >= min && bytes.readUInt8(index) <= max,
              ),
          )
          expect(matchingSequences.length, `${point} in ${from} to ${to}`).toBe(
            point >= from && point <= to ? 1 : 0,
          )
        }
      }
    }
  })
  it('matches nothing for surrogates', () => expect(utf8Ranges([0xd800, 0xdfff])).toEqual([]))
})
