import { expect, it } from 'vitest'
import { detectFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'

const [withTools] = callTemplates
const tool = { name: 'find', parameters: { type: 'object' } }
const user = { role: 'user', content: 'hi' } as const
const format = detectFormat({
  name: 'house',
  chatTemplate: 'plain {% for message in messages %}{{ message.content }}{% endfor %}',
  toolTemplate: withTools?.template ?? '',
  controlTokens: ['<tool_call>', '<|im_end|>'],
})
const render = (
  messages: Parameters<NonNullable<typeof format>['render']>[0]['messages'],
  tools = [tool],
) =>
  format
    ?.render({ messages, tools, reasoning: 'off' })
    .map((segment) => ('text' in segment ? segment.text : segment.control))
    .join('')

it('a template for tools writes what has tools, calls or results', () => {
  const call = { id: 'a', name: 'find', input: {} }
  expect(render([user])).toContain('Tools: find')
  expect(render([user, { role: 'assistant', content: '', toolCalls: [call] }], [])).toContain(
    '<tool_call>',
  )
  expect(render([user], [])).toBe('plain hi')
})

it('the tools, the marks and the switch of such a model are those of its templates', () => {
  expect(format?.splitToolCalls).toBeDefined()
  expect(format?.callRule).toBeDefined()
  expect(format?.controlTokens).toContain('<tool_call>')
  expect(format?.reasoning?.switch).toMatchObject({ name: 'enable_thinking' })
})
