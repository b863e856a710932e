import type { Prompt } from '@nano/chat'
import { NanoError } from '@nano/core'
import type { Piece, TokensDialect } from '../profiles/profile.ts'
import type { Wire } from '../transport/wire.ts'

/** Exact tokens of a model, from wherever they come. */
export interface Tokens {
  /** Ids are below it. */
  readonly vocabularySize: number
  readonly beginning?: string
  /** Tokens that end a turn, where they are known here and not only at the server. */
  readonly ends: readonly number[]
  /** Control segments become control tokens, text never does. */
  tokenize(prompt: Prompt, signal?: AbortSignal): Promise<readonly number[]>
  detokenize(tokens: readonly number[], signal?: AbortSignal): Promise<string>
  /** The control tokens of the vocabulary, those that are in `written` at least. */
  controls(written: string, signal: AbortSignal): Promise<readonly string[]>
  /** The text of tokens together, broken bytes as U+FFFD, where the vocabulary is here. */
  text?(tokens: readonly number[], options: { readonly controls: boolean }): string
}

interface RemoteOptions {
  readonly wire: Wire
  readonly dialect: TokensDialect
  readonly vocabularySize: number
  readonly beginning?: string | undefined
}

/**
 * Tokens from the server: one question for a prompt, and one more for each control token that was
 * not seen before.
 */
export function remoteTokens({ wire, dialect, vocabularySize, beginning }: RemoteOptions): Tokens {
  const controls = new Map<string, number>()
  const never = new AbortController().signal
  const ask = async (body: object, signal: AbortSignal) =>
    dialect.tokens(await wire.post(dialect.path, body, signal))

  /** Its id, where it is a token that text cannot write. */
  async function apart(text: string, signal: AbortSignal): Promise<number | undefined> {
    const [token, ...more] = await ask(dialect.control(text), signal)
    if (token === undefined || more.length > 0) return undefined
    const plain = await ask(dialect.plain([text]), signal)
    return plain.length === 1 && plain[0] === token ? undefined : token
  }

  /** Its id, asked for once. */
  async function controlToken(control: string, signal: AbortSignal): Promise<number> {
    const token = controls.get(control) ?? (await apart(control, signal))
    if (token === undefined) {
      throw new NanoError(
        'bad-model',
        `${wire.who}: the vocabulary has no control token ${control}, which the format writes. Open the model with another format.`,
      )
    }
    controls.set(control, token)
    return token
  }

  const detokenize = async (tokens: readonly number[], signal = never) =>
    dialect.text(await wire.post(dialect.detokenizePath, dialect.detokenize(tokens), signal))

  return {
    vocabularySize,
    ends: [],
    ...(beginning !== undefined && { beginning }),
    async tokenize(prompt, signal = never) {
      const pieces: Piece[] = []
      // One after another, for each connection may hold a thread of the server.
      for (const segment of prompt)
        pieces.push(
          'control' in segment ? await controlToken(segment.control, signal) : segment.text,
        )
      return pieces.some((piece) => typeof piece === 'string')
        ? ask(dialect.plain(pieces), signal)
        : (pieces as number[])
    },
    detokenize,
    async controls(written, signal) {
      const plain = new Set(await ask(dialect.plain([written]), signal))
      const found: string[] = []
      for (const token of new Set(await ask(dialect.control(written), signal))) {
        // What plain text was read as is none; one after another, as above.
        const text = plain.has(token) ? '' : await detokenize([token], signal)
        if (text && (await apart(text, signal)) === token) found.push(text)
      }
      return found
    },
  }
}
