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
      /does not hold.*\/answer: is not of the type integer/,
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
    const able = { ...driver, capabilities: { ...driver.capabilities, schema: true } }
    await new Model(able, structured()).generate({ messages: 'hi', schema })
    expect(requests[0]).toMatchObject({ schema, messages: [{ content: 'hi' }] })
  })
  it('asks once more where a driver refuses its own answer with bad-output', async () => {
    const { driver, requests } = spy((_request, call) =>
      call === 1
        ? [{ type: 'text', text: '{"result": 7}' }]
        : [{ type: 'text', text: '{"answer": 7}' }, finish],
    )
    const able: Driver = {
      ...driver,
      capabilities: { ...driver.capabilities, schema: true },
      async *stream(request, call) {
        yield* driver.stream(request, call)
        if (requests.length === 1)
          throw new NanoError('bad-output', 'the server ignored the schema')
      },
    }
    const { text, usage } = await new Model(able, structured()).generate({
      messages: 'hi',
      schema,
    })
    expect({ text, usage }).toEqual({ text: '{"answer": 7}', usage: {} })
    expect(JSON.stringify(requests[1]?.messages)).toMatch(/does not hold/)
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
})
