import { expect, it } from 'vitest'
import { defaults, fallback, Model } from '../src/index.ts'
import { scripted } from '../src/testing/index.ts'

const schema = { type: 'object', properties: { a: { type: 'integer', multipleOf: 5 } } }
const tools = [{ name: 'add', parameters: { ...schema, required: ['a'] } }]

function modelAnswering(text: string, input: unknown = {}): Model {
  return new Model(
    scripted({
      capabilities: { schema: true, tools: 'offered' },
      reply: () => [text],
      calls: (request) => (request.tools ? [{ id: 'c1', name: 'add', input }] : []),
    }),
  )
}

it('an answer that does not hold to a plain schema fails, and says where', async () => {
  await expect(modelAnswering('{"a":7}').generate({ messages: 'x', schema })).rejects.toMatchObject(
    {
      code: 'bad-output',
      message: expect.stringMatching(/#\/properties\/a\/multipleOf.*structured\(\)/),
    },
  )
  const { object } = await modelAnswering('{"a":15}').generate({ messages: 'x', schema })
  expect(object).toEqual({ a: 15 })
})

it('a streamed answer that does not hold fails before its finish part', async () => {
  const types: string[] = []
  const readTypes = async () => {
    for await (const part of modelAnswering('{"a":7}').stream({ messages: 'x', schema }))
      types.push(part.type)
  }
  await expect(readTypes()).rejects.toMatchObject({ code: 'bad-output' })
  expect(types).toContain('text')
  expect(types).not.toContain('finish')
})

it('an answer that a limit cut is not checked', async () => {
  const model = modelAnswering('{"a":7}')
  const request = { messages: 'x', schema, maxTokens: 3, reasoning: 'off' } as const
  expect((await model.generate(request)).finishReason).toBe('length')
})

it('the input of a call is checked as an answer is', async () => {
  const ask = (input: unknown) => modelAnswering('', input).generate({ messages: 'x', tools })
  expect((await ask({ a: 5 })).toolCalls).toMatchObject([{ input: { a: 5 } }])
  for (const input of [{}, { a: 7 }, { a: '5' }])
    await expect(ask(input)).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining('the input of a call of add'),
    })
})

it('a schema that cannot be checked is refused before a token', async () => {
  const unresolvedSchema = { $ref: '#/$defs/nothing' }
  await expect(
    modelAnswering('1').generate({ messages: 'x', schema: unresolvedSchema }),
  ).rejects.toMatchObject({
    code: 'invalid-request',
  })
})

it('a schema that is nested deeper than the stack is refused by name', async () => {
  let deepSchema: object = { type: 'string' }
  for (let level = 0; level < 10_000; level++) deepSchema = { type: 'array', items: deepSchema }
  await expect(
    modelAnswering('[]').generate({ messages: 'x', schema: deepSchema as Record<string, unknown> }),
  ).rejects.toMatchObject({ code: 'invalid-request' })
})

it('a schema and tools that middleware adds are checked like those of the caller', async () => {
  const answers = new Model(
    scripted({ capabilities: { schema: true }, reply: () => ['{"a":7}'] }),
    defaults({ schema }),
  )
  await expect(answers.generate('x')).rejects.toMatchObject({ code: 'bad-output' })
  const calls = () => [{ id: 'c1', name: 'add', input: { a: 7 } }]
  const callingModel = new Model(
    scripted({ capabilities: { tools: 'offered' }, calls }),
    defaults({ tools }),
  )
  await expect(callingModel.generate('x')).rejects.toMatchObject({
    code: 'bad-output',
    message: expect.stringContaining('the input of a call of add'),
  })
})

it('a fault of an input says where and why, and nothing of the input', async () => {
  const passwords = { type: 'object', additionalProperties: { type: 'integer' } }
  const model = modelAnswering('', { 'my name': 'my pass phrase' })
  const parameters = { ...passwords, required: ['a'] }
  const error: unknown = await model
    .generate({ messages: 'x', tools: [{ name: 'add', parameters }] })
    .catch((error: unknown) => error)
  expect(String(error)).toContain('#/required (lacks "a")')
  expect(String(error)).toContain('#/additionalProperties/type (is not of the type integer)')
  expect(String(error)).not.toMatch(/my name|pass phrase/)
})

it.each([{ const: 'a secret key' }, { enum: ['a secret key'] }])(
  'a fault of %j names its place, and no value of the schema',
  async (key) => {
    const schema = { type: 'object', properties: { key } }
    const error: unknown = await modelAnswering('{"key":"a guess"}')
      .generate({ messages: 'x', schema })
      .catch((error: unknown) => error)
    expect(String(error)).toMatch(/at #\/properties\/key\/(const|enum) \(is another value\)/)
    expect(String(error)).not.toMatch(/secret|guess/)
  },
)

it('a model behind fallback() takes calls of tools and answers with a schema', async () => {
  const model = new Model(fallback(modelAnswering('{"a":15}', { a: 5 }), modelAnswering('')))
  expect((await model.generate({ messages: 'x', tools })).toolCalls).toHaveLength(1)
  expect((await model.generate({ messages: 'x', schema })).object).toEqual({ a: 15 })
})
