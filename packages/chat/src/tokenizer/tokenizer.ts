import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { NanoError } from '@nano/core'
import type { Prompt } from '../prompt/prompt.ts'
import { joinPieces } from './token-bytes.ts'
import { fileError, type TokenizerFiles, vocabulary, type Vocabulary } from './vocabulary.ts'

/** A model's tokenizer, which keeps control tokens and text apart. */
export interface Tokenizer {
  /** Every id is less. */
  readonly vocabularySize: number
  /**
   * The text of the tokens that were added to those learned from text. All control tokens are among
   * them.
   */
  readonly addedTokens: readonly string[]
  /** The text of the control token that it puts before a prompt, where it does. */
  readonly bosToken?: string
  /**
   * Control segments become control tokens, text never does, and nothing is added. Throws
   * `bad-model` for a control token that the vocabulary does not have.
   */
  tokenize(prompt: Prompt): number[]
  /** The text of tokens together, with U+FFFD for broken bytes. */
  detokenize(tokens: readonly number[], options: { readonly showControlTokens: boolean }): string
  controlTokenId(token: string): number | undefined
}

/**
 * Reads a `tokenizer.json`. Added tokens that are not marked special, such as runs of spaces, are
 * found in text too, as llama.cpp does. Throws `bad-model` for a file that is no tokenizer, and
 * `unsupported` for a kind of tokenizer that this package cannot read.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function tokenizer({ tokenizer: file, name = 'the model' }: TokenizerFiles): Tokenizer {
  const { size, addedTokens, piece } = vocabulary({ tokenizer: file, name })
  const addedIds = new Map(addedTokens.map(({ content, id }) => [content, id]))
  const library = loadLibrary(file as object, addedTokens, name)

  function controlTokenId(token: string): number {
    const id = addedIds.get(token)
    if (id !== undefined) return id
    throw new NanoError(
      'bad-model',
      `${name}: the vocabulary has no control token ${token}, which the format writes. ` +
        'Open the model with another format.',
    )
  }

  const tokenizeText = (text: string) => library.encode(text, { add_special_tokens: false }).ids
  const [firstToken] = library.tokenize('a', { add_special_tokens: true })
  const bosToken = addedTokens.find(({ content, isSpecial }) => isSpecial && content === firstToken)

  return {
    vocabularySize: size,
    addedTokens: addedTokens.map(({ content }) => content),
    ...(bosToken && { bosToken: bosToken.content }),
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment ? [controlTokenId(segment.control)] : tokenizeText(segment.text),
      ),
    detokenize: (tokens, options) => joinPieces(tokens.map(piece), options),
    controlTokenId: (token) => addedIds.get(token),
  }
}

interface TokenizerParts {
  readonly added_tokens?: readonly { readonly id: number }[]
  readonly normalizer?: unknown
  readonly pre_tokenizer?: unknown
}

/** Loads the library without special tokens, because it would find them in any text. */
function loadLibrary(
  file: object,
  addedTokens: Vocabulary['addedTokens'],
  name: string,
): LibraryTokenizer {
  const specialIds = new Set(addedTokens.filter((token) => token.isSpecial).map(({ id }) => id))
  const { added_tokens: allAdded = [], normalizer, pre_tokenizer } = file as TokenizerParts
  if (lacksPattern([normalizer, pre_tokenizer]))
    throw fileError(name, 'a part that splits or replaces text has no pattern')
  const absentParts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
  const added_tokens = allAdded.filter(({ id }) => !specialIds.has(id))
  try {
    return new LibraryTokenizer({ ...absentParts, ...file, added_tokens }, {})
  } catch (cause) {
    throw fileError(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** Whether a part has no pattern. The library ignores it, and tokenizes text differently. */
function lacksPattern(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  const { type, pattern } = part as {
    readonly type?: unknown
    readonly pattern?: { readonly String?: unknown; readonly Regex?: unknown }
  }
  const needsPattern = type === 'Split' || type === 'Replace'
  if (needsPattern && typeof (pattern?.String ?? pattern?.Regex) !== 'string') return true
  return Object.values(part).some(lacksPattern)
}
