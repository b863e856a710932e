import type { ModelInfo } from '../driver/driver.ts'
import type { Message } from '../message.ts'
import type { GenerateRequest } from '../request.ts'

/** A conversation by its turns: a user message and all that answers it. */
export interface ConversationTurns {
  readonly system: readonly Message[]
  readonly turns: readonly (readonly Message[])[]
}

/** Splits a conversation into turns; those that a call and its result span are one. */
export function splitTurns(messages: readonly Message[]): ConversationTurns {
  const system = messages.filter(({ role }) => role === 'system')
  const turnMessages = messages.slice(system.length)
  const turns: Message[][] = []
  for (const [index, message] of turnMessages.entries()) {
    const last = turns.at(-1)
    if (!last || (message.role === 'user' && !splitsCall(turnMessages, index)))
      turns.push([message])
    else last.push(message)
  }
  return { system, turns }
}

/** Whether a call before `index` has its result after it. */
function splitsCall(messages: readonly Message[], index: number): boolean {
  const earlierCalls = messages
    .slice(0, index)
    .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
  const ids = new Set(earlierCalls.map(({ id }) => id))
  return messages
    .slice(index)
    .some((message) => message.role === 'tool' && ids.has(message.toolCallId))
}

/**
 * Tokens that are free for a prompt; `Infinity` where the length of the context is not known. The
 * reply has `reserve` tokens, else its `maxTokens`, at most half the context, else a quarter of it.
 */
export function findPromptRoom(
  { contextLength = Infinity }: ModelInfo,
  { maxTokens }: GenerateRequest,
  reserve?: number,
): number {
  if (contextLength === Infinity) return Infinity
  const reservedTokens = reserve ?? Math.min(maxTokens ?? contextLength / 4, contextLength / 2)
  return Math.floor(contextLength - reservedTokens)
}
