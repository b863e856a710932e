import type { GenerateRequest, Message, Tool } from '@nano/core'

/** A conversation as formats write it: what a request asks for, without how to generate it. */
export interface Conversation {
  readonly messages: readonly Message[]
  readonly reasoning: 'on' | 'off'
  readonly tools: readonly Tool[]
}

/** A message of the model: a past reply, or one to continue. */
export type AssistantMessage = Extract<Message, { role: 'assistant' }>

/** The conversation of a request. Core fills `reasoning` in before a driver gets the request. */
export function toConversation(request: GenerateRequest): Conversation {
  const { messages, reasoning = 'off', tools = [], toolChoice } = request
  return { messages, reasoning, tools: toolChoice === 'none' ? [] : tools }
}

/** The reply to continue, where the last message is marked `continue`. */
export function findContinuedReply(messages: readonly Message[]): AssistantMessage | undefined {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue ? last : undefined
}

/** Whether the model continues a thought, rather than an answer or a new reply. */
export function continuesThought({ messages }: Conversation): boolean {
  const reply = findContinuedReply(messages)
  return Boolean(reply?.reasoning) && reply?.content === ''
}

/**
 * Whether the model starts with a new thought. In a family whose template opens the thought, the
 * prompt then ends with the opening marker.
 */
export function startsNewThought({ messages, reasoning }: Conversation): boolean {
  const reply = findContinuedReply(messages)
  return reasoning === 'on' && !reply?.content && !reply?.reasoning
}
