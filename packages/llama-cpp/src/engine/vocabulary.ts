import type { Prompt } from '@nano/chat'
import { joinPieces } from '@nano/chat/engine'
import { NanoError, type TokenLogprob } from '@nano/core'
import { bytePieces } from './byte-pieces.ts'
import type { GgufVocabulary, LlamaModel, Token } from '../runtime.ts'

/** A model's tokens, with control tokens apart from text. */
export interface Vocabulary {
  tokenize(prompt: Prompt): Token[]
  /** `before` are the tokens in front of these: the first word of a text has no space to lose. */
  text(
    tokens: readonly number[],
    options: { readonly controls: boolean; readonly before?: readonly Token[] },
  ): string
  /** With the texts that log-probabilities are shown with, control tokens among them. */
  named(logprob: Omit<TokenLogprob, 'text'>): TokenLogprob
}

interface VocabularyOptions {
  readonly model: LlamaModel
  /** As the file has it. */
  readonly words: GgufVocabulary
  /** Of the engine, and of its format, for messages. */
  readonly name: string
  readonly format: string
}

export function vocabulary({ model, words, name, format }: VocabularyOptions): Vocabulary {
  const pieces = bytePieces(words)
  const controls = new Map<string, Token>()

  function controlToken(control: string): Token {
    const known = controls.get(control)
    if (known !== undefined) return known
    const [token, ...more] = model.tokenize(control, true)
    if (token === undefined || more.length > 0) {
      throw new NanoError(
        'bad-model',
        `${name}: the vocabulary has no control token ${control}, which the format ${format} writes. Open the model with another format.`,
      )
    }
    controls.set(control, token)
    return token
  }

  // The runtime drops spaces before punctuation, as a tokenizer for people's eyes did once: what a
  // model says is not what it then gives.
  const text: Vocabulary['text'] = (tokens, { controls, before = [] }) =>
    pieces
      ? joinPieces(tokens.map(pieces), { showControlTokens: controls })
      : model.detokenize(tokens as readonly Token[], controls, before)
  const alone = (token: number) => text([token], { controls: true })

  return {
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment
          ? [controlToken(segment.control)]
          : model.tokenize(segment.text, false),
      ),
    text,
    named: ({ token, logprob, top }) => ({
      token,
      text: alone(token),
      logprob,
      top: top.map((entry) => ({ ...entry, text: alone(entry.token) })),
    }),
  }
}
