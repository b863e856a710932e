import { Tokenizer as Library } from '@huggingface/tokenizers'
import { NanoError } from '@nano/core'
import type { Prompt } from '../prompt/prompt.ts'
import { joinPieces } from './token-bytes.ts'
import { broken, type TokenizerFiles, vocabulary, type Vocabulary } from './vocabulary.ts'

/** A model's vocabulary, with control tokens apart from text. */
export interface Tokenizer {
  /** Ids are below it. */
  readonly vocabularySize: number
  /**
   * The tokens that were added to what was learnt from text, by their text: all control tokens are
   * among them.
   */
  readonly addedTokens: readonly string[]
  /** The control token that it puts before a prompt, where it does. */
  readonly bosToken?: string
  /**
   * Control segments become control tokens, text never does. Adds nothing. Throws `bad-model` for a
   * control token that there is not.
   */
  tokenize(prompt: Prompt): number[]
  /**
   * The text of tokens together, broken bytes as U+FFFD. Control tokens are left out unless asked
   * for.
   */
  detokenize(tokens: readonly number[], options: { readonly showControlTokens: boolean }): string
  controlTokenId(control: string): number | undefined
}

/**
 * Reads a `tokenizer.json`. What its makers added to the vocabulary without calling it special,
 * such as runs of spaces, is read in text too, as llama.cpp does. Throws `bad-model` for what is no
 * tokenizer, `unsupported` for a kind that we cannot write text from.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function tokenizer({ tokenizer: file, name = 'the model' }: TokenizerFiles): Tokenizer {
  const words = vocabulary({ tokenizer: file, name })
  const controls = new Map(words.addedTokens.map(({ content, id }) => [content, id]))
  const library = load(file as object, words, name)

  function controlToken(control: string): number {
    const id = controls.get(control)
    if (id === undefined)
      throw new NanoError(
        'bad-model',
        `${name}: the vocabulary has no control token ${control}, which the format writes. Open the model with another format.`,
      )
    return id
  }

  const plain = (text: string) => library.encode(text, { add_special_tokens: false }).ids
  const [first] = library.tokenize('a', { add_special_tokens: true })

  return {
    vocabularySize: words.size,
    addedTokens: words.addedTokens.map(({ content }) => content),
    ...(first !== undefined &&
      words.addedTokens.some(({ content, isSpecial: special }) => special && content === first) && {
        bosToken: first,
      }),
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment ? [controlToken(segment.control)] : plain(segment.text),
      ),
    detokenize: (tokens, options) => joinPieces(tokens.map(words.piece), options),
    controlTokenId: (control) => controls.get(control),
  }
}

interface TokenizerParts {
  readonly added_tokens?: readonly { readonly id: number }[]
  readonly normalizer?: unknown
  readonly pre_tokenizer?: unknown
}

/** One without special tokens: the library reads them in any text. */
function load(file: object, { addedTokens: added }: Vocabulary, name: string): Library {
  const special = new Set(added.filter((token) => token.isSpecial).map(({ id }) => id))
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
  const { added_tokens: listed = [], normalizer, pre_tokenizer } = file as TokenizerParts
  if (lacksPattern([normalizer, pre_tokenizer]))
    throw broken(name, 'a part that splits or replaces does not say what')
  try {
    return new Library(
      { ...parts, ...file, added_tokens: listed.filter(({ id }) => !special.has(id)) },
      {},
    )
  } catch (cause) {
    throw broken(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** The library goes on without such a part, and cuts text into other tokens. */
function lacksPattern(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  const { type, pattern } = part as {
    readonly type?: unknown
    readonly pattern?: { readonly String?: unknown; readonly Regex?: unknown }
  }
  if (
    (type === 'Split' || type === 'Replace') &&
    typeof (pattern?.String ?? pattern?.Regex) !== 'string'
  )
    return true
  return Object.values(part).some(lacksPattern)
}
