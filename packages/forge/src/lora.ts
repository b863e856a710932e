import { NanoError } from '@nano/core'
import { check } from './check.ts'
import { float32, uint32, type GgufContents, type GgufTensor } from './gguf.ts'
import type { Shape } from './shapes.ts'
import { checkShape, matricesOf, type MatrixName } from './transformer.ts'

/** What to make an adapter of. */
export interface LoraOptions {
  /** The shape of the model it is for. */
  readonly shape: Shape
  readonly rank: number
  /** The change is multiplied by `alpha / rank`. */
  readonly alpha?: number
  readonly targets?: readonly MatrixName[]
  readonly name?: string
  readonly seed?: number
  /** Standard deviation of both factors; 0 makes an adapter that changes nothing. */
  readonly deviation?: number
}

/**
 * A LoRA adapter with random weights for every layer of a model of that shape, in F16.
 * Throws `invalid-request` for a rank that is not a positive whole number.
 */
export function lora({
  shape,
  rank,
  alpha = rank,
  targets = ['attn_q', 'attn_v'],
  name = 'forged',
  seed = 0,
  deviation = 0.02,
}: LoraOptions): GgufContents {
  checkShape(shape)
  if (!Number.isSafeInteger(rank) || rank < 1)
    throw new NanoError(
      'invalid-request',
      `forge: a rank of ${rank} is no size of a matrix. Give a positive whole number.`,
    )
  if (targets.length === 0)
    throw new NanoError(
      'invalid-request',
      'forge: an adapter without targets changes nothing. Give one or more.',
    )
  const matrices = matricesOf(shape).filter((matrix) => targets.includes(matrix.name))
  const weights = { type: 'random', seed, deviation } as const
  const contents: GgufContents = {
    metadata: {
      'general.architecture': shape.architecture,
      'general.type': 'adapter',
      'general.name': name,
      'general.file_type': uint32(1),
      'adapter.type': 'lora',
      'adapter.lora.alpha': float32(alpha),
    },
    tensors: Array.from({ length: shape.layers }, (_, layer) =>
      matrices.flatMap(({ name, dimensions: [width, height] }): GgufTensor[] => [
        {
          name: `blk.${layer}.${name}.weight.lora_a`,
          dimensions: [width, rank],
          type: 'F16',
          weights,
        },
        {
          name: `blk.${layer}.${name}.weight.lora_b`,
          dimensions: [rank, height],
          type: 'F16',
          weights,
        },
      ]),
    ).flat(),
  }
  check(contents)
  return contents
}
