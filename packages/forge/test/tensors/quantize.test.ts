import { describe, expect, it } from 'vitest'
import { quantizers } from '../../src/tensors/quantize.ts'
import { tensorTypes } from '../../src/tensors/tensor-types.ts'

/** Quantizes a block that begins with these values; the others are zero. */
function quantizeBlock(type: 'Q8_0' | 'Q4_0' | 'Q6_K', values: readonly number[]): number[] {
  const { block, bytes } = tensorTypes[type]
  const quantizedBytes = new Uint8Array(bytes)
  const row = Float32Array.from({ length: block }, (_, index) => values[index] ?? 0)
  quantizers[type]?.(row, quantizedBytes)
  return [...quantizedBytes]
}

describe('a block', () => {
  it('of Q8_0 maps its largest magnitude to 127 and rounds halves away from zero', () => {
    const [low, high, ...quants] = quantizeBlock('Q8_0', [127, 0.5, -0.5, 1.4, -127])
    expect([low, high, ...quants.slice(0, 6)]).toEqual([0x00, 0x3c, 127, 1, 255, 1, 129, 0])
  })

  it('of Q4_0 maps its extreme to 0 and pairs weights that are 16 apart', () => {
    const values = Array.from({ length: 32 }, (_, index) =>
      index === 0 ? -8 : index === 16 ? 8 : index === 17 ? 3 : 0,
    )
    const [low, high, ...quants] = quantizeBlock('Q4_0', values)
    expect([low, high, ...quants.slice(0, 3)]).toEqual([0x00, 0x3c, 0xf0, 0xb8, 0x88])
  })

  it('of zeros has a scale of zero', () => {
    expect(quantizeBlock('Q8_0', []).every((byte) => byte === 0)).toBe(true)
    expect(quantizeBlock('Q4_0', []).slice(0, 2)).toEqual([0, 0x80])
    const scales = quantizeBlock('Q6_K', []).slice(192)
    expect(scales.every((byte) => byte === 0 || byte === 0x80)).toBe(true)
  })
})
