import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { Model, NanoError } from '../../../src/index.ts'
import { jsonSchemaChecker } from '../../../src/schema/json-schema.ts'
import { runSteps } from '../../../src/schema/steps.ts'
import { type InferOutput, type JsonSchema, toJsonSchema } from '../../../src/standard-schema.ts'
import { scripted } from '../../../src/testing/index.ts'
import { otherExports } from './other-exports.ts'
import { readExamples } from './read-examples.ts'
import { refusedExamples } from './refused-examples.ts'

const modelSaying = (value: unknown) =>
  new Model(
    scripted({
      capabilities: { schema: true, tools: 'offered' },
      reply: ({ tools }) => (tools ? [] : [JSON.stringify(value)]),
      calls: ({ tools }) => (tools ? [{ id: 'c1', name: 'save', input: { value } }] : []),
    }),
  )

describe('every export of zod', () => {
  const exampleNames = [
    ...Object.keys(readExamples),
    ...Object.keys(refusedExamples),
    ...Object.values(otherExports).flat(),
  ]
  const spaces = { '': z, 'iso.': z.iso, 'coerce.': z.coerce } as const
  const exportedNames = Object.entries(spaces).flatMap(([prefix, space]) =>
    Object.keys(space).map((name) => prefix + name),
  )
  const classes = exportedNames.filter((name) => /^(?:iso\.)?_?Zod/.test(name))

  it('stands in the lists, or is the class of an example', () => {
    const traits = new Set(
      [...Object.values(readExamples), ...Object.values(refusedExamples)].flatMap(({ schema }) => [
        ...traitsWithin(schema),
      ]),
    )
    const listedNames = new Set<string>([...exampleNames, ...traits])
    expect(
      exportedNames.filter((name) => !listedNames.has(name.replace('iso.Zod', 'Zod'))),
    ).toEqual([])
    expect(classes.length).toBeGreaterThan(80)
  })
  it('is still one of zod where the lists name it', () => {
    const isExport = (name: string) => exportedNames.includes(name)
    const names = exampleNames.filter((name) => !name.includes(' ') && name !== 'brand')
    expect(names.filter((name) => !isExport(name))).toEqual([])
  })
})

describe.each(Object.entries(readExamples))('z.%s', (_name, { schema, examples, invalid }) => {
  it.each(examples)('reads %j', async (jsonValue, parsedValue) => {
    const { object } = await modelSaying(jsonValue).generate({ messages: 'Write.', schema })
    expect(object).toEqual(parsedValue)
  })
  it.each(examples)('reads %j in the input of a call', async (jsonValue, parsedValue) => {
    const tools = [{ name: 'save', parameters: z.object({ value: schema }) }]
    const { toolCalls } = await modelSaying(jsonValue).generate({ messages: 'Write.', tools })
    expect(toolCalls).toEqual([{ id: 'c1', name: 'save', input: { value: parsedValue } }])
  })
  it('has a JSON Schema of known keywords that holds for it', () => {
    const jsonSchema = runSteps(toJsonSchema(schema, 'schema')) as JsonSchema
    const { checkValue } = jsonSchemaChecker(jsonSchema, 'test', { isStrict: true })
    for (const [jsonValue] of examples) expect(checkValue(jsonValue)).toBeUndefined()
  })
  it.each(invalid.map((value) => [value]))('refuses %j', async (value) => {
    const reply = modelSaying(value).generate({ messages: 'Write.', schema })
    await expect(reply).rejects.toMatchObject({ code: 'bad-output' })
  })
})

describe.each(Object.entries(refusedExamples))('z.%s', (_name, { schema, refusal, advice }) => {
  it('is refused before a token, by its name and its path, with what to use', async () => {
    const model = modelSaying('never written')
    const parameters = z.object({ value: schema })
    for (const request of [{ schema }, { tools: [{ name: 'save', parameters }] }]) {
      const error: unknown = await model
        .generate({ messages: 'Write.', ...request })
        .catch((error: unknown) => error)
      const place = 'tools' in request ? 'tools[0].parameters' : 'schema'
      expect(NanoError.is(error) && error.code).toBe('unsupported')
      expect(String(error)).toContain(`${place} cannot be expressed as JSON Schema: `)
      const path = 'tools' in request ? refusal.replace('#', '#/properties/value') : refusal
      expect(String(error)).toContain(`${path}; `)
      expect(String(error)).toContain(advice)
    }
  })
})

it('a value that z.catch replaces is read, though no grammar says it', async () => {
  const schema = z.object({ a: z.catch(z.int(), 0) })
  const { object } = await modelSaying({ a: 'x' }).generate({ messages: 'Write.', schema })
  expect(object).toEqual({ a: 0 })
})

it('every answer has the type that zod gives it', () => {
  type Same<A, B> =
    (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
  type Differing = {
    [Name in keyof typeof readExamples]: Same<
      InferOutput<(typeof readExamples)[Name]['schema']>,
      z.output<(typeof readExamples)[Name]['schema']>
    > extends true
      ? never
      : Name
  }[keyof typeof readExamples]
  expectTypeOf<Differing>().toEqualTypeOf<never>()
})

/** The classes of a schema and of its parts. */
function traitsWithin(
  schema: z.core.$ZodType,
  seenSchemas = new Set<unknown>(),
): ReadonlySet<string> {
  if (seenSchemas.has(schema)) return new Set()
  seenSchemas.add(schema)
  const { def, traits } = schema._zod
  const parts = Object.values(def).flatMap((part: unknown) =>
    typeof part === 'object' && part !== null ? [part, ...Object.values(part)] : [],
  )
  return new Set([
    ...traits,
    ...parts
      .filter((part): part is z.core.$ZodType => typeof part === 'object' && part && '_zod' in part)
      .flatMap((part) => [...traitsWithin(part, seenSchemas)]),
  ])
}
