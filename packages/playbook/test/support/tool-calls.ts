import { setTimeout } from 'node:timers/promises'
import { type GenerateRequest, Model, type ToolCall } from '@nano/core'
import { scripted } from '@nano/core/testing'
import * as z from 'zod'
import { tool } from '../../src/index.ts'

/** A model that calls, reply by reply, what a list says, and then answers with the last results. */
export function modelThatCalls(...rounds: readonly (readonly ToolCall[])[]) {
  const requests: GenerateRequest[] = []
  const roundOf = ({ messages }: GenerateRequest) =>
    messages.filter(({ role }) => role === 'assistant').length
  const model = new Model(
    scripted({
      capabilities: { tools: 'forced', schema: true },
      reply: (request) => (rounds[roundOf(request)] ? [] : [JSON.stringify(lastOutputs(request))]),
      calls(request) {
        requests.push(request)
        return rounds[roundOf(request)] ?? []
      },
    }),
  )
  return { model, requests }
}

function lastOutputs({ messages }: GenerateRequest): readonly unknown[] {
  const lastReply = messages.findLastIndex(({ role }) => role === 'assistant')
  return messages
    .slice(lastReply + 1)
    .map((message) => (message.role === 'tool' ? message.output : message.content))
}

export const call = (id: string, name: string, input: unknown): ToolCall => ({ id, name, input })

export const double = tool({
  name: 'double',
  description: 'Doubles a number',
  parameters: z.object({ value: z.number() }),
  execute: ({ value }) => 2 * value,
})
const wait = tool({
  name: 'wait',
  parameters: z.object({ milliseconds: z.number() }),
  execute: async ({ milliseconds }, { signal }) => {
    await setTimeout(milliseconds, undefined, { signal })
    return `waited ${milliseconds} ms`
  },
})
const fail = tool({
  name: 'fail',
  parameters: {},
  execute() {
    throw new Error('no such city')
  },
})
/** A question, and tools that double, wait and fail. */
export const request = { messages: 'How much?', tools: [double, wait, fail] } as const
