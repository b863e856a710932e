import { NanoError } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'
import { findSpelling } from './spelling.ts'
import { fileError } from './file-error.ts'
import { cachePieces, type TokenPiece, tokenPiece, tokenToBytes } from './token-bytes.ts'

/** What a vocabulary is read from. */
export interface TokenizerFiles {
  /** `tokenizer.json`, parsed. */
  readonly tokenizer: unknown
  /** For people and messages, e.g. the model's name. */
  readonly name?: string
}

/** A token that was added to those learned from text. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  /** A control token, which text cannot write. */
  readonly isSpecial: boolean
  /** Takes the blanks before it. */
  readonly stripsLeft: boolean
  /** Takes the blanks after it. */
  readonly stripsRight: boolean
  /** Found only where no word goes on before or after it. */
  readonly isWord: boolean
  /** Found in text after its normalization, and not before. */
  readonly isNormalized: boolean
}

/** The tokens of a model, and what each writes. */
export interface Vocabulary {
  /** Every id is less. */
  readonly size: number
  /** How many ids have a token; less than `size` where some have none. */
  readonly tokenCount: number
  readonly addedTokens: readonly AddedToken[]
  /** The piece of a token; empty for an id that has none. */
  piece(id: number): TokenPiece
}

/**
 * Reads the tokens of a `tokenizer.json`, and not how text is cut into them. Throws `bad-model` for
 * a file without a vocabulary or with contradicting ids, and `unsupported` for a kind of tokenizer
 * that this package cannot read.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function vocabulary({ tokenizer: file, name = 'the model' }: TokenizerFiles): Vocabulary {
  const { model, added_tokens: addedList = [] } = toRecord(file) ?? {}
  const { type, vocab } = toRecord(model) ?? {}
  // Older files leave the kind out. Only the vocabulary of Unigram is a list.
  const kind = type ?? (Array.isArray(vocab) ? 'Unigram' : 'BPE')
  if (kind !== 'BPE' && kind !== 'Unigram')
    throw new NanoError(
      'unsupported',
      `${name}: the tokenizer is of the kind ${JSON.stringify(kind)}, ` +
        'and only byte-pair encoding and Unigram are supported',
    )
  if (!Array.isArray(addedList)) throw fileError(name, 'its added tokens are not a list')

  const learnedTokens = indexById(
    (kind === 'BPE' ? listPairs(vocab, name) : listScored(vocab, name)).map(([content, id]) => ({
      id: parseId(id, content, name),
      content,
    })),
    name,
  )
  const addedTokens = addedList.map((entry) => parseAddedToken(entry, name))
  const addedById = indexById(addedTokens, name)
  const spelling = findSpelling(toRecord(file) ?? {})
  const ids = new Set([...learnedTokens.keys(), ...addedById.keys()])

  function readPiece(id: number): TokenPiece {
    const added = addedById.get(id)
    return added
      ? tokenPiece(new TextEncoder().encode(added.content), added.isSpecial)
      : tokenPiece(tokenToBytes(learnedTokens.get(id)?.content ?? '', spelling), false)
  }

  return {
    size: 1 + [...ids].reduce((highest, id) => Math.max(highest, id), -1),
    tokenCount: ids.size,
    addedTokens,
    piece: cachePieces(readPiece),
  }
}

/** The tokens and ids of byte-pair encoding. */
function listPairs(vocab: unknown, name: string): readonly (readonly [string, unknown])[] {
  const entries = toRecord(vocab)
  if (!entries) throw fileError(name, 'it has no vocabulary that maps tokens to ids')
  return Object.entries(entries)
}

/** The tokens and ids of Unigram, whose list has scores. */
function listScored(vocab: unknown, name: string): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(vocab)) throw fileError(name, 'it has no list of tokens with scores')
  return vocab.map((entry: unknown, id) => {
    const [token, score]: unknown[] = Array.isArray(entry) ? entry : []
    if (typeof token === 'string' && typeof score === 'number') return [token, id]
    throw fileError(name, `its token ${id} is not a text with a score`)
  })
}

function parseAddedToken(entry: unknown, name: string): AddedToken {
  const { id, content, special, lstrip, rstrip, single_word, normalized } = toRecord(entry) ?? {}
  if (id === undefined || typeof content !== 'string')
    throw fileError(name, 'one of its added tokens has no id or no content')
  const isSpecial = special !== false
  return {
    id: parseId(id, content, name),
    content,
    isSpecial,
    stripsLeft: lstrip === true,
    stripsRight: rstrip === true,
    isWord: single_word === true,
    isNormalized: typeof normalized === 'boolean' ? normalized : !isSpecial,
  }
}

function parseId(id: unknown, content: string, name: string): number {
  if (Number.isSafeInteger(id) && Number(id) >= 0) return Number(id)
  throw fileError(
    name,
    `its token ${JSON.stringify(content)} has the id ${JSON.stringify(id)}, ` +
      'which is not a whole number of 0 or more',
  )
}

/** Indexes tokens by id. A token may occur twice; two tokens with one id are an error. */
function indexById<T extends { readonly id: number; readonly content: string }>(
  tokens: readonly T[],
  name: string,
): ReadonlyMap<number, T> {
  const byId = new Map<number, T>()
  for (const token of tokens) {
    const sameId = byId.get(token.id)
    if (sameId && sameId.content !== token.content)
      throw fileError(
        name,
        `its tokens ${JSON.stringify(sameId.content)} and ${JSON.stringify(token.content)} ` +
          `both have the id ${token.id}`,
      )
    byId.set(token.id, token)
  }
  return byId
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isJsonObject(value) ? value : undefined
}
