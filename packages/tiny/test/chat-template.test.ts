import { readFileSync } from 'node:fs'
import type { Message, Tool } from '@nano/core'
import { expect, it } from 'vitest'
import { detectFamily, formats, promptToText } from '../../chat/src/index.ts'
import { parseTemplate } from '../../chat/src/jinja/index.ts'
import { gguf } from '../src/index.ts'

const number = { type: 'number' }
const addTool: Tool = {
  name: 'add',
  description: 'Adds "two" numbers, naïvely.',
  parameters: {
    type: 'object',
    properties: { a: number, b: { ...number, minimum: -1.5 } },
    required: ['a', 'b'],
  },
}
const nowTool: Tool = {
  name: 'now',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
}
const question: Message = { role: 'user', content: 'What is 12 + 30?' }
const answer: Message = { role: 'assistant', content: '42', reasoning: 'secret' }
const callMessage: Message = {
  role: 'assistant',
  content: 'So:',
  toolCalls: [
    { id: '1', name: 'add', input: { a: 12, b: [30, { c: null }] } },
    { id: '2', name: 'now', input: {} },
  ],
}
const resultMessages: readonly Message[] = [
  { role: 'tool', toolCallId: '1', output: { sum: [42, 'ä', true] } },
  { role: 'tool', toolCallId: '2', output: 'late' },
]
const systemMessage: Message = { role: 'system', content: 'Be brief.' }

const conversations: readonly (readonly Message[])[] = [
  [question],
  [systemMessage, question],
  [systemMessage, { role: 'system', content: ' Be kind.\n' }, question],
  [question, answer, { role: 'user', content: ' <b>{{ 1 }}</b>\n' }],
  [question, callMessage, ...resultMessages],
  [
    systemMessage,
    question,
    { ...callMessage, content: '' },
    ...resultMessages,
    answer,
    question,
    callMessage,
    ...resultMessages,
    answer,
    question,
  ],
]

it('the chat template in the GGUF files writes what the nemotron format writes', () => {
  for (const path of Object.values(gguf)) {
    const source = readChatTemplate(path)
    expect(detectFamily({ chatTemplate: source })).toBe(formats.nemotron)
    for (const messages of conversations) {
      for (const tools of [[], [addTool], [nowTool, addTool]]) {
        for (const reasoning of ['on', 'off'] as const) {
          const expected = promptToText(formats.nemotron.render({ messages, tools, reasoning }))
          expect(
            render(source, {
              messages: toOpenAiMessages(messages, reasoning),
              tools: tools.map((tool) => ({ type: 'function', function: tool })),
            }),
          ).toBe(expected)
        }
      }
    }
  }
})

it('the chat template turns reasoning off where no system message has the switch', () => {
  const promptOfFile = render(readChatTemplate(gguf.Q8_0), { messages: [question] })
  expect(promptOfFile).toBe(
    promptToText(formats.nemotron.render({ messages: [question], tools: [], reasoning: 'off' })),
  )
})

function render(template: string, variables: object): string {
  return parseTemplate(template)
    .render({ ...variables, add_generation_prompt: true })
    .map(({ text }) => text)
    .join('')
}

/** OpenAI's messages, with the switch as a system message; results are JSON, as in the training. */
function toOpenAiMessages(
  messages: readonly Message[],
  reasoning: 'on' | 'off',
): readonly object[] {
  return [
    { role: 'system', content: `detailed thinking ${reasoning}` },
    ...messages.map((message) => {
      if (message.role === 'tool')
        return {
          role: 'tool',
          tool_call_id: message.toolCallId,
          content:
            typeof message.output === 'string' ? JSON.stringify(message.output) : message.output,
        }
      if (message.role !== 'assistant' || !message.toolCalls)
        return { role: message.role, content: message.content }
      const calls = message.toolCalls.map(({ id, name, input }) => ({
        id,
        type: 'function',
        function: { name, arguments: input },
      }))
      return { role: 'assistant', content: message.content || null, tool_calls: calls }
    }),
  ]
}

/** A string of the metadata: its key, 4 bytes of type, 8 bytes of length, then the text. */
function readChatTemplate(path: string): string {
  const bytes = readFileSync(path)
  const key = 'tokenizer.chat_template'
  const lengthAt = bytes.indexOf(key) + key.length + 4
  const textAt = lengthAt + 8
  return bytes.toString('utf8', textAt, textAt + Number(bytes.readBigUInt64LE(lengthAt)))
}
