import type { Message } from '@nano/core'

/** The ids of all calls in a conversation, which new calls do not repeat. */
export function collectCallIds(messages: readonly Message[]): readonly string[] {
  return messages
    .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
    .map(({ id }) => id)
}

/**
 * Generates an id for each call of a reply, in order. Keeps the one that the model wrote, where no
 * other call has it.
 */
export function callIdGenerator(earlierIds: readonly string[]): (written?: string) => string {
  const usedIds = new Set(earlierIds)
  let count = 0
  return function nextId(writtenId?: string): string {
    const id = writtenId ?? `call_${++count}`
    if (usedIds.has(id)) return nextId()
    usedIds.add(id)
    return id
  }
}

/** Whether an id was made by `callIdGenerator`. */
export function isGeneratedId(id: string): boolean {
  return /^call_\d+$/.test(id)
}
