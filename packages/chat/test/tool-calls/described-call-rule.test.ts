import type { Tool } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { templateFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'
import { languageOf } from '../support/gbnf.ts'
import { readReply, writtenReply } from '../support/written-reply.ts'

const trip = {
  type: 'object',
  properties: { to: { type: 'string' }, days: { type: 'integer' } },
  required: ['to', 'days'],
}
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const count = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] }

interface Case {
  readonly parameters: Tool['parameters']
  readonly inputs: readonly object[]
  /** Inputs that do not hold to the schema. */
  readonly otherInputs: readonly object[]
  /** JSON writes no such schema. */
  readonly isForParameters?: boolean
}

const cases: Readonly<Record<string, Case>> = {
  'a reference to another schema': {
    parameters: {
      type: 'object',
      properties: { trip: { $ref: '#/$defs/Trip' }, note: { $ref: '#/$defs/Note' } },
      required: ['trip'],
      $defs: { Trip: trip, Note: { type: 'string' } },
    },
    inputs: [{ trip: { to: 'Paris', days: 2 } }, { trip: { to: 'x', days: 1 }, note: 'so' }],
    otherInputs: [{}, { trip: { to: 'Paris' } }, { trip: 'Paris' }],
  },
  'a reference to itself': {
    parameters: {
      $ref: '#/$defs/Node',
      $defs: {
        Node: {
          type: 'object',
          properties: { id: { type: 'integer' }, next: { $ref: '#/$defs/Node' } },
          required: ['id'],
        },
      },
    },
    inputs: [{ id: 1 }, { id: 1, next: { id: 2, next: { id: 3 } } }],
    otherInputs: [{}, { id: 'one' }, { id: 1, next: {} }],
  },
  'parameters that are a reference': {
    parameters: { $ref: '#/$defs/Trip', $defs: { Trip: trip } },
    inputs: [{ to: 'Paris', days: 2 }],
    otherInputs: [{}, { to: 'Paris' }, { to: 'Paris', days: 'two' }],
  },
  'parameters of several parts': {
    parameters: { allOf: [city, count] },
    inputs: [{ city: 'Paris', count: 2 }],
    otherInputs: [{}, { city: 'Paris' }, { count: 2 }],
  },
  'parameters of several parts, some by reference': {
    parameters: { allOf: [{ $ref: '#/$defs/City' }, count], $defs: { City: city } },
    inputs: [{ city: 'Paris', count: 2 }],
    otherInputs: [{}, { city: 'Paris' }, { count: 2 }],
    isForParameters: true,
  },
  'one of two lists of parameters': {
    parameters: { anyOf: [city, count] },
    inputs: [{ city: 'Paris' }, { count: 2 }],
    otherInputs: [{}, { count: 'two' }],
  },
  'parameters of any name': {
    parameters: { type: 'object', additionalProperties: { type: 'integer' } },
    inputs: [{}, { a: 1 }, { a: 1, some_name: 2 }],
    otherInputs: [{ a: 'one' }],
  },
  'parameters of any name beside others': {
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: { type: 'integer' },
    },
    inputs: [{ city: 'Paris' }, { city: 'Paris', cit: 1, citywide: 2, b: 3 }],
    otherInputs: [{}, { b: 3 }, { city: 'Paris', b: 'three' }],
  },
  'a parameter that is required and not described': {
    parameters: { type: 'object', required: ['n'], additionalProperties: { type: 'integer' } },
    inputs: [{ n: 1 }, { n: 1, m: 2 }],
    otherInputs: [{}, { m: 2 }, { n: 'one' }],
    isForParameters: true,
  },
  'values for which Python has words of its own': {
    parameters: {
      type: 'object',
      properties: {
        flag: { type: 'boolean' },
        always: { const: true },
        limit: { anyOf: [{ type: 'integer' }, { $ref: '#/$defs/Nothing' }] },
      },
      $defs: { Nothing: { type: 'null' } },
    },
    inputs: [{ flag: true }, { flag: false }, { always: true }, { limit: 1 }, { limit: null }],
    otherInputs: [{ flag: null }, { always: false }, { limit: true }],
  },
}

const syntaxes = [
  'XML by parameter',
  "XML by parameter with Python's words",
  'keys and values in tags',
  'typed attributes',
]
const user = { role: 'user', content: 'Find it' } as const

describe.each([...syntaxes, 'JSON in tags', 'the name, then JSON'])(
  'a demanded call in the syntax of %s, with',
  (syntax) => {
    const template = callTemplates.find(({ name }) => name === syntax)?.template ?? ''
    const options = { name: syntax, template, controlTokens: [] }
    const format = templateFormat(options)
    const isWritten = (isForParameters = false) => !isForParameters || syntaxes.includes(syntax)
    const entries = Object.entries(cases).filter(([, value]) => isWritten(value.isForParameters))

    it.each(entries)('%s, holds to the schema', (_what, { parameters, inputs, otherInputs }) => {
      const tools = [{ name: 'find', parameters }]
      const isAllowed = languageOf((grammar) => format.callRule?.(grammar, tools) ?? '')
      const write = (input: object) => {
        const toolCalls = [{ id: 'abcdefgh0', name: 'find', input }] as const
        const reply = { content: '', toolCalls: toolCalls as never }
        return writtenReply(options, { messages: [user], tools, reply })
      }
      for (const input of inputs) {
        const callText = write(input)
        expect(isAllowed(callText.text), callText.text).toBe(true)
        expect(readReply(format, callText, tools).calls).toEqual([{ name: 'find', input }])
      }
      for (const input of otherInputs) {
        const callText = write(input)
        expect(isAllowed(callText.text), callText.text).toBe(false)
      }
    })
  },
)

it.each(syntaxes)('the work on parameters rests after each of them: %s', (syntax) => {
  const template = callTemplates.find(({ name }) => name === syntax)?.template ?? ''
  const { callRule } = templateFormat({ name: syntax, template, controlTokens: [] })
  const keys = Array.from({ length: 1_000 }, (_, index) => `key${index}`)
  const properties = Object.fromEntries(keys.map((key) => [key, { type: 'integer' }]))
  const tools = [{ name: 'find', parameters: { type: 'object', properties } }]
  const steps = callRule!(grammarBuilder(), tools)
  let restCount = 0
  while (!steps.next().done) restCount++
  expect(restCount).toBeGreaterThanOrEqual(keys.length)
})

it('a reference in the parameters to nothing is an invalid request', () => {
  const template = callTemplates.find(({ name }) => name === 'XML by parameter')?.template ?? ''
  const { callRule } = templateFormat({ name: 'x', template, controlTokens: [] })
  const tools = [{ name: 'find', parameters: { $ref: '#/$defs/Nothing' } }]
  expect(() => languageOf((grammar) => callRule?.(grammar, tools) ?? '')).toThrow(
    'the schema at find has a reference to nothing in the schema',
  )
})
