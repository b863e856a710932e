import type { Tool } from '@nano/core'
import { splitReasoning } from '@nano/core/driver'
import { describe, expect, it } from 'vitest'
import { joinParts } from '../../../core/test/text/every-split.ts'
import { templateFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'

const tools: readonly Tool[] = [
  {
    name: 'find',
    parameters: {
      type: 'object',
      properties: { q: { type: 'string' }, n: {}, tags: { type: 'array' } },
    },
  },
]

/** The calls and the text of a reply, the same whole, character by character, and cut anywhere. */
function readReply(syntax: string, reply: string) {
  const template = callTemplates.find(({ name }) => name === syntax)?.template ?? ''
  const { splitToolCalls } = templateFormat({ name: syntax, template, controlTokens: [] })
  const readPushes = (pushes: readonly string[]) => {
    const thoughts = splitReasoning({ open: '<think>', close: '</think>' })
    const { text, calls } = joinParts(
      splitToolCalls?.(thoughts, { tools, earlierIds: [] }) ?? thoughts,
      pushes,
    )
    return { text, calls }
  }
  const wholeReply = readPushes([reply])
  const cuts = Array.from(reply, (_, at) => [reply.slice(0, at), reply.slice(at)])
  for (const pushes of [[...reply], ...cuts])
    expect(readPushes(pushes), JSON.stringify(pushes)).toEqual(wholeReply)
  return wholeReply
}

const callOf = (input: object, name = 'find') => ({
  text: '',
  calls: [{ type: 'tool-call', id: 'call_1', name, input }],
})
const wrapInTags = (body: string) => `<tool_call>\n${body}\n</tool_call>`

describe('a call in JSON is read', () => {
  it.each<[title: string, body: string, input: object]>([
    [
      'with raw line breaks and tabs',
      '{"name": "find", "arguments": {"q": "a\nb\tc"}}',
      { q: 'a\nb\tc' },
    ],
    ['with a comma too many', '{"name": "find", "arguments": {"q": "x",},}', { q: 'x' }],
    [
      'with two commas, and one before everything',
      '{"name": "find", "arguments": {, "q": "x",, "n": 1}}',
      { q: 'x', n: 1 },
    ],
    ['with comments', '{"name": "find", // a name\n "arguments": {"q": "x" /* y */}}', { q: 'x' }],
    [
      "with Python's quotes, words and tuples",
      "{'name': 'find', 'arguments': {'q': 'x', 'n': None, 'tags': (True, 2)}}",
      { q: 'x', n: null, tags: [true, 2] },
    ],
    ['with an apostrophe in quotes', `{'name': 'find', 'arguments': {'q': "it's"}}`, { q: "it's" }],
    [
      'with an apostrophe between apostrophes',
      "{'name': 'find', 'arguments': {'q': 'it's fine'}}",
      { q: "it's fine" },
    ],
    [
      'with a brace between apostrophes',
      "{'name': 'find', 'arguments': {'q': 'a } b'}}",
      { q: 'a } b' },
    ],
    [
      'with quotes that are not escaped',
      '{"name": "find", "arguments": {"q": "say "hi" now"}}',
      { q: 'say "hi" now' },
    ],
    [
      'with backslashes that escape nothing',
      String.raw`{"name": "find", "arguments": {"q": "C:\dir \d+\.\d* \(\[x\-y\]\)"}}`,
      { q: String.raw`C:\dir \d+\.\d* \(\[x\-y\]\)` },
    ],
    [
      'with quotes that need no escape',
      String.raw`{"name": "find", "arguments": {"q": "it\'s \`x\`"}}`,
      { q: "it's `x`" },
    ],
    ['with a brace too many', '{"name": "find", "arguments": {"q": "x"}}}', { q: 'x' }],
    ['with its arguments beside the name', '{"name": "find", "q": "x"}', { q: 'x' }],
    [
      'with arguments beside the name, whose names calls use for other things',
      '{"name": "find", "tool": "x", "id": 5, "type": "a"}',
      { tool: 'x', id: 5, type: 'a' },
    ],
    ['with null for its arguments', '{"name": "find", "arguments": null, "index": 0}', {}],
    ['with tool_input', '{"tool_name": "find", "tool_input": {"q": "x"}}', { q: 'x' }],
    ['with keys without quotes', '{name: "find", arguments: {q: "x"}}', { q: 'x' }],
    ['in a fence', '```json\n{"name": "find", "arguments": {"q": "x"}}\n```', { q: 'x' }],
    [
      'in a fence of no language',
      '```\n{"name": "find", "arguments": {"q": "x"}}\n```',
      { q: 'x' },
    ],
    ['inside a function', '{"function": {"name": "find", "arguments": {"q": "x"}}}', { q: 'x' }],
    [
      "as OpenAI's API writes it",
      '{"type": "function", "function": {"name": "find", "arguments": "{\\"q\\": \\"x\\"}"}}',
      { q: 'x' },
    ],
    ['with a number for a text', '{"name": "find", "arguments": {"q": 1}}', { q: '1' }],
    ['with a list in a text', '{"name": "find", "arguments": {"tags": "[1]"}}', { tags: [1] }],
    ['with parameters', '{"name": "find", "parameters": {"q": "x"}}', { q: 'x' }],
    ['with args', '{"tool": "find", "args": {"q": "x"}}', { q: 'x' }],
    ['with input', '{"tool_name": "find", "input": {"q": "x"}}', { q: 'x' }],
    ['with its name as the function', '{"function": "find", "arguments": {"q": "x"}}', { q: 'x' }],
    [
      'with arguments encoded twice',
      JSON.stringify({ name: 'find', arguments: JSON.stringify(JSON.stringify({ q: 'x' })) }),
      { q: 'x' },
    ],
    ['without arguments', '{"name": "find", "arguments": null}', {}],
    ['with a namespace', '{"name": "functions.find", "arguments": {"q": "x"}}', { q: 'x' }],
  ])('%s', (_how, body, input) => {
    expect(readReply('JSON in tags', wrapInTags(body))).toEqual(callOf(input))
  })
})

describe('a call in JSON without the tags of its syntax', () => {
  const call = '{"name": "find", "arguments": {"q": "x"}}'

  it('is read where it begins the reply, and so is one behind it', () => {
    expect(readReply('JSON in tags', call)).toEqual(callOf({ q: 'x' }))
    expect(readReply('JSON in tags', `<think>\nhm\n</think>\n\n${call}`)).toMatchObject(
      callOf({ q: 'x' }),
    )
    for (const separator of ['\n', '; ', ', '])
      expect(readReply('JSON in tags', call + separator + call).calls).toHaveLength(2)
  })
  it.each([
    ['in a fence', `\`\`\`json\n${call}\n\`\`\``],
    ['in a fence of no language', `\`\`\`\n${call}\n\`\`\`\n`],
    ['in braces that are doubled', `{${call}}`],
    ['in braces that are doubled, the last of which is missing', `{${call}`],
  ])('is read %s', (_where, reply) => {
    expect(readReply('JSON in tags', reply)).toEqual(callOf({ q: 'x' }))
  })
  it('leaves the text behind its fence, and a call behind that', () => {
    const fenced = `\`\`\`json\n${call}\n\`\`\`\n`
    expect(readReply('JSON in tags', `${fenced}hm`)).toMatchObject({
      text: '\nhm',
      calls: [{ name: 'find' }],
    })
    expect(readReply('JSON in tags', `${fenced}${wrapInTags(call)}`).calls).toHaveLength(2)
  })
  it.each([
    ['is in a fence behind text', `As code:\n\`\`\`json\n${call}\n\`\`\``],
    ['is an answer in a fence', '```json\n{"q": "x"}\n```\n'],
    ['is another answer in a fence', '```json\n[1, 2]\n```\n<tool_call>'],
    ['stands behind text', `I call ${call}`],
    ['stands in a line of its own behind text', `I call\n${call}`],
    ['names no tool on offer', '{"name": "Ada", "arguments": {}}'],
    ['is an answer in JSON', '{"q": {"name": "find"}, "n": 1}'],
    ['is not complete', '{"name": "find", "arguments": {"q": '],
  ])('is text where it %s', (_where, reply) => {
    expect(readReply('JSON in tags', reply)).toEqual({ text: reply, calls: [] })
  })
  it('is a thought where it stands in one', () => {
    const { calls } = readReply('JSON in tags', `<think>\n${call}\n</think>\n\nNo.`)
    expect(calls).toEqual([])
  })
})

describe('arguments in JSON after the name are read', () => {
  it.each<[title: string, json: string, input: object]>([
    ['with a comma too many', '{"q": "x",}', { q: 'x' }],
    ["with Python's quotes", "{'q': 'x'}", { q: 'x' }],
    ['in a fence', '```json\n{"q": "x"}\n```', { q: 'x' }],
    ['as a text', String.raw`"{\"q\": \"x\"}"`, { q: 'x' }],
    ['where there are none', 'null', {}],
  ])('%s', (_how, json, input) => {
    expect(readReply('the name, then JSON', `[TOOL_CALLS]find[ARGS]${json}`)).toEqual(callOf(input))
  })
})

describe('what looks like a call stays text', () => {
  it.each<[title: string, body: string]>([
    [
      'with an integer that would be rounded',
      '{"name": "find", "arguments": {"n": 12345678901234567890}}',
    ],
    ['with a number that would be infinite', '{"name": "find", "arguments": {"n": 1e999}}'],
    ['with a number that is none', '{"name": "find", "arguments": {"n": NaN}}'],
    ['with a list for arguments', '{"name": "find", "arguments": [1]}'],
    ['with arguments that do not hold to the schema', '{"name": "find", "arguments": {"q": []}}'],
    ['without a name', '{"arguments": {"q": "x"}}'],
    ['with a name that nobody offered', '{"name": "fnid", "arguments": {"q": "x"}}'],
  ])('%s', (_why, body) => {
    expect(readReply('JSON in tags', wrapInTags(body))).toEqual({
      text: wrapInTags(body),
      calls: [],
    })
  })

  it('after the name too', () => {
    for (const callInput of ['{"n": 12345678901234567890}', '[1]', '{"q": []}']) {
      const reply = `[TOOL_CALLS]find[ARGS]${callInput}`
      expect(readReply('the name, then JSON', reply)).toEqual({ text: reply, calls: [] })
    }
  })
})

it('long digits in a text are kept', () => {
  const body = '{"name": "find", "arguments": {"q": "12345678901234567890"}}'
  expect(readReply('JSON in tags', wrapInTags(body))).toEqual(callOf({ q: '12345678901234567890' }))
})

it('white space between the tags of an argument may be other than the template’s', () => {
  const reply =
    '<tool_call>find\n<arg_key>q</arg_key>\n<arg_value>x</arg_value>\n' +
    '<arg_key>n</arg_key> <arg_value>1</arg_value>\n</tool_call>'
  expect(readReply('keys and values in tags', reply)).toEqual(callOf({ q: 'x', n: '1' }))
})
