import { NanoError } from '@nano/core'
import type { GgufTensor } from '../tensors/gguf-tensor.ts'
import { quantizers } from '../tensors/quantize.ts'
import { randomBits } from '../tensors/random-bits.ts'
import type { GgufContents } from './gguf-contents.ts'
import { transformer, type TransformerOptions } from './transformer.ts'

/** Options of `successor`. */
export interface SuccessorOptions extends TransformerOptions {
  /** Returns the token that follows a token. Called once per token while the file is written. */
  readonly next: (token: number) => number
}

/**
 * A decoder whose greedy reply is known beforehand: after each token comes `next(token)`, whatever
 * came before. It takes the time of a real model. The matrices that lead back from attention and
 * feed-forward are zero, and all others are random. The row of a token in the embedding is the row
 * of the next token in the output matrix; random rows are nearly orthogonal. Throws
 * `invalid-request` for a shape with tied embeddings.
 */
export function successor({ next, ...options }: SuccessorOptions): GgufContents {
  const { shape, seed = 0 } = options
  if (shape.hasTiedEmbeddings)
    throw new NanoError(
      'invalid-request',
      'forge: successor needs an output matrix of its own, and the embeddings of this shape are ' +
        'tied: each token would follow itself. Give { ...shape, hasTiedEmbeddings: false }.',
    )
  const { metadata, tensors } = transformer(options)
  const fillSignRow = randomSignRows(seed, shape.hiddenSize)
  const findNext = (token: number): number => {
    const nextToken = next(token)
    if (!Number.isSafeInteger(nextToken) || nextToken < 0 || nextToken >= shape.vocabularySize)
      throw new NanoError(
        'invalid-request',
        `forge: next(${token}) is ${nextToken}, ` +
          `and the ids of the vocabulary are 0 to ${shape.vocabularySize - 1}.`,
      )
    return nextToken
  }
  return {
    metadata,
    tensors: tensors.map((tensor): GgufTensor => {
      if (tensor.name === 'token_embd.weight')
        return withRows(tensor, (token) => fillSignRow(findNext(token)))
      if (tensor.name === 'output.weight') return withRows(tensor, fillSignRow)
      return /attn_output|ffn_down/.test(tensor.name)
        ? { ...tensor, weights: { type: 'zeros' } }
        : tensor
    }),
  }
}

/**
 * An order for `successor` that repeats a passage: each token leads to the one after it, and the
 * last token and every token outside of the passage lead to the first. A token that occurs twice
 * leads on from its last place.
 */
export function cycle(tokens: readonly number[]): (token: number) => number {
  const [first] = tokens
  if (first === undefined)
    throw new NanoError(
      'invalid-request',
      'forge: a cycle without tokens has no next token. Give one or more.',
    )
  const nextTokens = new Map(tokens.map((token, index) => [token, tokens[index + 1] ?? first]))
  return (token) => nextTokens.get(token) ?? first
}

/** Replaces the weights. A type that they cannot be written in becomes Q8_0. */
function withRows(tensor: GgufTensor, row: (index: number) => Float32Array): GgufTensor {
  return {
    ...tensor,
    type: quantizers[tensor.type] ? tensor.type : 'Q8_0',
    weights: { type: 'rows', row },
  }
}

/**
 * Creates a function that returns a row of equal weights with random signs for each token. It
 * returns the same array each time.
 */
function randomSignRows(seed: number, length: number): (token: number) => Float32Array {
  const row = new Float32Array(length)
  const bits = new Uint32Array(Math.ceil(length / 32))
  // The logit of the next token is `length × weight`. It has to outweigh the noise of all others,
  // also at the temperatures in use; 24 does.
  const weight = 24 / length
  return (token) => {
    randomBits(seed, token)(bits)
    for (let index = 0; index < length; index++)
      row[index] = ((bits[index >> 5] ?? 0) >>> (index & 31)) & 1 ? weight : -weight
    return row
  }
}
