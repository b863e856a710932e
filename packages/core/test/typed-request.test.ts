import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { Model, NanoError } from '../src/index.ts'
import { collect } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'

const Person = z.object({ name: z.string(), born: z.string().transform(Number) })
const Add = z.object({ a: z.number(), b: z.number().default(0) })
const person = '{"name":"Ada","born":"1815"}'

/** A model that answers with `text`, or with a call of `add` where tools are offered. */
function modelAnswering(text: string, input: unknown = { a: 1 }): Model {
  return new Model(
    scripted({
      capabilities: { schema: true, tools: 'offered' },
      reply: () => [text],
      calls: ({ tools }) => (tools?.length ? [{ id: 'c1', name: 'add', input }] : []),
    }),
  )
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )

describe('an answer with a schema of zod', () => {
  it('is parsed and typed', async () => {
    const { object } = await modelAnswering(person).generate({ messages: 'Who?', schema: Person })
    expectTypeOf(object).toEqualTypeOf<{ name: string; born: number } | undefined>()
    expect(object).toEqual({ name: 'Ada', born: 1815 })
  })
  it('reaches the driver as a JSON Schema of what the model writes', async () => {
    const requests: object[] = []
    const driver = scripted({ capabilities: { schema: true }, reply: () => [person] })
    const model = new Model({
      ...driver,
      stream(request, call) {
        requests.push(request)
        return driver.stream(request, call)
      },
    })
    await model.generate({ messages: 'Who?', schema: Person })
    expect(requests).toMatchObject([
      {
        schema: {
          type: 'object',
          properties: { name: { type: 'string' }, born: { type: 'string' } },
          required: ['name', 'born'],
        },
      },
    ])
    expect(JSON.stringify(requests)).not.toContain('$schema')
  })
  it('fails with bad-output that names the place and repeats nothing of the answer', async () => {
    const model = modelAnswering('{"name":7,"born":"secret"}')
    const error = await errorOf(model.generate({ messages: 'Who?', schema: Person }))
    expect(NanoError.is(error) && error.code).toBe('bad-output')
    expect(String(error)).toMatch(
      /scripted: the answer does not satisfy its schema: at \/name \(.*number/,
    )
    expect(String(error)).not.toContain('secret')
  })
  it('is absent where the reply was cut', async () => {
    const cutReply = await modelAnswering(person).generate({
      messages: 'Who?',
      reasoning: 'off',
      schema: Person,
      maxTokens: 3,
    })
    expect(cutReply.finishReason).toBe('length')
    expect('object' in cutReply).toBe(false)
  })
  it('is joined to the beginning of a continued reply before it is parsed', async () => {
    const { object } = await modelAnswering('"Ada","born":"1815"}').generate({
      messages: [
        { role: 'user', content: 'Who?' },
        { role: 'assistant', content: '{"name":', continue: true },
      ],
      schema: Person,
    })
    expect(object).toEqual({ name: 'Ada', born: 1815 })
  })
})

it('an answer with a JSON Schema is parsed and of unknown type', async () => {
  const { object } = await modelAnswering(person).generate({
    messages: 'Who?',
    schema: { type: 'object' },
  })
  expectTypeOf(object).toEqualTypeOf<unknown>()
  expect(object).toEqual(JSON.parse(person))
})

describe('a call of a tool with parameters of zod', () => {
  const tools = [
    { name: 'add', description: 'Adds.', parameters: Add },
    { name: 'search', parameters: z.object({ query: z.string() }) },
  ] as const
  it('has an input that is parsed and typed by the name of the tool', async () => {
    const { toolCalls, message } = await modelAnswering('').generate({ messages: '1 + 0?', tools })
    const [call] = toolCalls
    expectTypeOf<NonNullable<typeof call>>().toEqualTypeOf<
      | { readonly id: string; readonly name: 'add'; readonly input: { a: number; b: number } }
      | { readonly id: string; readonly name: 'search'; readonly input: { query: string } }
    >()
    if (call?.name === 'add') expectTypeOf(call.input.b).toEqualTypeOf<number>()
    expect(call?.input).toEqual({ a: 1, b: 0 })
    // The history keeps what the model wrote.
    expect(message.toolCalls?.[0]?.input).toEqual({ a: 1 })
  })
  it('fails with bad-output, streamed or not, where the schema refuses the input', async () => {
    const model = modelAnswering('', { a: 'one' })
    const error = await errorOf(model.generate({ messages: '1?', tools }))
    expect(String(error)).toMatch(
      /input of a call of add does not satisfy its schema: at \/a \(.*string/,
    )
    const streamError = await errorOf(collect(model.stream({ messages: '1?', tools })))
    expect(String(streamError)).toBe(String(error))
  })
})

describe('a schema that cannot be used is refused', () => {
  it('when its library writes no JSON Schema', async () => {
    const schema = { '~standard': { version: 1, vendor: 'older', validate: () => ({ value: 1 }) } }
    const error = await errorOf(modelAnswering('1').generate({ messages: 'hi', schema } as never))
    expect(NanoError.is(error) && error.code).toBe('invalid-request')
    expect(String(error)).toMatch(/schema is a schema of older without JSON Schema output/)
  })
  it('when JSON Schema cannot express it, named by its path', async () => {
    const tools = [{ name: 'at', parameters: z.object({ time: z.date() }) }]
    const error = await errorOf(modelAnswering('1').generate({ messages: 'hi', tools }))
    expect(NanoError.is(error) && error.code).toBe('unsupported')
    expect(String(error)).toMatch(/tools\[0\]\.parameters cannot be expressed as JSON Schema/)
  })
})

describe('the content of a message', () => {
  const render = async (content: unknown) =>
    (await modelAnswering('').render({ messages: [{ role: 'user', content }] } as never)).text
  it('may be a list of text parts, which are joined', async () => {
    const parts = [
      { type: 'text', text: 'one, ' },
      { type: 'text', text: 'two' },
    ]
    expect(await render(parts)).toBe(await render('one, two'))
  })
  it.each([
    [{ type: 'image_url', image_url: { url: 'x' } }, /a part of the type image_url is not/],
    [{ type: 'reasoning', text: 'hm' }, /type reasoning is not.*thought belongs in reasoning/],
    [{ type: 'sk-secret', text: 'hm' }, /a part of another type is not supported/],
    [{ type: 'text' }, /a part of the type text needs a text/],
  ])('refuses another part by its name and its path: %j', async (part, message) => {
    const error = await errorOf(render([{ type: 'text', text: 'a' }, part]))
    expect(NanoError.is(error) && error.code).toBe('invalid-request')
    expect(String(error)).toMatch(message)
    expect(String(error)).toContain('messages[0].content[1]')
    expect(String(error)).not.toContain('sk-secret')
  })
  it('names a fault by its path', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
      { role: 'robot', content: 'hi' },
    ]
    const error = await errorOf(modelAnswering('').generate({ messages } as never))
    expect(String(error)).toContain('messages[2].role')
  })
})

it('what is not an option of a request does not compile', () => {
  const model = modelAnswering('')
  // @ts-expect-error a misspelt setting
  void (() => model.generate({ messages: 'hi', temprature: 1 }))
  // @ts-expect-error a tool without parameters
  void (() => model.generate({ messages: 'hi', tools: [{ name: 'add' }] }))
})
