import { NanoError } from '@nano/core'
import type { GgufContents, GgufTensor } from './gguf.ts'
import { quantisers } from './quantise.ts'
import { randomBits } from './random-bits.ts'
import { transformer, type TransformerOptions } from './transformer.ts'

/** What to make of a shape, and which token follows which. */
export interface SuccessorOptions extends TransformerOptions {
  /** The token after each; called once per token when the file is written. */
  readonly next: (token: number) => number
}

/**
 * A decoder whose greedy reply is known beforehand: after each token comes `next(token)`, whatever
 * came earlier. Attention and feed-forward add nothing, at their full cost: the matrices that lead
 * back are zero, all others random. A row of the embedding is the output's row of the next token,
 * and random rows are nearly orthogonal. Throws `invalid-request` for a shape that ties the two.
 */
export function successor({ next, ...options }: SuccessorOptions): GgufContents {
  const { shape, seed = 0 } = options
  if (shape.tied)
    throw new NanoError(
      'invalid-request',
      'forge: successor needs an output matrix of its own, and this shape is tied: each token would follow itself. Give { ...shape, tied: false }.',
    )
  const { metadata, tensors } = transformer(options)
  const signs = signsBySeed(seed, shape.hidden)
  const following = (token: number): number => {
    const follower = next(token)
    if (!Number.isSafeInteger(follower) || follower < 0 || follower >= shape.vocabulary)
      throw new NanoError(
        'invalid-request',
        `forge: next(${token}) is ${follower}, and the ids of the vocabulary are 0 to ${shape.vocabulary - 1}.`,
      )
    return follower
  }
  return {
    metadata,
    tensors: tensors.map((tensor): GgufTensor => {
      if (tensor.name === 'token_embd.weight')
        return rows(tensor, (token) => signs(following(token)))
      if (tensor.name === 'output.weight') return rows(tensor, signs)
      return /attn_output|ffn_down/.test(tensor.name)
        ? { ...tensor, weights: { type: 'zeros' } }
        : tensor
    }),
  }
}

/**
 * The order of a passage: each token leads to the one after it, the last and every token outside to
 * the first. A token that comes twice leads on from its last place.
 */
export function cycle(tokens: readonly number[]): (token: number) => number {
  const [first] = tokens
  if (first === undefined)
    throw new NanoError(
      'invalid-request',
      'forge: a cycle of no tokens has no next. Give one or more.',
    )
  const following = new Map(tokens.map((token, index) => [token, tokens[index + 1] ?? first]))
  return (token) => following.get(token) ?? first
}

/** In the type of the mix where that can be given, else in the nearest that can. */
function rows(tensor: GgufTensor, row: (index: number) => Float32Array): GgufTensor {
  return {
    ...tensor,
    type: quantisers[tensor.type] ? tensor.type : 'Q8_0',
    weights: { type: 'rows', row },
  }
}

/**
 * A row of equal weights with random signs for each token, made when asked for. The same array each
 * time.
 */
function signsBySeed(seed: number, length: number): (token: number) => Float32Array {
  const row = new Float32Array(length)
  const bits = new Uint32Array(Math.ceil(length / 32))
  // The sum over a matching row is `length × size` and has to outweigh the noise of all others: 24
  // does, and no temperature in use gets past it.
  const size = 24 / length
  return (token) => {
    randomBits(seed, token)(bits)
    for (let index = 0; index < length; index++)
      row[index] = ((bits[index >> 5] ?? 0) >>> (index & 31)) & 1 ? size : -size
    return row
  }
}
