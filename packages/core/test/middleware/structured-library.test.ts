import { expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { defaults, type GenerateRequest, Model, type Part, structured } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

const text = (text: string): Part => ({ type: 'text', text })
const call = (input: object, id = 'c1'): Part => ({ type: 'tool-call', id, name: 'book', input })
const finish = (finishReason: 'stop' | 'tool-calls' = 'stop'): Part => ({
  type: 'finish',
  finishReason,
  usage: { input: 10, output: 5 },
  timings: {},
})

/** A driver that says one reply after the other, and remembers what it was asked. */
function modelSaying(...replies: readonly (readonly Part[])[]) {
  const requests: GenerateRequest[] = []
  const driver: Driver = {
    ...scripted({ capabilities: { tools: 'offered', schema: true } }),
    async *stream(request) {
      yield* replies[requests.push(request) - 1] ?? []
    },
  }
  return { requests, driver, model: new Model(driver, structured()) }
}

const Even = z.object({
  value: z.coerce.bigint().refine((value) => value % 2n === 0n, 'expected an even number'),
})
const Booking = z.object({ day: z.coerce.date(), seats: z.int().max(4, 'at most 4 seats') })
const tools = [{ name: 'book', parameters: Booking }] as const
const valid = { day: '2024-12-31', seats: 2 }

it('structured asks again where only the schema of zod refuses, in its words', async () => {
  const { requests, model } = modelSaying(
    [text('{"value":"7"}'), finish()],
    [text('{"value":"8"}'), finish()],
  )
  const { object, usage } = await model.generate({ messages: 'x', schema: Even })
  expectTypeOf(object).toEqualTypeOf<{ value: bigint } | undefined>()
  expect({ object, usage }).toEqual({ object: { value: 8n }, usage: { input: 20, output: 10 } })
  expect(requests.at(-1)?.messages.at(-1)).toMatchObject({
    content: expect.stringContaining('/value: expected an even number'),
  })
})

it('structured gives up with the path and the reason after its last attempt', async () => {
  const { requests, driver } = modelSaying(
    [text('{"value":"7"}'), finish()],
    [text('{"value":"9"}'), finish()],
    [text('{"value":"11"}'), finish()],
  )
  const model = new Model(driver, structured({ attempts: 3 }))
  await expect(model.generate({ messages: 'x', schema: Even })).rejects.toMatchObject({
    code: 'bad-output',
    message: expect.stringMatching(/3 attempts the answer.*at \/value \(expected an even number\)/),
  })
  expect(requests).toHaveLength(3)
})

it('a schema of zod parses an answer once, though several places ask for it', async () => {
  const parsedTexts: string[] = []
  const schema = z.string().transform((value) => parsedTexts.push(value))
  const { model } = modelSaying([text('"a"'), finish()])
  expect((await model.generate({ messages: 'x', schema })).object).toBe(1)
  expect(parsedTexts).toEqual(['a'])
})

it('structured asks again for a call whose input does not hold', async () => {
  const { requests, model } = modelSaying(
    [text('Let me see.'), call({ ...valid, seats: 9 }), call(valid, 'c2'), finish('tool-calls')],
    [text('Again.'), call(valid), finish('tool-calls')],
  )
  const { toolCalls, text: replyText, usage } = await model.generate({ messages: 'x', tools })
  expectTypeOf(toolCalls[0]?.input).toEqualTypeOf<{ day: Date; seats: number } | undefined>()
  expect(toolCalls).toEqual([
    { id: 'c1', name: 'book', input: { day: new Date('2024-12-31'), seats: 2 } },
  ])
  expect({ replyText, usage }).toEqual({
    replyText: 'Let me see.\n\nAgain.',
    usage: { input: 20, output: 10 },
  })
  expect(requests[1]?.messages.slice(1)).toMatchObject([
    { role: 'assistant', content: 'Let me see.', toolCalls: [{ id: 'c1' }, { id: 'c2' }] },
    { role: 'tool', toolCallId: 'c1', output: expect.stringMatching(/\/seats: .*not run/s) },
    { role: 'tool', toolCallId: 'c2', output: expect.stringContaining('not run') },
  ])
})

it('structured gives up on a call with bad-output that says nothing of its input', async () => {
  const invalidReply = [call({ day: 'my pass phrase', seats: 9 }), finish('tool-calls')]
  const error: unknown = await modelSaying(invalidReply, invalidReply)
    .model.generate({ messages: 'x', tools })
    .catch((error: unknown) => error)
  expect(error).toMatchObject({
    code: 'bad-output',
    message: expect.stringMatching(/2 attempts the input of a call of book .*at \/day \(/),
  })
  expect(String(error)).not.toContain('pass phrase')
})

it('structured lets the text before a call stream', async () => {
  const { model } = modelSaying([
    text('one '),
    text('two'),
    call(valid),
    text('three'),
    finish('tool-calls'),
  ])
  const parts: string[] = []
  for await (const part of model.stream({ messages: 'x', tools }))
    parts.push(part.type === 'text' ? part.text : part.type)
  expect(parts).toEqual(['one ', 'two', 'tool-call', 'three', 'finish'])
})

it('structured checks the tools and the schema that other middleware adds', async () => {
  const { driver, requests } = modelSaying(
    [call({ seats: 'two' }), finish('tool-calls')],
    [call({ seats: 2 }), finish('tool-calls')],
    [text('{"seats":"two"}'), finish()],
    [text('{"seats":2}'), finish()],
  )
  const parameters = { type: 'object', properties: { seats: { type: 'integer' } } } as const
  const preset = { tools: [{ name: 'book', parameters }] }
  const { toolCalls } = await new Model(driver, defaults(preset), structured()).generate('x')
  expect(toolCalls).toMatchObject([{ input: { seats: 2 } }])
  const answers = new Model(driver, defaults({ schema: parameters }), structured())
  expect((await answers.generate('x')).text).toBe('{"seats":2}')
  expect(requests).toHaveLength(4)
})

it('structured refuses a tool whose schema cannot be checked, before a token', async () => {
  const { requests, model } = modelSaying()
  const tools = [{ name: 'book', parameters: { $ref: '#/$defs/nothing' } }]
  await expect(model.generate({ messages: 'x', tools })).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringContaining('the tool book'),
  })
  expect(requests).toHaveLength(0)
})
