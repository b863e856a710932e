import { openLlamaCpp } from '@nano/llama-cpp'
import { formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import {
  type JsonSchema,
  prepareSchema,
  prepareTool,
  schemaModel,
  toolCall,
} from './schema-model.ts'

/** Milliseconds. */
const limit = 20

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

const schemas: Readonly<Record<string, JsonSchema>> = {
  'an enum of 1,000 texts': { enum: list(1_000).map((index) => `value ${index}`) },
  'an enum of 100,000 texts': { enum: list(100_000).map((index) => `value ${index}`) },
  'an enum of 100,000 numbers that differ': {
    enum: list(100_000).map((index) => (index * 48_271) % 999_999_937),
  },
  '100,000 constants': { anyOf: list(100_000).map((index) => ({ const: index })) },
  '5,000 properties': {
    type: 'object',
    properties: Object.fromEntries(list(5_000).map((index) => [`name${index}`, {}])),
  },
  '5,000 required properties': {
    type: 'object',
    properties: Object.fromEntries(list(5_000).map((index) => [`name${index}`, {}])),
    required: list(5_000).map((index) => `name${index}`),
  },
  'one of 5,000 objects': {
    anyOf: list(5_000).map((index) => ({
      type: 'object',
      properties: { [`name${index}`]: { type: 'string' } },
      required: [`name${index}`],
    })),
  },
  'lists in lists, 990 deep': list(990).reduce<JsonSchema>((items) => ({ type: 'array', items }), {
    type: 'string',
  }),
}

const contenders = [
  { open: () => schemaModel(), prepare: prepareSchema },
  { open: () => schemaModel(toolCall), prepare: prepareTool },
  { open: () => openLlamaCpp({ model: 'tiny' }), prepare: prepareSchema },
]

/** Prints the longest time for which work on a large schema lets nothing else have its turn. */
export async function printEventLoopBlocks(rounds: number): Promise<void> {
  const rows: string[][] = []
  for (const [name, schema] of Object.entries(schemas)) {
    const row = [name]
    for (const { open, prepare } of contenders) {
      const blocks: number[] = []
      for (let round = 0; round <= rounds; round++) {
        const model = await open()
        const block = await findLongestBlock(() => prepare(model, schema))
        await model.close()
        if (round > 0) blocks.push(block / limit)
      }
      row.push(formatSpread(blocks))
    }
    rows.push(row)
  }
  printTable(
    `Longest time without a turn of the event loop; ${limit} ms are 1`,
    ['schema', 'of an answer', 'of an argument of a tool', 'of an answer with llama.cpp'],
    rows,
  )
}

/** Milliseconds. */
async function findLongestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let isDone = false
  let turnedAt = performance.now()
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - turnedAt)
    turnedAt = now
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isDone = true
  turn()
  return longest
}
