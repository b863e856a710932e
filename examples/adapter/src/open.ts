import { formats } from '@nano/chat'
import { chat } from '@nano/chat/engine'
import { Model, NanoError } from '@nano/core'
import { learnChain } from './chain.ts'
import { engine } from './engine.ts'

/** Options of `openMarkov`. */
export interface MarkovOptions {
  /** The text to learn from: one reply per line. */
  readonly text: string
  /** How many characters the next character depends on. */
  readonly order?: number
  /** Tokens of prompt and reply together. */
  readonly contextLength?: number
}

/** Opens a model that writes like `text`. Throws `bad-model` for an empty text. */
export async function openMarkov({
  text,
  order = 4,
  contextLength = 4_000,
}: MarkovOptions): Promise<Model> {
  const lines = text.split('\n').filter(Boolean)
  if (lines.length === 0) throw new NanoError('bad-model', 'markov: there is no text to learn from')
  return new Model(chat(engine({ chain: learnChain(lines, order), contextLength }), formats.chatml))
}
