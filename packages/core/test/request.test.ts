import { describe, expect, it } from 'vitest'
import { countTurns } from '../../../test/shared/count-turns.ts'
import { Model, NanoError } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { parseRequest } from '../src/request.ts'
import { scripted } from '../src/testing/index.ts'

describe('a request', () => {
  it.each<[fault: string, request: object, message: RegExp]>([
    ['no messages', { messages: [] }, /messages/],
    ['a misspelt setting', { messages: 'hi', temprature: 1 }, /temprature/],
    [
      'a later system message',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'system', content: 'b' },
        ],
      },
      /start/,
    ],
    [
      'a result without its call',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'tool', toolCallId: 'x', output: 1 },
        ],
      },
      /"x"/,
    ],
    [
      'going on in the middle',
      {
        messages: [
          { role: 'assistant', content: 'a', continue: true },
          { role: 'user', content: 'b' },
        ],
      },
      /last/,
    ],
    ['a choice that is not offered', { messages: 'a', toolChoice: { name: 'add' } }, /add/],
    [
      'two tools of one name',
      {
        messages: 'a',
        tools: [
          { name: 'x', parameters: {} },
          { name: 'x', parameters: {} },
        ],
      },
      /two tools/,
    ],
  ])('with %s is refused, and the message says where', async (_fault, request, message) => {
    const error: unknown = await new Model(scripted({ capabilities: { tools: 'forced' } }))
      .generate(request as never)
      .catch((error: unknown) => error)
    expect(NanoError.is(error) && error.code).toBe('invalid-request')
    expect(String(error)).toMatch(message)
  })
  it.each<[where: string, fields: (schema: object) => object]>([
    ['its schema', (schema) => ({ schema })],
    ['a tool', (parameters) => ({ tools: [{ name: 'add', parameters }] })],
  ])('with 100,000 constants in %s is checked in turns', async (_where, toFields) => {
    const constants = Array.from({ length: 100_000 }, (_, index) => ({ const: index }))
    const request = { messages: 'hi', ...toFields({ anyOf: constants }) }
    expect(await countTurns(() => parseRequest(request))).toBeGreaterThan(3)
  })
  it('is taken as it is when it is sent, though its schema is read in turns', async () => {
    const model = new Model(scripted({ capabilities: { schema: true }, reply: () => ['1'] }))
    const messages = [{ role: 'user' as const, content: 'hi' }]
    const constants = Array.from({ length: 10_000 }, (_, index) => ({ const: index }))
    const reply = model.generate({ messages, schema: { anyOf: constants } })
    messages.length = 0
    expect((await reply).object).toBe(1)
  })
  it('with what is there and undefined is one without it', async () => {
    const requests: object[] = []
    const innerDriver = scripted()
    const spy: Driver = {
      ...innerDriver,
      stream: (request, call) => {
        requests.push(request)
        return innerDriver.stream(request, call)
      },
    }
    await new Model(spy).generate({
      messages: 'hi',
      maxTokens: undefined,
      sampling: { temperature: undefined },
    } as never)
    expect(JSON.stringify(Object.keys(requests[0]!))).toBe('["messages","sampling","reasoning"]')
    expect(requests[0]).toEqual({
      messages: [{ role: 'user', content: 'hi' }],
      sampling: {},
      reasoning: 'on',
    })
  })
  it('for tokens that are none gets advice', async () => {
    const model = new Model(scripted())
    for (const tokens of [[1.5], [-1], ['a'], 7])
      await expect(model.detokenize(tokens as never)).rejects.toThrow(TypeError)
    await expect(model.tokenize(7 as never)).rejects.toThrow('a text')
  })
  it('for tokens that are no list gets advice', async () => {
    await expect(new Model(scripted()).detokenize(undefined as never)).rejects.toThrow(
      'expected a list of token ids, got undefined',
    )
  })
  it('whose options hold what belongs to the request gets advice', async () => {
    const model = new Model(scripted())
    await expect(model.generate('hi', { maxTokens: 1 } as never)).rejects.toThrow(
      'generate({ messages, maxTokens })',
    )
    await expect(model.generate('hi', { onPrefill: 3 as never })).rejects.toThrow(
      'onPrefill to be a function',
    )
  })
  it('with wrong options gets advice', async () => {
    const model = new Model(scripted())
    await expect(model.generate('hi', AbortSignal.timeout(9) as never)).rejects.toThrow(
      'Did you mean { signal }?',
    )
    await expect(model.generate('hi', (() => {}) as never)).rejects.toThrow(TypeError)
    await expect(model.generate('hi', { signal: {} as never })).rejects.toThrow('AbortSignal')
  })
})
