import { describe, expect, it } from 'vitest'
import { passThroughSplitter } from '../../src/reply/pass-through-splitter.ts'
import { callChecker } from '../../src/tool-calls/call-checker.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { pythonCalls } from './tagged-call-splitters.ts'

const parameters = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    share: { type: 'number' },
    exact: { type: 'boolean' },
    city: { type: 'string' },
    limit: { type: ['integer', 'null'] },
    level: { enum: [1, 2] },
    any: {},
    either: { type: ['string', 'integer'] },
    tags: { type: 'array', items: { type: 'integer' } },
    pair: { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }] },
    filter: { type: 'object', properties: { since: { type: 'integer' } } },
    trip: { $ref: '#/$defs/Trip' },
    maybe: { anyOf: [{ $ref: '#/$defs/Trip' }, { type: 'null' }] },
  },
  $defs: { Trip: { type: 'object', properties: { days: { type: 'integer' } } } },
}
const checkCall = callChecker([{ name: 'find', parameters }])
const check = (input: object) => checkCall({ name: 'find', input })?.input

describe('an argument of another type becomes the type that the schema asks for:', () => {
  it.each<[what: string, givenInput: object, input: object]>([
    ['an integer in a text', { count: '3' }, { count: 3 }],
    ['a negative one', { count: ' -3 ' }, { count: -3 }],
    ['a number in a text', { share: '1.5' }, { share: 1.5 }],
    ['a word in a text', { exact: 'true' }, { exact: true }],
    ["Python's word in a text", { exact: 'False' }, { exact: false }],
    ['null in a text', { limit: 'null' }, { limit: null }],
    ['a choice in a text', { level: '2' }, { level: 2 }],
    ['a number for a text', { city: 3 }, { city: '3' }],
    ['a word for a text', { city: true }, { city: 'true' }],
    ['a list in a text', { tags: '[1, "2"]' }, { tags: [1, 2] }],
    ['the items of a list', { tags: ['1', 2] }, { tags: [1, 2] }],
    ['the first items of a list', { pair: ['1', 2] }, { pair: [1, '2'] }],
    ['an object in a text', { filter: '{"since": "7"}' }, { filter: { since: 7 } }],
    ['a property of an object', { filter: { since: '7' } }, { filter: { since: 7 } }],
    ['a property by reference', { trip: { days: '7' } }, { trip: { days: 7 } }],
    ['a property of an alternative', { maybe: '{"days": "7"}' }, { maybe: { days: 7 } }],
    ['an alternative', { maybe: 'null' }, { maybe: null }],
  ])('%s', (_what, givenInput, input) => {
    expect(check(givenInput)).toEqual(input)
  })
})

it.each<[what: string, input: object]>([
  ['a text of digits', { city: '007' }],
  ['a text where the schema says nothing', { any: '3' }],
  ['a text where it may be one', { either: '3' }],
  ['a text beside one that changes', { city: 'true', either: '3' }],
])('%s stays a text', (_what, input) => {
  expect(check(input)).toEqual(input)
  expect(check({ ...input, count: '3' })).toEqual({ ...input, count: 3 })
})

it.each<[what: string, input: object]>([
  ['a word', { count: 'three' }],
  ['a number with a fraction for an integer', { count: '3.5' }],
  ['digits that would get lost', { count: '12345678901234567890' }],
  ['a number for a word', { exact: '1' }],
  ['a list for a text', { city: ['x'] }],
  ['a broken list', { tags: '[1, ' }],
  ['a choice that is none', { level: '3' }],
])('%s does not become another type', (_what, input) => {
  expect(check(input)).toBeUndefined()
})

it('in a call that is written in Python too', () => {
  const tools = [{ name: 'find', parameters }]
  const splitter = splitDescribedCalls(passThroughSplitter, pythonCalls, { earlierIds: [], tools })
  const reply = '<|calls|>[find(city=3, count="3")]<|/calls|>'
  expect([...splitter.push(reply), ...splitter.end()]).toEqual([
    { type: 'tool-call', id: 'call_1', name: 'find', input: { city: '3', count: 3 } },
  ])
})
