import type { Driver } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import { writeJson } from '../json/write-json.ts'
import type { Message } from '../message.ts'
import type { ToolCall } from '../part.ts'
import type { GenerateRequest } from '../request.ts'

/** The request as the driver gets it: with the schema where the driver keeps one, else in words. */
export function askForSchema(
  { name, capabilities }: Driver,
  request: GenerateRequest,
): GenerateRequest {
  const { schema, ...fields } = request
  if (capabilities.schema || !schema) return request
  if (request.prompt !== undefined)
    throw new NanoError(
      'unsupported',
      `${name} does not support a schema with a prompt: it cannot constrain what it samples, and ` +
        'only a conversation can ask for JSON in words',
    )
  const content =
    'Answer with JSON alone, without a code fence, that satisfies this JSON Schema: ' +
    writeJson(schema)
  const firstOther = request.messages.findIndex(({ role }) => role !== 'system')
  const index = firstOther < 0 ? request.messages.length : firstOther
  const messages: readonly Message[] = [
    ...request.messages.slice(0, index),
    { role: 'system', content },
    ...request.messages.slice(index),
  ]
  return { ...fields, messages }
}

/** The request with the invalid answer and what is wrong with it. */
export function askAgain(request: GenerateRequest, answer: string, fault: string): GenerateRequest {
  const { earlierMessages, continuedMessages } = splitContinued(request.messages)
  const advice =
    continuedMessages.length > 0
      ? 'Continue again from the same beginning, with the JSON alone.'
      : 'Answer again, with the JSON alone.'
  return {
    ...request,
    messages: [
      ...earlierMessages,
      { role: 'assistant', content: answer },
      { role: 'user', content: `That does not satisfy the schema: ${fault}\n${advice}` },
      ...continuedMessages,
    ],
  }
}

/** A call, and what is wrong with its input. */
export interface CheckedCall {
  readonly call: ToolCall
  readonly fault?: string | undefined
}

/** The request with the calls of a reply, none of which is run, and what is wrong with them. */
export function askForCallsAgain(
  request: GenerateRequest,
  content: string,
  calls: readonly CheckedCall[],
): GenerateRequest {
  const toolCalls = calls.map(({ call: { id, name, input } }) => ({ id, name, input }))
  const results = calls.map(({ call: { id }, fault }): Message => {
    const reason = fault
      ? `The input does not satisfy the schema: ${fault}`
      : 'Another call failed.'
    return { role: 'tool', toolCallId: id, output: `${reason}\nThe call was not run. Call again.` }
  })
  const { earlierMessages } = splitContinued(request.messages)
  // Parsed from JSON, so it is JSON.
  const reply = { role: 'assistant', content, toolCalls } as Message
  return { ...request, messages: [...earlierMessages, reply, ...results] }
}

function splitContinued(messages: readonly Message[]): {
  readonly earlierMessages: readonly Message[]
  readonly continuedMessages: readonly Message[]
} {
  const last = messages.at(-1)
  const index = last?.role === 'assistant' && last.continue ? -1 : messages.length
  return { earlierMessages: messages.slice(0, index), continuedMessages: messages.slice(index) }
}
