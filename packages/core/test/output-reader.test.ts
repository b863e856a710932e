import { expect, it } from 'vitest'
import { outputReader } from '../src/output-reader.ts'
import { countTurns } from '../../../test/shared/count-turns.ts'

it('the schemas of hundreds of tools are read in turns, however small each is', async () => {
  const tools = Array.from({ length: 300 }, (_, index) => ({
    name: `tool${index}`,
    parameters: { type: 'object', properties: { a: {}, b: {}, c: {} } },
  }))
  const reader = outputReader({ request: { tools } }, 'driver')
  expect(await countTurns(() => reader.prepare())).toBeGreaterThan(10)
})

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

it.each<[what: string, schema: object, answer: unknown]>([
  ['numbers', { items: { type: 'number' } }, list(100_000)],
  ['members', { additionalProperties: { type: 'number' } }, { ...list(100_000) }],
  ['items that differ', { uniqueItems: true }, list(100_000)],
  ['items of two kinds', { items: { anyOf: [{ const: 'a' }, { minimum: 0 }] } }, list(100_000)],
  ['constants to choose from', { anyOf: list(100_000).map((index) => ({ const: index })) }, 99_999],
])('an answer is checked in turns where there are 100,000 %s', async (_what, schema, answer) => {
  const reader = outputReader({ request: { schema: schema as Record<string, never> } }, 'driver')
  await reader.prepare()
  const text = JSON.stringify(answer)
  const turnCount = await countTurns(async () => {
    expect(await reader.readAnswer(text)).toEqual({ value: answer })
  })
  expect(turnCount).toBeGreaterThan(5)
})
