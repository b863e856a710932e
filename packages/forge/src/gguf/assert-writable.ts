import { NanoError } from '@nano/core'
import type { GgufTensor } from '../tensors/gguf-tensor.ts'
import { quantizers } from '../tensors/quantize.ts'
import { tensorTypes } from '../tensors/tensor-types.ts'
import type { GgufContents } from './gguf-contents.ts'

/** Throws `invalid-request` for contents that cannot be a file, before anything is written. */
export function assertWritable({ tensors }: GgufContents): void {
  const names = new Set<string>()
  for (const tensor of tensors) {
    if (names.has(tensor.name))
      throw invalidTensorError(tensor, 'exists twice. Give each tensor a name of its own')
    names.add(tensor.name)
    assertForm(tensor)
    assertWeights(tensor)
  }
}

function assertForm(tensor: GgufTensor): void {
  const { name, dimensions, type } = tensor
  // The limits are ggml's GGML_MAX_NAME and GGML_MAX_DIMS.
  if (new TextEncoder().encode(name).length > 63)
    throw invalidTensorError(tensor, 'has a name of more than 63 bytes. Shorten it')
  if (dimensions.length < 1 || dimensions.length > 4)
    throw invalidTensorError(tensor, `has ${dimensions.length} dimensions. Give one to four`)
  if (dimensions.some((size) => !Number.isSafeInteger(size) || size < 1))
    throw invalidTensorError(
      tensor,
      `has dimensions ${dimensions.join(' × ')}. Give positive whole numbers`,
    )
  const { block } = tensorTypes[type]
  const [length = 0] = dimensions
  if (length % block !== 0)
    throw invalidTensorError(
      tensor,
      `has rows of ${length} weights, and ${type} packs ${block} at a time. ` +
        `Give rows of a multiple of ${block}, or choose another type`,
    )
}

function assertWeights(tensor: GgufTensor): void {
  const { dimensions, type, weights } = tensor
  // A larger deviation needs scales that half precision cannot hold, and gives logits of NaN.
  if (weights.type === 'random' && !(weights.deviation >= 0 && weights.deviation <= 1_000))
    throw invalidTensorError(tensor, `has a deviation of ${weights.deviation}. Give 0 to 1,000`)
  if ((weights.type === 'values' || weights.type === 'rows') && !quantizers[type])
    throw invalidTensorError(
      tensor,
      `has weights that cannot be written as ${type}. ` +
        `Choose one of ${Object.keys(quantizers).join(', ')}, or random weights`,
    )
  const count = dimensions.reduce((product, size) => product * size, 1)
  if (weights.type === 'values' && weights.values.length !== count)
    throw invalidTensorError(
      tensor,
      `has ${weights.values.length} weights, ` +
        `and its dimensions ${dimensions.join(' × ')} need ${count}`,
    )
}

function invalidTensorError({ name }: GgufTensor, fault: string): NanoError {
  return new NanoError('invalid-request', `forge: tensor ${name} ${fault}.`)
}
