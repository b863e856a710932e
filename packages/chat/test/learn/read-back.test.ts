import type { Tool } from '@nano/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { templateFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'
import { missingTemplates, publishedTemplates } from '../support/published-templates.ts'
import { readReply, type Reply, writtenReply } from '../support/written-reply.ts'

const tool: Tool = {
  name: 'find_items',
  description: 'Finds items',
  parameters: {
    type: 'object',
    properties: {
      query: { type: 'string' },
      limit: { type: 'integer' },
      exact: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      filter: { type: 'object', properties: { since: { type: 'string' } } },
    },
    required: ['query'],
  },
}
const user = { role: 'user', content: 'Find it' } as const

/** For each of some seventy templates. */
const runFactor = 20

/** Templates that print no past call. */
const printsNoCall = ['LFM2.5-Instruct']
/** Templates that print one call of a reply, or refuse two. */
const callsOnce = [
  'GigaChat3-10B-A1.8B',
  'meta-llama-Llama-3.1-8B-Instruct',
  'meta-llama-Llama-3.3-70B-Instruct',
]

/** Text that people write, with marks of other syntaxes in it, and no white space at its ends. */
const word = fc.constantFrom('a', 'é日', '🙂', '"', '\\', '{', '}', '[1]', ', ', '<b>', "'", '007')
const someText = fc
  .array(fc.oneof(word, fc.constantFrom(' ', '\n', '\n\n')), { maxLength: 8 })
  .map((words) => `x${words.join('')}y`)
const someInput = fc.record(
  {
    query: someText,
    limit: fc.integer({ min: -1_000, max: 1_000_000 }),
    exact: fc.boolean(),
    tags: fc.array(someText, { maxLength: 3 }),
    filter: fc.record({ since: someText }),
  },
  { requiredKeys: ['query'] },
)
const someReply = fc.record({
  content: fc.oneof(fc.constant(''), someText),
  reasoning: fc.option(fc.constantFrom('I must look.', 'First this.\n\nThen that.'), {
    nil: undefined,
  }),
  inputs: fc.array(someInput, { minLength: 1, maxLength: 3 }),
})

const toCalls = (inputs: readonly object[]) =>
  inputs.map((input, index) => ({ id: `abcdefgh${index}`, name: tool.name, input })) as Call[]
type Call = NonNullable<Reply['toolCalls']>[number]

describe.each(callTemplates)(
  'of a template with $name',
  ({ name, template, isParallel, needsReplyStart }) => {
    const options = { name, template, controlTokens: [] }
    const format = templateFormat(options)

    it('the reader reads what the template writes', () => {
      fc.assert(
        fc.property(someReply, ({ content, reasoning, inputs }) => {
          const calls = toCalls(inputs)
          const toolCalls = isParallel ? calls : calls.slice(0, 1)
          const text = needsReplyStart ? '' : content
          const reply = { content: text, toolCalls, ...(reasoning !== undefined && { reasoning }) }
          const writtenTurn = writtenReply(options, { messages: [user], tools: [tool], reply })
          expect(readReply(format, writtenTurn, [tool]), writtenTurn.text).toEqual({
            text,
            thought: reasoning ?? '',
            calls: toolCalls.map(({ name, input }) => ({ name, input })),
          })
        }),
        { numRuns: scaleCount(100, runFactor) },
      )
    })

    it('the switch is learned, and calls can be demanded where a grammar can say them', () => {
      const hasNoRule = name === 'arguments as text' || name.startsWith("Python's calls")
      expect(format.callRule !== undefined).toBe(!hasNoRule)
      expect(format.reasoning?.switch).toMatchObject({ name: 'enable_thinking' })
    })
  },
)

describe.skipIf(missingTemplates)(
  `of a published template${missingTemplates ? ` [${missingTemplates}]` : ''}`,
  () => {
    const callers = publishedTemplates
      .map(({ name, options }) => ({ name, options, format: templateFormat(options) }))
      .filter(({ format, name }) => format.splitToolCalls && !printsNoCall.includes(name))

    it.each(callers)(
      '$name, the reader reads what the template writes',
      ({ name, options, format }) => {
        fc.assert(
          fc.property(someReply, ({ content, reasoning, inputs }) => {
            const toolCalls = toCalls(callsOnce.includes(name) ? inputs.slice(0, 1) : inputs)
            const reply = { content, toolCalls, ...(reasoning !== undefined && { reasoning }) }
            const writtenTurn = writtenReply(options, { messages: [user], tools: [tool], reply })
            const { text, thought, calls } = readReply(format, writtenTurn, [tool])
            expect(calls, writtenTurn.text).toEqual(
              toolCalls.map(({ name, input }) => ({ name, input })),
            )
            // Many templates leave out the thought, or the text beside a call.
            expect(['', content.trim()], writtenTurn.text).toContain(text)
            expect(['', reasoning ?? ''], writtenTurn.text).toContain(thought)
          }),
          { numRuns: scaleCount(30, runFactor) },
        )
      },
    )
  },
)
