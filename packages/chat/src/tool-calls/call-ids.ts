import type { Message } from '@nano/core'

/** The ids of the calls so far, which new ones do not repeat. */
export function collectCallIds(messages: readonly Message[]): readonly string[] {
  return messages
    .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
    .map(({ id }) => id)
}

/** Gives each call of a reply an id, in order. */
export function callIdGenerator(taken: readonly string[]): () => string {
  let count = 0
  return function next(): string {
    const id = `call_${++count}`
    return taken.includes(id) ? next() : id
  }
}
