import { NanoError } from '@nano/core'
import { decodeValue } from '../decode-value.ts'
import type { HttpClient } from '../transport/http-client.ts'
import type { ModelTokenizer } from './model-tokenizer.ts'

/** A text of a prompt, or the id of a control token. */
type PromptPiece = string | number

/** How a server's tokenizer is called. */
export interface TokenizerDialect {
  readonly path: string
  /** The body for pieces whose texts must not become control tokens. */
  encodeText(pieces: readonly PromptPiece[]): object
  /** The body for a text whose control tokens are read as such. */
  encodeControls(text: string): object
  decodeTokens(response: unknown): readonly number[]
  readonly detokenizePath: string
  encodeTokens(tokens: readonly number[]): object
  decodeText(response: unknown): string
}

interface ServerTokenizerOptions {
  readonly client: HttpClient
  /** The name that requests use: one server may have several models. */
  readonly model: string
  readonly dialect: TokenizerDialect
  readonly vocabularySize: number
  readonly prependedToken?: string | undefined
}

/**
 * The tokenizer of the server: one request for a prompt, and one more for each control token that
 * it sees for the first time. Requests go out one after another, because each connection may hold a
 * thread of the server.
 */
export function serverTokenizer({
  client,
  model,
  dialect,
  vocabularySize,
  prependedToken,
}: ServerTokenizerOptions): ModelTokenizer {
  const knownControlIds = new Map<string, number>()
  const neverAborted = new AbortController().signal

  async function requestTokens(body: object, signal: AbortSignal): Promise<readonly number[]> {
    const response = await client.post(dialect.path, { ...body, model }, signal)
    return decodeValue(client, dialect.decodeTokens, response)
  }

  async function detokenize(
    tokens: readonly number[],
    signal: AbortSignal = neverAborted,
  ): Promise<string> {
    const body = { ...dialect.encodeTokens(tokens), model }
    const response = await client.post(dialect.detokenizePath, body, signal)
    return decodeValue(client, dialect.decodeText, response)
  }

  /** The id of a control token; nothing for text that is none, or that plain text can write. */
  async function findControlId(text: string, signal: AbortSignal): Promise<number | undefined> {
    const [token, ...otherTokens] = await requestTokens(dialect.encodeControls(text), signal)
    if (token === undefined || otherTokens.length > 0) return undefined
    const plainTokens = await requestTokens(dialect.encodeText([text]), signal)
    return plainTokens.length === 1 && plainTokens[0] === token ? undefined : token
  }

  async function readControlId(control: string, signal: AbortSignal): Promise<number> {
    const token = knownControlIds.get(control) ?? (await findControlId(control, signal))
    if (token === undefined) {
      throw new NanoError(
        'bad-model',
        `${client.label}: the vocabulary lacks the control token ${control}, ` +
          'which the chat format writes. Choose another one with the option format',
      )
    }
    knownControlIds.set(control, token)
    return token
  }

  return {
    vocabularySize,
    turnEnds: [],
    ...(prependedToken !== undefined && { prependedToken }),
    async tokenize(prompt, signal = neverAborted) {
      const pieces: PromptPiece[] = []
      for (const segment of prompt)
        pieces.push(
          'control' in segment ? await readControlId(segment.control, signal) : segment.text,
        )
      return pieces.some((piece) => typeof piece === 'string')
        ? requestTokens(dialect.encodeText(pieces), signal)
        : (pieces as number[])
    },
    detokenize,
    async findControlTokens(text, signal) {
      const plainTokens = new Set(await requestTokens(dialect.encodeText([text]), signal))
      const controls: string[] = []
      for (const token of new Set(await requestTokens(dialect.encodeControls(text), signal))) {
        // A token that plain text can write is no control token.
        const writtenText = plainTokens.has(token) ? '' : await detokenize([token], signal)
        if (writtenText && (await findControlId(writtenText, signal)) === token)
          controls.push(writtenText)
      }
      return controls
    },
  }
}
