import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Message, Tool } from '@nano/core'
import { expect, it } from 'vitest'
import { detectFamily, formats, promptText } from '../../chat/src/index.ts'
import { gguf } from '../src/index.ts'

interface Jinja {
  readonly Template: new (source: string) => { render(variables: object): string }
}
const { Template } = createRequire(new URL('../../chat/package.json', import.meta.url))(
  '@huggingface/jinja',
) as Jinja

const number = { type: 'number' }
const add: Tool = {
  name: 'add',
  description: 'Adds "two" numbers, naïvely.',
  parameters: {
    type: 'object',
    properties: { a: number, b: { ...number, minimum: -1.5 } },
    required: ['a', 'b'],
  },
}
const bare: Tool = {
  name: 'now',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
}
const asks: Message = { role: 'user', content: 'What is 12 + 30?' }
const says: Message = { role: 'assistant', content: '42', reasoning: 'secret' }
const calls: Message = {
  role: 'assistant',
  content: 'So:',
  toolCalls: [
    { id: '1', name: 'add', input: { a: 12, b: [30, { c: null }] } },
    { id: '2', name: 'now', input: {} },
  ],
}
const results: readonly Message[] = [
  { role: 'tool', toolCallId: '1', output: { sum: [42, 'ä', true] } },
  { role: 'tool', toolCallId: '2', output: 'late' },
]
const brief: Message = { role: 'system', content: 'Be brief.' }

const conversations: readonly (readonly Message[])[] = [
  [asks],
  [brief, asks],
  [brief, { role: 'system', content: ' Be kind.\n' }, asks],
  [asks, says, { role: 'user', content: ' <b>{{ 1 }}</b>\n' }],
  [asks, calls, ...results],
  [brief, asks, { ...calls, content: '' }, ...results, says, asks, calls, ...results, says, asks],
]

it('the chat template in the files writes what our own format writes', () => {
  for (const path of Object.values(gguf)) {
    const source = templateIn(path)
    const template = new Template(source)
    expect(detectFamily({ chatTemplate: source })).toBe(formats.nemotron)
    for (const messages of conversations) {
      for (const tools of [[], [add], [bare, add]]) {
        for (const reasoning of ['on', 'off'] as const) {
          const own = promptText(formats.nemotron.render({ messages, tools, reasoning }))
          expect(
            template.render({
              messages: asServersHaveThem(messages, reasoning),
              tools: tools.map((tool) => ({ type: 'function', function: tool })),
              add_generation_prompt: true,
            }),
          ).toBe(own)
        }
      }
    }
  }
})

it('reasoning is off where nothing switches it', () => {
  const written = new Template(templateIn(gguf.Q8_0)).render({
    messages: [asks],
    add_generation_prompt: true,
  })
  expect(written).toBe(
    promptText(formats.nemotron.render({ messages: [asks], tools: [], reasoning: 'off' })),
  )
})

/**
 * In the shape of OpenAI's protocol, with the switch as a line of the system text; results as JSON,
 * as the model has them.
 */
function asServersHaveThem(
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

/** The string after its key: a type and a length, then the text. */
function templateIn(path: string): string {
  const bytes = readFileSync(path)
  const key = 'tokenizer.chat_template'
  const at = bytes.indexOf(key) + key.length + 4
  return bytes.toString('utf8', at + 8, at + 8 + Number(bytes.readBigUInt64LE(at)))
}
