import type { Tool } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'
import { readReply } from '../support/written-reply.ts'

const properties = {
  text: { type: 'string' },
  count: { type: 'integer' },
  flag: { type: 'boolean' },
  reference: { $ref: '#/$defs/Point' },
  deepReference: { $ref: '#/$defs/Alias' },
  nullableText: { type: ['string', 'null'] },
  nullableCount: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
  listOrObject: { oneOf: [{ type: 'array' }, { type: 'object' }] },
  narrowed: { allOf: [{ type: 'integer' }, { minimum: 3 }] },
  words: { enum: ['1', '2'] },
  numbers: { enum: [1, 2] },
  constant: { const: 5 },
  textOrCount: { type: ['string', 'integer'] },
  untyped: { description: 'anything' },
  shapeless: { properties: { a: { type: 'integer' } } },
}
const tools: readonly Tool[] = [
  {
    name: 'find',
    parameters: {
      type: 'object',
      properties,
      $defs: {
        Point: { type: 'object', properties: { a: { type: 'integer' } } },
        Alias: { $ref: '#/$defs/Point' },
      },
    },
  },
]

const xml = (key: string, value: string) =>
  `<tool_call>\n<function=find>\n<parameter=${key}>\n${value}\n</parameter>\n` +
  '</function>\n</tool_call>'
const writeTaggedCall = (key: string, value: string) =>
  `<tool_call>find<arg_key>${key}</arg_key><arg_value>${value}</arg_value></tool_call>`

describe.each([
  { syntax: 'XML by parameter', write: xml },
  { syntax: 'keys and values in tags', write: writeTaggedCall },
])('an argument in $syntax', ({ syntax, write }) => {
  const template = callTemplates.find(({ name }) => name === syntax)?.template ?? ''
  const format = templateFormat({ name: syntax, template, controlTokens: [] })
  const readCall = (key: string, value: string) =>
    readReply(format, { text: write(key, value), startsOpen: false }, tools)

  it.each<[key: keyof typeof properties, valueText: string, value: unknown]>([
    ['text', '123', '123'],
    ['text', 'null', 'null'],
    ['text', '12345678901234567890', '12345678901234567890'],
    ['count', '5', 5],
    ['count', ' 5 ', 5],
    ['flag', 'True', true],
    ['reference', '{"a": 1}', { a: 1 }],
    ['reference', "{'a': 1}", { a: 1 }],
    ['deepReference', '{"a": 1}', { a: 1 }],
    ['nullableText', '123', '123'],
    ['nullableText', 'null', null],
    ['nullableCount', '3', 3],
    ['nullableCount', 'None', null],
    ['listOrObject', '[1]', [1]],
    ['listOrObject', '{"b": 1}', { b: 1 }],
    ['narrowed', '5', 5],
    ['words', '1', '1'],
    ['numbers', '2', 2],
    ['constant', '5', 5],
    ['textOrCount', '5', '5'],
    ['untyped', '5', '5'],
    ['shapeless', '{"a": 1}', { a: 1 }],
  ])('for %s written as %j is %j', (key, valueText, value) => {
    expect(readCall(key, valueText)).toMatchObject({
      text: '',
      calls: [{ name: 'find', input: { [key]: value } }],
    })
  })

  it.each<[key: keyof typeof properties, valueText: string]>([
    ['count', '12345678901234567890'],
    ['count', '1.5'],
    ['count', 'five'],
    ['narrowed', '2'],
    ['numbers', '3'],
    ['reference', '{"a": "x"}'],
  ])('for %s written as %j makes the call text, since it does not hold', (key, valueText) => {
    const { text, calls } = readCall(key, valueText)
    expect(calls).toEqual([])
    expect(text).toContain(valueText)
  })
})
