import { describe, expect, it } from 'vitest'
import type { Driver } from '../../src/driver/index.ts'
import { Model, NanoError, structured } from '../../src/index.ts'
import { finish, spy } from './spies.ts'

describe('structured', () => {
  const schema = {
    type: 'object',
    properties: { answer: { type: 'integer' } },
    required: ['answer'],
  }
  it('asks once more, saying why, and sums what both took', async () => {
    const { driver, requests } = spy((_request, call) => [
      { type: 'text', text: call === 1 ? '{"answer": "x"}' : '{"answer": 7}' },
      finish,
    ])
    const { text, usage } = await new Model(driver, structured()).generate({
      messages: 'hi',
      schema,
    })
    expect({ text, usage }).toEqual({ text: '{"answer": 7}', usage: { output: 4 } })
    expect(JSON.stringify(requests[1]?.messages)).toMatch(
      /does not satisfy.*\/answer: is not of the type integer/,
    )
    expect(requests.every((request) => request.schema === undefined)).toBe(true)
  })
  it('gives up with bad-output', async () => {
    const model = new Model(
      spy(() => [{ type: 'text', text: 'no' }, finish]).driver,
      structured({ attempts: 3 }),
    )
    await expect(model.generate({ messages: 'hi', schema })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining('3 attempts'),
    })
  })
  it('leaves constraining to a driver that can, and validates all the same', async () => {
    const { driver, requests } = spy(() => [{ type: 'text', text: '{"answer": 7}' }, finish])
    const schemaDriver = { ...driver, capabilities: { ...driver.capabilities, schema: true } }
    await new Model(schemaDriver, structured()).generate({ messages: 'hi', schema })
    expect(requests[0]).toMatchObject({ schema, messages: [{ content: 'hi' }] })
  })
  it('asks once more where a driver refuses its own answer with bad-output', async () => {
    const { driver, requests } = spy((_request, call) =>
      call === 1
        ? [{ type: 'text', text: '{"result": 7}' }]
        : [{ type: 'text', text: '{"answer": 7}' }, finish],
    )
    const schemaDriver: Driver = {
      ...driver,
      capabilities: { ...driver.capabilities, schema: true },
      async *stream(request, call) {
        yield* driver.stream(request, call)
        if (requests.length === 1)
          throw new NanoError('bad-output', 'the server ignored the schema')
      },
    }
    const { text, usage } = await new Model(schemaDriver, structured()).generate({
      messages: 'hi',
      schema,
    })
    expect({ text, usage }).toEqual({ text: '{"answer": 7}', usage: {} })
    expect(JSON.stringify(requests[1]?.messages)).toMatch(/does not satisfy/)
  })
  it('refuses what it cannot check, before a token', async () => {
    const { driver, requests } = spy()
    await expect(
      new Model(driver, structured({ strict: true })).generate({
        messages: 'hi',
        schema: { nullable: true },
      }),
    ).rejects.toMatchObject({ code: 'unsupported' })
    expect(requests).toEqual([])
  })
  it.each([
    [true, { type: 'object', properties: { a: { type: 'integer', minimun: 1 } } }, 'minimun'],
    [true, { type: 'object', requird: ['a'] }, 'requird'],
    ['grammar', { type: 'object', properties: { a: { multipleOf: 0.5 } } }, 'multipleOf'],
  ] as const)('with strict: %s refuses the parameters %j of a tool', async (...row) => {
    const [strict, parameters, keyword] = row
    const { driver, requests } = spy()
    const tools = [
      { name: 'say', parameters: {} },
      { name: 'add', parameters },
    ]
    const capabilities = { ...driver.capabilities, tools: 'offered' as const }
    const model = new Model({ ...driver, capabilities }, structured({ strict }))
    await expect(model.generate({ messages: 'hi', tools })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(new RegExp(`the tool add: .*${keyword}`)),
    })
    expect(requests).toEqual([])
  })
  it('refuses what no grammar holds, where that is asked for', async () => {
    const { driver, requests } = spy()
    const model = new Model(driver, structured({ strict: 'grammar' }))
    const refusedSchemas = [
      { type: 'array', uniqueItems: true },
      { type: 'string', pattern: '^(?=a)' },
      { type: 'string', format: 'uri' },
      { type: 'string', pattern: '^a*$', maxLength: 3 },
      { type: 'number', multipleOf: 0.5 },
      { not: { type: 'string' } },
      { type: 'object', properties: { a: {} }, minProperties: 1 },
      { type: 'string', format: 'nobody-knows' },
    ]
    for (const schema of refusedSchemas)
      await expect(model.generate({ messages: 'hi', schema })).rejects.toMatchObject({
        code: 'unsupported',
      })
    expect(requests).toEqual([])

    const { driver: schemaDriver } = spy(() => [{ type: 'text', text: '{"answer": 7}' }, finish])
    const schemaModel = new Model(schemaDriver, structured({ strict: 'grammar' }))
    expect((await schemaModel.generate({ messages: 'hi', schema })).object).toEqual({ answer: 7 })
  })
  it('opens objects, also those of tools, and checks what the schema says', async () => {
    const { driver, requests } = spy((_request, call) => [
      { type: 'text', text: call === 1 ? '{"answer": "x", "b": 1}' : '{"answer": 7, "b": 1}' },
      finish,
    ])
    const schemaDriver = {
      ...driver,
      capabilities: { ...driver.capabilities, schema: true, tools: 'offered' as const },
    }
    const model = new Model(schemaDriver, structured({ objects: 'open' }))
    const tools = [{ name: 'add', parameters: schema }]
    const { object } = await model.generate({ messages: 'hi', schema, tools })
    expect(object).toEqual({ answer: 7, b: 1 })
    const openSchema = { ...schema, additionalProperties: true }
    for (const request of requests)
      expect(request).toMatchObject({ schema: openSchema, tools: [{ parameters: openSchema }] })
    expect(requests).toHaveLength(2)
  })
  it('names an option that has no such value', () => {
    expect(() => structured({ objects: 'ajar' as 'open' })).toThrow(
      'structured: expected objects to be one of open, closed, got a text',
    )
  })
})
