import { NanoError } from '@nano/core'
import { bytesOf, type Piece, type Spelling } from './pieces.ts'

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
  readonly special: boolean
}

/** The tokens of a model, and what each writes. */
export interface Vocabulary {
  /** Ids are below it. */
  readonly size: number
  readonly added: readonly AddedToken[]
  /** Nothing for an id that no token has. */
  piece(id: number): Piece
}

/**
 * Reads the tokens of a `tokenizer.json`, and not how text is cut into them.
 * Throws `bad-model` for what has no vocabulary, `unsupported` for a kind that we cannot write text from.
 * @see https://huggingface.co/docs/tokenizers/api/tokenizer
 */
export function vocabulary({ tokenizer: file, name = 'the model' }: TokenizerFiles): Vocabulary {
  const { model, added_tokens: listed = [] } = record(file) ?? {}
  const { type, vocab, byte_fallback: fallback } = record(model) ?? {}
  const entries = record(vocab)
  if (!entries || !Array.isArray(listed)) throw broken(name, 'it has no vocabulary that maps tokens to ids')
  // Older files leave the type out.
  if (type !== undefined && type !== 'BPE') throw new NanoError('unsupported', `${name}: its tokenizer is of the kind ${JSON.stringify(type)}, and only byte-pair encoding is read here`)

  const words = new Map(Object.entries(entries).map(([token, id]) => [Number(id), token]))
  const added = listed.map(record).map((token): AddedToken => {
    if (typeof token?.['id'] !== 'number' || typeof token['content'] !== 'string') throw broken(name, 'one of its added tokens has no id or no content')
    return { id: token['id'], content: token['content'], special: token['special'] !== false }
  })
  const byId = new Map(added.map((token) => [token.id, token]))
  const spelling: Spelling = fallback === true ? 'sentence-piece' : 'byte-level'
  const pieces = new Map<number, Piece>()

  return {
    size: 1 + [...words.keys(), ...byId.keys()].reduce((highest, id) => Math.max(highest, id), -1),
    added,
    piece(id) {
      const known = pieces.get(id)
      if (known) return known
      const token = byId.get(id)
      const made = token ? { bytes: new TextEncoder().encode(token.content), control: token.special } : { bytes: bytesOf(words.get(id) ?? '', spelling), control: false }
      pieces.set(id, made)
      return made
    },
  }
}

/** For a file that cannot be used. */
export function broken(name: string, what: string, cause?: unknown): NanoError {
  return new NanoError('bad-model', `${name}: tokenizer.json is none that can be read: ${what}. Get it again from where the model came from.`, { cause })
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
}
