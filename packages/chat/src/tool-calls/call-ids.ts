import type { Message } from '@nano/core'

/** The ids of all calls in a conversation, which new calls do not repeat. */
export function collectCallIds(messages: readonly Message[]): readonly string[] {
  return messages
    .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
    .map(({ id }) => id)
}

/** Generates an id for each call of a reply, in order. */
export function callIdGenerator(earlierIds: readonly string[]): () => string {
  let count = 0
  return function nextId(): string {
    const id = `call_${++count}`
    return earlierIds.includes(id) ? nextId() : id
  }
}
