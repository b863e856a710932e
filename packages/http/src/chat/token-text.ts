import { NanoError } from '@nano/core'
import { decodeValue } from '../decode-value.ts'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'
import type { HttpClient } from '../transport/http-client.ts'
import type { ChatDialect } from './chat-dialect.ts'

interface TokenTextOptions {
  readonly client: HttpClient
  /** The name that requests use. */
  readonly model: string
  readonly dialect: ChatDialect
  readonly tokenizer: ModelTokenizer | undefined
}

/** Reads the text of a token, from the tokenizer or from the server. */
export function tokenTextReader({
  client,
  model,
  dialect: { tokenText },
  tokenizer,
}: TokenTextOptions): (token: number, signal: AbortSignal) => Promise<string> {
  return async (token, signal) => {
    if (tokenizer) return tokenizer.detokenize([token], signal)
    if (tokenText) {
      const response = await client.post(tokenText.path, tokenText.encode(model, token), signal)
      return decodeValue(client, tokenText.decode, response)
    }
    throw new NanoError('bad-output', `${client.label}: the server sent a token without its text`)
  }
}
