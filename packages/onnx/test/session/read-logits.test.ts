import { expect, it } from 'vitest'
import { readLogits } from '../../src/session/read-logits.ts'

it('reads float16 from its bits', () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0xfc00, 0x8000)
  expect([...readLogits({ type: 'float16', data: bits, dims: [1, 1, 7] }, 0, 7)]).toEqual([
    1,
    -2,
    Math.fround(0.333251953125),
    Math.fround(2 ** -24),
    65_504,
    -Infinity,
    -0,
  ])
})
it('returns the logits after the last token of a row, without padding', () => {
  const data = Float32Array.from({ length: 2 * 3 * 4 }, (_, index) => index)
  expect([...readLogits({ type: 'float32', data, dims: [2, 3, 4] }, 0, 3)]).toEqual([8, 9, 10])
  expect([...readLogits({ type: 'float32', data, dims: [2, 3, 4] }, 1, 3)]).toEqual([20, 21, 22])
})
it('refuses fewer logits than the vocabulary has tokens', () => {
  expect(() =>
    readLogits({ type: 'float32', data: new Float32Array(4), dims: [1, 1, 4] }, 0, 5),
  ).toThrow(/logits for 4 tokens.*has 5/)
})
