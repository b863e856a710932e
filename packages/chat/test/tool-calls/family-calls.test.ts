import { expect, it } from 'vitest'
import { joinParts } from '../../../core/test/text/every-split.ts'
import { templateFormat } from '../../src/index.ts'
import { passThroughSplitter } from '../../src/reply/pass-through-splitter.ts'
import { hermesCalls, nvidiaCalls, xmlFunctionCalls } from '../../src/tool-calls/family-calls.ts'
import { callTemplates } from '../support/call-templates.ts'
import { languageOf } from '../support/gbnf.ts'

const tools = [
  {
    name: 'find',
    parameters: {
      type: 'object',
      properties: { q: { type: 'string' }, n: { $ref: '#/$defs/Count' } },
      required: ['q', 'n'],
      $defs: { Count: { type: 'integer' } },
    },
  },
]
const json = (n: string) => `{"name": "find", "arguments": {"q": "x", "n": ${n}}}`
const wrapInTags = (body: string) => `<tool_call>\n${body}\n</tool_call>`
const writeXmlCall = (n: string) =>
  wrapInTags(
    '<function=find>\n<parameter=q>\nx\n</parameter>\n' +
      `<parameter=n>\n${n}\n</parameter>\n</function>`,
  )

it.each([
  ['Hermes', hermesCalls, (...n: string[]) => n.map((value) => wrapInTags(json(value))).join('\n')],
  ['NVIDIA', nvidiaCalls, (...n: string[]) => `<TOOLCALL>[${n.map(json).join(', ')}]</TOOLCALL>`],
  ['Qwen3-Coder', xmlFunctionCalls, (...n: string[]) => n.map(writeXmlCall).join('\n')],
])('demanded calls of %s are those that its reader reads', (_family, family, write) => {
  const isAllowed = languageOf((grammar) => family.callRule?.(grammar, tools) ?? '')
  for (const counts of [['1'], ['1', '2', '3']]) {
    expect(isAllowed(write(...counts))).toBe(true)
    const reader = family.splitToolCalls(passThroughSplitter, { earlierIds: [], tools })
    const { text, calls } = joinParts(reader, [write(...counts)])
    const inputs = counts.map((n) => ({ name: 'find', input: { q: 'x', n: Number(n) } }))
    expect(calls).toMatchObject(inputs)
    expect(text).toBe('')
  }
  expect(isAllowed(write())).toBe(false)
  expect(isAllowed(write('"one"'))).toBe(false)
  expect(isAllowed(`Look. ${write('1')}`)).toBe(false)
})

it('a family with a reader of its own has no rule that was learned for another', () => {
  const { template = '' } = callTemplates.find(({ name }) => name === 'JSON in tags') ?? {}
  const options = { name: 'x', template, controlTokens: [] }
  expect(templateFormat(options).callRule).toBeDefined()
  const { splitToolCalls } = hermesCalls
  expect(templateFormat({ ...options, family: { splitToolCalls } }).callRule).toBeUndefined()
})
