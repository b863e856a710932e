import { expect, it } from 'vitest'
import * as z from 'zod'
import { longestTurn } from '../../../../../test/shared/longest-turn.ts'
import { Model } from '../../../src/index.ts'
import { jsonSchemaChecker } from '../../../src/schema/json-schema.ts'
import { runSteps } from '../../../src/schema/steps.ts'
import { closeImpossibleParts } from '../../../src/schema/zod/impossible-parts.ts'
import { type JsonSchema, toJsonSchema } from '../../../src/standard-schema.ts'
import { scripted } from '../../../src/testing/index.ts'

const convert = (schema: z.ZodType) => runSteps(toJsonSchema(schema, 'schema')) as JsonSchema
const ask = (schema: z.ZodType) =>
  new Model(scripted({ capabilities: { schema: true } })).generate({ messages: 'x', schema })

/** A schema in a schema, as often. */
function nest(depth: number, wrap: (schema: z.ZodType) => z.ZodType): z.ZodType {
  let schema: z.ZodType = z.string()
  for (let level = 0; level < depth; level++) schema = wrap(schema)
  return schema
}

it('a schema is converted once', () => {
  const schema = z.object({ a: z.string() })
  expect(convert(schema)).toBe(convert(schema))
})

it.each<[what: string, wrap: (schema: z.ZodType) => z.ZodType]>([
  ['objects', (schema) => z.object({ a: schema.optional(), b: schema })],
  ['unions', (schema) => z.union([z.array(schema), schema.nullable()])],
  ['tuples', (schema) => z.tuple([schema, schema])],
])('a schema that stands twice in each of 100 levels of %s is written once', (_what, wrap) => {
  const startedAt = performance.now()
  expect(JSON.stringify(convert(nest(100, wrap))).length).toBeLessThan(50_000)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})

it('a schema that is written once holds what it held', () => {
  const schema = nest(20, (inner) => z.object({ a: inner.optional(), b: inner }))
  const { checkValue } = jsonSchemaChecker(convert(schema), 'test', { isStrict: true })
  let value: unknown = 'x'
  for (let level = 0; level < 20; level++) value = { b: value }
  expect(checkValue(value)).toBeUndefined()
  expect(checkValue({ b: 'x' })).toBeDefined()
})

it('a schema that stands in few places is written where it stands', () => {
  const name = z.string().min(1)
  expect(JSON.stringify(convert(z.object({ a: name, b: name })))).not.toContain('$ref')
})

it.each<[what: string, wrap: (schema: z.ZodType) => z.ZodType]>([
  ['lists', (schema) => z.array(schema)],
  ['objects', (schema) => z.object({ a: schema })],
  ['what is optional', (schema) => schema.optional()],
  ['descriptions', (schema) => schema.describe('a')],
  ['lazy parts', (schema) => z.lazy(() => schema)],
])('thousands of %s in each other are nested too deep', async (_what, wrap) => {
  await expect(ask(nest(5_000, wrap))).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(/schema is nested deeper than 1000 levels$/),
  })
})

it('the limit of levels does not depend on the stack', () => {
  const isRefused = (depth: number) => {
    try {
      return convert(nest(depth, (schema) => schema.optional())) === undefined
    } catch {
      return true
    }
  }
  expect([isRefused(990), isRefused(1_001)]).toEqual([false, true])
})

it('900 lists in each other are converted', () => {
  expect(convert(nest(900, (schema) => z.array(schema)))).toMatchObject({ type: 'array' })
})

it('parts that lead back to themselves are converted', () => {
  const Tree: z.ZodType = z.object({
    get branches() {
      return z.array(Tree)
    },
    next: z.lazy(() => Tree).optional(),
  })
  const { checkValue } = jsonSchemaChecker(convert(Tree), 'test')
  expect(checkValue({ branches: [{ branches: [] }] })).toBeUndefined()
  expect(checkValue({ branches: [{}] })).toBeDefined()
})

it('names with percent signs are found', () => {
  const a = z.string().meta({ id: 'x%y z' })
  const b = z.int().meta({ id: 'x%20z/~' })
  const { checkValue } = jsonSchemaChecker(convert(z.object({ a, b })), 'test')
  expect(checkValue({ a: 'x', b: 1 })).toBeUndefined()
  expect(checkValue({ a: 'x', b: 'x' })).toBeDefined()
})

it('parts that no value holds to are closed in short turns', () => {
  const parts = () =>
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`n${index}`, { not: {} }]))
  expect(longestTurn(() => closeImpossibleParts({ properties: parts() }, () => {}))).toBeLessThan(
    20,
  )
})
