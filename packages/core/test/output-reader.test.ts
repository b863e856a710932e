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
