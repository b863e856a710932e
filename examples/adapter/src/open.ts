import { formats } from '@nano/chat'
import { chat } from '@nano/chat/engine'
import { Model, NanoError } from '@nano/core'
import { learn } from './chain.ts'
import { engine } from './engine.ts'

/** What callers write. */
export interface MarkovOptions {
  /** What to learn from: one reply a line. */
  readonly text: string
  /** How many characters the next one depends on. */
  readonly order?: number
  /** Tokens of prompt and reply together. */
  readonly contextLength?: number
}

/**
 * Opens a model that goes on as `text` does. Throws `bad-model` when there is nothing to learn
 * from.
 */
export async function openMarkov({
  text,
  order = 4,
  contextLength = 4_000,
}: MarkovOptions): Promise<Model> {
  const lines = text.split('\n').filter(Boolean)
  if (lines.length === 0) throw new NanoError('bad-model', 'markov: there is no text to learn from')
  return new Model(chat(engine({ chain: learn(lines, order), contextLength }), formats.chatml))
}
