import { NanoError } from '@nano/core'
import { tokenToBytes, type Piece, type Spelling } from './token-bytes.ts'

/** What a vocabulary is read from. */
export interface TokenizerFiles {
  /** `tokenizer.json`, parsed. */
  readonly tokenizer: unknown
  /** For people and messages, e.g. the model's name. */
  readonly name?: string
}

/** A token that was added to what was learnt from text. */
interface AddedToken {
  readonly id: number
  readonly content: string
  /** Text cannot write it. */
  readonly isSpecial: boolean
}

/** The tokens of a model, and what each writes. */
export interface Vocabulary {
  /** Ids are below it. */
  readonly size: number
  /** Ids that have a token: fewer than `size` where some have none. */
  readonly tokenCount: number
  readonly addedTokens: readonly AddedToken[]
  /** Nothing for an id that no token has. */
  piece(id: number): Piece
}

/**
 * Reads the tokens of a `tokenizer.json`, and not how text is cut into them. Throws `bad-model` for
 * what has no vocabulary or ids that do not hold, `unsupported` for a kind that we cannot write
 * text from.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function vocabulary({ tokenizer: file, name = 'the model' }: TokenizerFiles): Vocabulary {
  const { model, added_tokens: listed = [] } = record(file) ?? {}
  const { type, vocab, byte_fallback: fallback } = record(model) ?? {}
  // Older files leave the kind out; only Unigram's vocabulary is a list.
  const kind = type ?? (Array.isArray(vocab) ? 'Unigram' : 'BPE')
  if (kind !== 'BPE')
    throw new NanoError(
      'unsupported',
      `${name}: its tokenizer is of the kind ${JSON.stringify(kind)}, and only byte-pair encoding is read here`,
    )
  const entries = record(vocab)
  if (!entries || !Array.isArray(listed))
    throw broken(name, 'it has no vocabulary that maps tokens to ids')

  const words = byIds(
    Object.entries(entries).map(([content, id]) => ({ id: whole(id, content, name), content })),
    name,
  )
  const added = listed.map(record).map((token): AddedToken => {
    const { id, content, special } = token ?? {}
    if (id === undefined || typeof content !== 'string')
      throw broken(name, 'one of its added tokens has no id or no content')
    return { id: whole(id, content, name), content, isSpecial: special !== false }
  })
  const byId = byIds(added, name)
  const spelling: Spelling = fallback === true ? 'sentence-piece' : 'byte-level'
  const pieces = new Map<number, Piece>()
  const known = new Set([...words.keys(), ...byId.keys()])

  return {
    size: 1 + [...known].reduce((highest, id) => Math.max(highest, id), -1),
    tokenCount: known.size,
    addedTokens: added,
    piece(id) {
      const read = pieces.get(id)
      if (read) return read
      const token = byId.get(id)
      const made = token
        ? { bytes: new TextEncoder().encode(token.content), isControl: token.isSpecial }
        : { bytes: tokenToBytes(words.get(id)?.content ?? '', spelling), isControl: false }
      pieces.set(id, made)
      return made
    },
  }
}

function whole(id: unknown, content: string, name: string): number {
  if (!Number.isSafeInteger(id) || Number(id) < 0)
    throw broken(
      name,
      `its token ${JSON.stringify(content)} has the id ${JSON.stringify(id)}, which is no whole number from 0`,
    )
  return Number(id)
}

/**
 * A token may be there twice; an added one may stand for another of the vocabulary, whose place it
 * takes.
 */
function byIds<T extends { readonly id: number; readonly content: string }>(
  tokens: readonly T[],
  name: string,
): ReadonlyMap<number, T> {
  const found = new Map<number, T>()
  for (const token of tokens) {
    const other = found.get(token.id)
    if (other && other.content !== token.content)
      throw broken(
        name,
        `its tokens ${JSON.stringify(other.content)} and ${JSON.stringify(token.content)} both have the id ${token.id}`,
      )
    found.set(token.id, token)
  }
  return found
}

/** For a file that cannot be used. */
export function broken(name: string, what: string, cause?: unknown): NanoError {
  return new NanoError(
    'bad-model',
    `${name}: tokenizer.json is none that can be read: ${what}. Get it again from where the model came from.`,
    { cause },
  )
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
