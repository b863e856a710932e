import { NanoError } from '@nano/core'
import { assertShape, listMatrices, type MatrixName, type Shape } from '../decoder/shape.ts'
import type { GgufTensor } from '../tensors/gguf-tensor.ts'
import { assertWritable } from './assert-writable.ts'
import { float32, uint32, type GgufContents } from './gguf-contents.ts'

/** Options of `lora`. */
export interface LoraOptions {
  /** The shape of the model that the adapter is for. */
  readonly shape: Shape
  readonly rank: number
  /** The change is multiplied by `alpha / rank`. */
  readonly alpha?: number
  /** The matrices that the adapter changes. */
  readonly targets?: readonly MatrixName[]
  readonly name?: string
  readonly seed?: number
  /** Standard deviation of both factors. An adapter with 0 changes nothing. */
  readonly deviation?: number
}

/**
 * A LoRA adapter with random weights in F16, for every layer of a model of that shape. Throws
 * `invalid-request` for a rank that is not a positive whole number, or without targets.
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
  assertShape(shape)
  if (!Number.isSafeInteger(rank) || rank < 1)
    throw new NanoError(
      'invalid-request',
      `forge: an adapter cannot have a rank of ${rank}. Give a positive whole number.`,
    )
  if (targets.length === 0)
    throw new NanoError(
      'invalid-request',
      'forge: an adapter without targets changes nothing. Give one or more.',
    )
  const matrices = listMatrices(shape).filter((matrix) => targets.includes(matrix.name))
  const factor = (name: string, dimensions: readonly number[]): GgufTensor => ({
    name,
    dimensions,
    type: 'F16',
    weights: { type: 'random', seed, deviation },
  })
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
      matrices.flatMap(({ name, dimensions: [columns, rows] }) => [
        factor(`blk.${layer}.${name}.weight.lora_a`, [columns, rank]),
        factor(`blk.${layer}.${name}.weight.lora_b`, [rank, rows]),
      ]),
    ).flat(),
  }
  assertWritable(contents)
  return contents
}
