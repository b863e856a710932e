import type { Prompt } from '@nano/chat'
import { NanoError } from '@nano/core'
import type { Piece, TokensDialect } from './profile.ts'
import type { Wire } from './wire.ts'

/** Exact tokens of a model, from wherever they come. */
export interface Tokens {
  /** Ids are below it. */
  readonly vocabularySize: number
  readonly beginning?: string
  /** Tokens that end a turn, where they are known here and not only at the server. */
  readonly ends: readonly number[]
  /** Control segments become control tokens, text never does. */
  tokenize(prompt: Prompt): Promise<readonly number[]>
  detokenize(tokens: readonly number[]): Promise<string>
}

interface RemoteOptions {
  readonly wire: Wire
  readonly dialect: TokensDialect
  readonly vocabularySize: number
  readonly beginning?: string | undefined
}

/** Tokens from the server: one question for a prompt, and one more for each control token that was not seen before. */
export function remoteTokens({ wire, dialect, vocabularySize, beginning }: RemoteOptions): Tokens {
  const controls = new Map<string, Promise<number>>()
  // Questions of a moment, which nothing waits for on behalf of a call.
  const { signal } = new AbortController()
  const ask = async (body: object) => dialect.tokens(await wire.post(dialect.path, body, signal))

  async function controlToken(control: string): Promise<number> {
    const [token, ...more] = await ask(dialect.control(control))
    const plain = await ask(dialect.plain([control]))
    if (token === undefined || more.length > 0 || (plain.length === 1 && plain[0] === token)) {
      throw new NanoError('bad-model', `${wire.who}: the vocabulary has no control token ${control}, which the format writes. Open the model with another format.`)
    }
    return token
  }

  function known(control: string): Promise<number> {
    const found = controls.get(control) ?? controlToken(control)
    controls.set(control, found)
    // A server that was away for a moment is asked again.
    found.catch(() => controls.delete(control))
    return found
  }

  return {
    vocabularySize,
    ends: [],
    ...(beginning !== undefined && { beginning }),
    async tokenize(prompt) {
      const pieces: Piece[] = []
      // One after another, for each connection may hold a thread of the server; they are asked for once.
      for (const segment of prompt) pieces.push('control' in segment ? await known(segment.control) : segment.text)
      return pieces.some((piece) => typeof piece === 'string') ? ask(dialect.plain(pieces)) : (pieces as number[])
    },
    detokenize: async (tokens) => dialect.text(await wire.post(dialect.detokenizePath, dialect.detokenize(tokens), signal)),
  }
}
