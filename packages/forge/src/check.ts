import { NanoError } from '@nano/core'
import type { GgufContents, GgufTensor } from './gguf.ts'
import { quantisers } from './quantise.ts'
import { tensorTypes } from './tensor-types.ts'

/** Throws `invalid-request` for what cannot be a file, so that nothing is written. */
export function check({ tensors }: GgufContents): void {
  const names = new Set<string>()
  for (const tensor of tensors) {
    if (names.has(tensor.name))
      throw refused(tensor, 'is there twice. Give each tensor a name of its own')
    names.add(tensor.name)
    checkTensor(tensor)
  }
}

function checkTensor(tensor: GgufTensor): void {
  const { name, dimensions, type, weights } = tensor
  const [length = 0] = dimensions
  // ggml's GGML_MAX_NAME and GGML_MAX_DIMS.
  if (new TextEncoder().encode(name).length > 63)
    throw refused(tensor, 'has a name of more than 63 bytes. Shorten it')
  if (dimensions.length < 1 || dimensions.length > 4)
    throw refused(tensor, `has ${dimensions.length} dimensions. Give one to four`)
  if (dimensions.some((size) => !Number.isSafeInteger(size) || size < 1))
    throw refused(tensor, `has dimensions ${dimensions.join(' × ')}. Give positive whole numbers`)

  const { block } = tensorTypes[type]
  if (length % block !== 0)
    throw refused(
      tensor,
      `has rows of ${length} weights, and ${type} packs ${block} at a time. Give rows of a multiple of ${block}, or choose another type`,
    )
  // More would make a scale that half precision cannot hold, and logits that are no numbers.
  if (weights.type === 'random' && !(weights.deviation >= 0 && weights.deviation <= 1_000))
    throw refused(tensor, `has a deviation of ${weights.deviation}. Give 0 to 1,000`)
  if ((weights.type === 'given' || weights.type === 'rows') && !quantisers[type]) {
    throw refused(
      tensor,
      `has given weights, which cannot be written as ${type}. Choose one of ${Object.keys(quantisers).join(', ')}, or random weights`,
    )
  }
  const count = dimensions.reduce((product, size) => product * size, 1)
  if (weights.type === 'given' && weights.values.length !== count)
    throw refused(
      tensor,
      `has ${weights.values.length} weights, and its dimensions ${dimensions.join(' × ')} need ${count}`,
    )
}

function refused({ name }: GgufTensor, why: string): NanoError {
  return new NanoError('invalid-request', `forge: tensor ${name} ${why}.`)
}
