import { NanoError } from '@nano/core'
import { fromFloat16 } from '@nano/onnx-graph'
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
  return logits instanceof Float32Array ? logits : Float32Array.from(logits, fromFloat16)
}
