import { expect, it } from 'vitest'
import { type GenerateRequest, Model, type Part, structured } from '../../src/index.ts'
import { type Driver, requestSchema } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'
import { countTurns } from '../../../../test/shared/count-turns.ts'

const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
const text = (text: string): Part => ({ type: 'text', text })
const finish = (
  usage: object = { input: 10, output: 5 },
  reason: 'stop' | 'length' | 'tool-calls' = 'stop',
): Part => ({ type: 'finish', finishReason: reason, usage, timings: { prompt: 3 } })

/** A driver that says one reply after the other, and remembers what it was asked. */
function modelSaying(...replies: readonly (readonly Part[])[]) {
  const requests: GenerateRequest[] = []
  const driver: Driver = {
    ...scripted({ capabilities: { tools: 'offered' } }),
    async *stream(request) {
      yield* replies[requests.push(request) - 1] ?? []
    },
  }
  return { requests, model: new Model(driver, structured()) }
}

it('structured sums the usage of all attempts, without counts that one does not know', async () => {
  const countingModel = modelSaying(
    [text('no'), finish()],
    [text('{"a":1}'), finish({ input: 20, output: 7, cachedInput: 4 })],
  )
  const { usage, timings } = await countingModel.model.generate({ messages: 'x', schema })
  expect(usage).toEqual({ input: 30, output: 12 })
  expect(timings.prompt).toBe(6)
})

it('structured lets maxTokens bound all attempts together', async () => {
  const { requests, model } = modelSaying([text('no'), finish()], [text('{"a":1}'), finish()])
  await model.generate({ messages: 'x', schema, maxTokens: 12 })
  expect(requests.map(({ maxTokens }) => maxTokens)).toEqual([12, 7])
})

it.each([
  ['are spent', { output: 12 }],
  ['are not counted', {}],
])('structured asks no second time when the tokens %s', async (_what, usage) => {
  const { requests, model } = modelSaying([text('no'), finish(usage)], [text('{"a":1}'), finish()])
  await expect(model.generate({ messages: 'x', schema, maxTokens: 12 })).rejects.toMatchObject({
    code: 'bad-output',
    message: expect.stringContaining('maxTokens'),
  })
  expect(requests).toHaveLength(1)
})

it('structured sets the thoughts of two attempts apart', async () => {
  const thought: Part = { type: 'reasoning', text: 'First, ' }
  const { model } = modelSaying(
    [thought, { ...thought, text: 'a thought.' }, text('no'), finish()],
    [{ ...thought, text: 'Then ' }, { ...thought, text: 'another.' }, text('{"a":1}'), finish()],
  )
  expect((await model.generate({ messages: 'x', schema })).reasoning).toBe(
    'First, a thought.\n\nThen another.',
  )
})

it('structured keeps texts and calls in order, and checks no reply that calls a tool', async () => {
  const call: Part = { type: 'tool-call', id: 'a', name: 'f', input: {} }
  const { model } = modelSaying([
    text('let '),
    text('me see'),
    call,
    text('done'),
    finish({}, 'tool-calls'),
  ])
  const types: string[] = []
  for await (const part of model.stream({
    messages: 'x',
    schema,
    tools: [{ name: 'f', parameters: {} }],
  }))
    types.push(part.type === 'text' ? part.text : part.type)
  expect(types).toEqual(['let me see', 'tool-call', 'done', 'finish'])
})

it('structured gives a cut reply as it is', async () => {
  const { requests, model } = modelSaying([text('{"a":'), finish({}, 'length')])
  expect(await model.generate({ messages: 'x', schema })).toMatchObject({
    text: '{"a":',
    finishReason: 'length',
    cut: 'text',
  })
  expect(requests).toHaveLength(1)
})

it('structured checks a continued reply with its beginning', async () => {
  const { model } = modelSaying([text('1}'), finish()])
  expect((await model.generate({ messages: begunConversation, schema })).text).toBe('1}')
})

it('structured repairs a continued reply by continuing again from its beginning', async () => {
  const { requests, model } = modelSaying([text('x}'), finish()], [text('1}'), finish()])
  expect((await model.generate({ messages: begunConversation, schema })).text).toBe('1}')
  const sentMessages = requests.at(-1)?.messages ?? []
  expect(requestSchema.safeParse({ messages: sentMessages }).success).toBe(true)
  expect(
    sentMessages.slice(1).map((message) => ('content' in message ? message.content : '')),
  ).toEqual(['x', '{"a": x}', expect.stringContaining('same beginning'), '{"a": '])
  expect(sentMessages.at(-1)).toEqual(begunConversation[1])
})

it('structured says nothing of the answer when it gives up', async () => {
  for (const answer of [
    'my pass phrase is 42',
    '{"a": "my pass phrase"}',
    '{"my pass phrase": 1}',
  ]) {
    const { model } = modelSaying([text(answer), finish()], [text(answer), finish()])
    const error: unknown = await model
      .generate({ messages: 'x', schema })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining('2 attempts'),
    })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).not.toContain('pass phrase')
  }
})

const begunConversation = [
  { role: 'user', content: 'x' },
  { role: 'assistant', content: '{"a": ', continue: true },
] as const

it('structured opens the schemas for countTokens and render in turns', async () => {
  const { countTokens, render } = structured({ objects: 'open' })(scripted())
  const manyConstants = { anyOf: Array.from({ length: 1_000 }, (_, index) => ({ const: index })) }
  const request: GenerateRequest = { messages: [], schema: manyConstants }
  expect(await countTurns(async () => countTokens?.(request))).toBeGreaterThan(10)
  expect(await countTurns(async () => render?.(request))).toBeGreaterThan(10)
})
