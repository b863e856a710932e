import type { GenerateRequest, Message, Part } from '@nano/core'
import type { Attributes } from '@opentelemetry/api'
import { type CallEnd, nameFinishReason } from './call.ts'
import { attributes } from './names.ts'

type ContentPart = Readonly<Record<string, unknown>>

/** What a request says, as JSON in the form that the conventions have for it. */
export function describeInput({ messages, prompt, tools = [] }: GenerateRequest): Attributes {
  const { content } = attributes
  const system = messages.filter((message) => message.role === 'system')
  const rest = messages.filter((message) => message.role !== 'system')
  const input =
    prompt === undefined
      ? rest.map((message) => ({
          role: message.role,
          parts: toParts(message),
        }))
      : [{ role: 'user', parts: [textPart(prompt)] }]
  return {
    [content.input]: JSON.stringify(input),
    ...(system.length > 0 && {
      [content.system]: JSON.stringify(system.map((message) => textPart(message.content))),
    }),
    ...(tools.length > 0 && {
      [content.tools]: JSON.stringify(tools.map((tool) => ({ type: 'function', ...tool }))),
    }),
  }
}

/** What a reply says, as far as it went. */
export function describeOutput(parts: readonly Part[], { finish, ...end }: CallEnd): Attributes {
  const contents: ContentPart[] = []
  const join = (type: 'reasoning' | 'text') =>
    parts.map((part) => (part.type === type ? part.text : '')).join('')
  const [reasoning, text] = [join('reasoning'), join('text')]
  if (reasoning) contents.push({ type: 'reasoning', content: reasoning })
  if (text) contents.push(textPart(text))
  for (const part of parts)
    if (part.type === 'tool-call') contents.push(callPart(part.id, part.name, part.input))
  return {
    [attributes.content.output]: JSON.stringify([
      {
        role: 'assistant',
        parts: contents,
        ...(finish && { finish_reason: nameFinishReason(finish.finishReason) }),
        ...('error' in end && { finish_reason: 'error' }),
      },
    ]),
  }
}

function toParts(message: Message): readonly ContentPart[] {
  if (message.role === 'tool')
    return [{ type: 'tool_call_response', id: message.toolCallId, response: message.output }]
  const parts: ContentPart[] = message.content ? [textPart(message.content)] : []
  if (message.role !== 'assistant') return parts
  const calls = (message.toolCalls ?? []).map(({ id, name, input }) => callPart(id, name, input))
  const thought = message.reasoning ? [{ type: 'reasoning', content: message.reasoning }] : []
  return [...thought, ...parts, ...calls]
}

const textPart = (content: string): ContentPart => ({ type: 'text', content })
const callPart = (id: string, name: string, input: unknown): ContentPart => ({
  type: 'tool_call',
  id,
  name,
  arguments: input,
})
