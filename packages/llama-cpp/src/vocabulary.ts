import type { Prompt } from '@nano/chat'
import { NanoError, type TokenLogprob } from '@nano/core'
import type { LlamaModel, Token } from './runtime.ts'

/** A model's tokens, with control tokens apart from text. */
export interface Vocabulary {
  tokenize(prompt: Prompt): Token[]
  /** `before` are the tokens in front of these: the first word of a text has no space to lose. */
  text(tokens: readonly number[], options: { readonly controls: boolean; readonly before?: readonly Token[] }): string
  /** With the texts that log-probabilities are shown with, control tokens among them. */
  named(logprob: Omit<TokenLogprob, 'text'>): TokenLogprob
}

export function vocabulary(model: LlamaModel, name: string, format: string): Vocabulary {
  const controls = new Map<string, Token>()

  function controlToken(control: string): Token {
    const known = controls.get(control)
    if (known !== undefined) return known
    const [token, ...more] = model.tokenize(control, true)
    if (token === undefined || more.length > 0) {
      throw new NanoError('bad-model', `${name}: the vocabulary has no control token ${control}, which the format ${format} writes. Open the model with another format.`)
    }
    controls.set(control, token)
    return token
  }

  const text: Vocabulary['text'] = (tokens, { controls, before = [] }) => model.detokenize(tokens as readonly Token[], controls, before)
  const alone = (token: number) => text([token], { controls: true })

  return {
    tokenize: (prompt) => prompt.flatMap((segment) => ('control' in segment ? [controlToken(segment.control)] : model.tokenize(segment.text, false))),
    text,
    named: ({ token, logprob, top }) => ({ token, text: alone(token), logprob, top: top.map((entry) => ({ ...entry, text: alone(entry.token) })) }),
  }
}
