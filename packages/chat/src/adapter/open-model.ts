import { NanoError } from '@nano/core'
import type { ChatFormat } from '../format/chat-format.ts'

// What adapters share when they open a model. The name of the adapter begins their messages.

/** Whether a value can be given for the option `format`: a format, or a name of one. */
export function isFormatOrName(value: unknown): value is ChatFormat | string {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'render' in value)
  )
}

/** Whether a value can be given for the option `now`: the clock of templates that write a date. */
export function isClock(value: unknown): value is () => Date {
  return typeof value === 'function'
}

/** Tokens, where neither the caller nor the model asks for less. */
const defaultContextLength = 8_192

interface ContextLengthOptions {
  /** Name of the model, for the message. */
  readonly name: string
  /** Tokens of context the model was trained on. */
  readonly trainedLength?: number | undefined
  /** The option of the adapter. */
  readonly contextLength?: number | undefined
}

/** Tokens of context to open. Throws `invalid-request` for more than the model was trained on. */
export function chooseContextLength(
  { name, trainedLength = Infinity, contextLength }: ContextLengthOptions,
  adapter: string,
): number {
  if (contextLength !== undefined && contextLength > trainedLength)
    throw new NanoError(
      'invalid-request',
      `${adapter}: contextLength is ${contextLength}, ` +
        `and ${name} was trained on ${trainedLength} tokens`,
    )
  return contextLength ?? Math.min(trainedLength, defaultContextLength)
}

/**
 * What `load` gives: an `import()` of `@nano/tiny`, the optional package of the embedded model.
 * Throws `not-found` with advice where the package is not installed.
 */
export async function importTiny<T>(load: () => Promise<T>, adapter: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new NanoError(
      'not-found',
      `${adapter}: model: 'tiny' needs the package @nano/tiny: npm install @nano/tiny`,
      { cause },
    )
  }
}
