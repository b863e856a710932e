import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z4 from 'zod'
import * as z from 'zod/mini'
import { z as z3 } from 'zod/v3'
import { Model } from '../../../src/index.ts'
import { scripted } from '../../../src/testing/index.ts'
import { otherExports } from './other-exports.ts'
import { keptExample } from './zod-example.ts'

const modelSaying = (value: unknown) =>
  new Model(scripted({ capabilities: { schema: true }, reply: () => [JSON.stringify(value)] }))

const Pair = z.object({ a: z.int(), b: z.optional(z.int()) })

/** What `zod/mini` exports as functions, and zod has as methods. */
const miniExamples = {
  catchall: keptExample(z.catchall(z.object({}), z.int()), [{ c: 1 }], [{ c: 'x' }]),
  exactPartial: keptExample(z.exactPartial(Pair), [{}, { a: 1 }], [{ a: 'x' }]),
  extend: keptExample(z.extend(Pair, { c: z.int() }), [{ a: 1, c: 2 }], [{ a: 1 }]),
  safeExtend: keptExample(z.safeExtend(Pair, { c: z.int() }), [{ a: 1, c: 2 }], [{ a: 1 }]),
  maximum: keptExample(z.number().check(z.maximum(2)), [2], [3]),
  minimum: keptExample(z.number().check(z.minimum(2)), [2], [1]),
  merge: keptExample(z.merge(Pair, z.object({ c: z.int() })), [{ a: 1, c: 2 }], [{ a: 1 }]),
  omit: keptExample(z.omit(Pair, { a: true }), [{ b: 1 }], [{ b: 'x' }]),
  partial: keptExample(z.partial(Pair), [{}], [{ a: 'x' }]),
  pick: keptExample(z.pick(Pair, { a: true }), [{ a: 1 }], [{}]),
  required: keptExample(z.required(Pair), [{ a: 1, b: 2 }], [{ a: 1 }]),
}

describe('zod/mini', () => {
  it('exports nothing beside what zod does, the examples and its classes', () => {
    const names = new Set([
      ...Object.keys(z4),
      ...Object.keys(miniExamples),
      ...Object.values(otherExports).flat(),
    ])
    const otherNames = Object.keys(z).filter(
      (name) => !names.has(name) && !name.startsWith('ZodMini'),
    )
    expect(otherNames).toEqual([])
  })
  it.each(Object.entries(miniExamples))('reads what z.%s makes', async (_name, example) => {
    const { schema, examples, invalid } = example
    for (const [value, parsedValue] of examples) {
      const { object } = await modelSaying(value).generate({ messages: 'Write.', schema })
      expect(object).toEqual(parsedValue)
    }
    for (const value of invalid)
      await expect(
        modelSaying(value).generate({ messages: 'Write.', schema }),
      ).rejects.toMatchObject({ code: 'bad-output' })
  })
  it('types and parses an answer and the input of a call', async () => {
    const Event = z.object({
      at: z.coerce.date(),
      size: z.pipe(z.string(), z.transform(Number)),
    })
    const value = { at: '2024-12-31', size: '7' }
    const parsedValue = { at: new Date('2024-12-31'), size: 7 }
    const { object } = await modelSaying(value).generate({ messages: 'Write.', schema: Event })
    expectTypeOf(object).toEqualTypeOf<{ at: Date; size: number } | undefined>()
    expect(object).toEqual(parsedValue)

    const calls = () => [{ id: 'c1', name: 'save', input: value }]
    const model = new Model(scripted({ capabilities: { tools: 'offered' }, calls }))
    const tools = [{ name: 'save', parameters: Event }]
    const { toolCalls } = await model.generate({ messages: 'Save.', tools })
    expectTypeOf(toolCalls[0]?.input).toEqualTypeOf<{ at: Date; size: number } | undefined>()
    expect(toolCalls[0]?.input).toEqual(parsedValue)
  })
  it('refuses what JSON cannot say as zod does', async () => {
    const schema = z.object({ born: z.date() })
    await expect(modelSaying({}).generate({ messages: 'x', schema })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('z.date() at #/properties/born; use z.coerce.date()'),
    })
  })
})

it('zod 3, which writes no JSON Schema, does not compile and is refused with advice', async () => {
  const schema = z3.object({ a: z3.string() })
  // @ts-expect-error a Standard Schema without JSON Schema output
  const reply = modelSaying({ a: 'x' }).generate({ messages: 'x', schema })
  await expect(reply).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(/schema of zod without JSON Schema output.*such as zod 4/),
  })
})
