import { NanoError } from '@nano/core'
import type { Tensor } from './runtime.ts'

/**
 * The logits after the last token of a row, `[vocabulary]`, float32, without the ids that exports
 * pad the vocabulary with. Throws `bad-model` where there are fewer logits than tokens.
 */
export function readLogits(
  { data, dims }: Pick<Tensor, 'type' | 'data' | 'dims'>,
  row: number,
  vocabularySize: number,
): Float32Array {
  const [, positions = 1, width = 0] = dims
  if (width < vocabularySize)
    throw new NanoError(
      'bad-model',
      `onnx: the model gives logits for ${width} tokens, and its tokenizer.json has ` +
        `${vocabularySize}. They belong to two models: get both from one place.`,
    )
  const start = ((row + 1) * positions - 1) * width
  const logits = (data as Float32Array | Uint16Array).subarray(start, start + vocabularySize)
  return logits instanceof Float32Array ? logits : Float32Array.from(logits, halfToNumber)
}

/** The number that 16 bits of float16 encode. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
