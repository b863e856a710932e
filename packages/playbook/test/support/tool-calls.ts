import { type GenerateRequest, Model, type ToolCall } from '@nano/core'
import { scripted } from '@nano/core/testing'

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
