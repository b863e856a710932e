import { NanoError } from '@nano/core'
import { isJsonObject, type TokenDecoder } from '@nano/core/driver'
import type { Prompt } from '../prompt/prompt.ts'
import { findAddedSpace } from './added-space.ts'
import { findBosToken } from './bos-token.ts'
import { encoder } from './encoding/encoder.ts'
import { joinPieces, pieceDecoder, type ShownControlTokens, pieceReader } from './token-bytes.ts'
import { type AddedToken, type TokenizerFiles, vocabulary } from './vocabulary.ts'

/** A model's tokenizer, which keeps control tokens and text apart. */
export interface Tokenizer {
  /** Every id is less. */
  readonly vocabularySize: number
  /** The texts of the control tokens, which no text can write. */
  readonly controlTokens: readonly string[]
  /** The text of the control token that it puts before a prompt, where it does. */
  readonly bosToken?: string
  /**
   * Control segments become control tokens, text never does, and nothing is added. Throws
   * `bad-model` for a control token that the vocabulary does not have.
   */
  tokenize(prompt: Prompt): number[]
  /** The text of tokens together, with U+FFFD for broken bytes. */
  detokenize(tokens: readonly number[], options: DetokenizeOptions): string
  /** Decodes tokens one by one, to the same text as `detokenize`. */
  decoder(options: DetokenizeOptions): TokenDecoder
  controlTokenId(token: string): number | undefined
}

/** How tokens become text. */
export interface DetokenizeOptions {
  readonly shownControlTokens: ShownControlTokens
  /**
   * The token before them, where they continue others. Some tokenizers add a space before a text,
   * which is left out again; a space that continues a text is the text's own.
   */
  readonly previousToken?: number | undefined
}

/**
 * Reads a `tokenizer.json`, and gives the ids that the reference gives. Added tokens that are not
 * marked special, such as runs of spaces, are found in text too. Throws `bad-model` for a file that
 * is no tokenizer, and `unsupported` for a kind of tokenizer that this package cannot read.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function tokenizer({ tokenizer: file, name = 'the model' }: TokenizerFiles): Tokenizer {
  const { size, addedTokens, piece } = vocabulary({ tokenizer: file, name })
  const parts = isJsonObject(file) ? file : {}
  const addedByText = new Map(addedTokens.map((token) => [token.content, token]))
  const addedById = new Map(addedTokens.map((token) => [token.id, token]))
  const addedSpace = findAddedSpace(parts, name)

  function controlToken(text: string): AddedToken {
    const token = addedByText.get(text)
    if (token) return token
    throw new NanoError(
      'bad-model',
      `${name}: the vocabulary has no control token ${text}, which the format writes. ` +
        'Open the model with another format.',
    )
  }

  const encode = encoder({ file: parts, addedTokens, name, controlToken })
  const bosToken = addedByText.get(findBosToken(parts.post_processor) ?? '')

  function addsSpace(previousToken: number | undefined, token: number): boolean {
    if (addedById.has(token)) return false
    if (previousToken === undefined) return addedSpace.atStart
    const before = addedById.get(previousToken)
    return before !== undefined && addedSpace.isAfter(before)
  }
  const reader = (previousToken: number | undefined) =>
    pieceReader({ pieceOf: piece, addsSpace, previousToken })

  return {
    vocabularySize: size,
    controlTokens: addedTokens.filter(({ isSpecial }) => isSpecial).map(({ content }) => content),
    ...(bosToken?.isSpecial && { bosToken: bosToken.content }),
    tokenize: encode,
    detokenize: (tokens, { previousToken, ...options }) =>
      joinPieces(tokens.map(reader(previousToken)), options),
    decoder: ({ previousToken, ...options }) => pieceDecoder(reader(previousToken), options),
    controlTokenId: (token) => addedByText.get(token)?.id,
  }
}
