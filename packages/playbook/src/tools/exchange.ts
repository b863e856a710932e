import type { GenerateResult, Message, ToolCall, Usage } from '@nano/core'
import { addCounts } from '@nano/core/driver'
import { countTokens } from '../count-tokens.ts'
import { type FinishedCall, toToolMessage } from './run-call.ts'

/** What was said and done in a loop so far. */
export interface Exchange {
  /** The conversation; calls of the last reply that are not finished have no message yet. */
  readonly messages: readonly Message[]
  readonly replies: readonly GenerateResult[]
  /** Finished calls of all replies, in the order of the model. */
  readonly calls: readonly FinishedCall[]
  /** Calls of the last reply that are not finished. */
  readonly openCalls: readonly ToolCall[]
  readonly usage: Usage
  /** Tokens of all prompts and replies. */
  readonly tokens: number
  addReply(reply: GenerateResult): void
  addCall(call: FinishedCall): void
}

export function exchange(requestMessages: readonly Message[]): Exchange {
  const messages = [...requestMessages]
  const replies: GenerateResult[] = []
  const calls: FinishedCall[] = []
  /** Of the last reply, by the id of the call. */
  const results = new Map<string, FinishedCall>()

  return {
    messages,
    replies,
    calls,
    get openCalls() {
      return (replies.at(-1)?.toolCalls ?? []).filter(({ id }) => !results.has(id))
    },
    get usage() {
      const [first, ...others] = replies.map((reply) => reply.usage)
      return others.reduce<Usage>(addCounts, first ?? {})
    },
    get tokens() {
      return replies.reduce((sum, reply) => sum + countTokens(reply), 0)
    },
    addReply(reply) {
      replies.push(reply)
      messages.push(reply.message)
      results.clear()
    },
    addCall(call) {
      results.set(call.id, call)
      const { toolCalls = [] } = replies.at(-1) ?? {}
      if (results.size < toolCalls.length) return
      // In the order of the model, which is that of the reply when it is read again.
      const finishedCalls = toolCalls.flatMap(({ id }) => results.get(id) ?? [])
      calls.push(...finishedCalls)
      messages.push(...finishedCalls.map(toToolMessage))
    },
  }
}
