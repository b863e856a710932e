import type { GenerateRequest, Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOnnx } from '../../src/index.ts'
import { forged, temporaryFolder } from './forged.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const hot = { temperature: 3, topP: 1, topK: 500 } as const
let tiny: Model
let random: Model
let llamaCpp: Model
beforeAll(async () => {
  tiny = await openOnnx({ model: 'tiny', parallel: 4 })
  random = await openOnnx({ model: await forged(folder, { name: 'random', precision: 'fp32' }), parallel: 2 })
  llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(() => Promise.all([tiny.close(), random.close(), llamaCpp.close()]))

const answer = { type: 'object', properties: { answer: { type: 'integer', minimum: 0, maximum: 99 }, sure: { type: 'boolean' } }, required: ['answer', 'sure'], additionalProperties: false }
const tool = (name: string) => ({ name, parameters: { type: 'object', properties: { city: { type: 'string', enum: ['Paris', 'São Paulo'] }, days: { type: 'integer', minimum: 1, maximum: 9 } }, required: ['city', 'days'] } })

describe('a schema', () => {
  it.each(['on', 'off'] as const)('holds with reasoning %s, whatever the model would say', async (reasoning) => {
    for (const [index, model] of [tiny, random].entries()) {
      for (let seed = 0; seed < 6; seed++) {
        const { text, finish } = await model.generate({ messages: 'What is 12 + 30?', reasoning, reasoningBudget: 30, schema: answer, sampling: { ...hot, seed }, maxTokens: 200 })
        if (finish === 'length') continue
        const value = JSON.parse(text) as { answer: number; sure: boolean }
        expect(Object.keys(value), `model ${index}, seed ${seed}: ${text}`).toEqual(['answer', 'sure'])
        expect(Number.isInteger(value.answer) && value.answer >= 0 && value.answer <= 99).toBe(true)
        expect(typeof value.sure).toBe('boolean')
      }
    }
  })

  it('leaves the thought free: it is the one without a schema', async () => {
    const asked = { messages: 'What is 12 + 30?', reasoning: 'on', sampling: greedy } as const
    const [free, held] = [await tiny.generate(asked), await tiny.generate({ ...asked, schema: answer })]
    expect(held.reasoning).toBe(free.reasoning)
    expect(held.reasoning).not.toBe('')
    expect(JSON.parse(held.text)).toMatchObject({ sure: expect.any(Boolean) })
  })

  it('holds after a thought that its budget closed', async () => {
    const { reasoning, text } = await tiny.generate({ messages: 'What is 4812 + 977?', reasoning: 'on', reasoningBudget: 12, schema: answer, sampling: greedy })
    expect(reasoning).toMatch(/^4812/)
    expect(JSON.parse(text)).toMatchObject({ answer: expect.any(Number) })
  })

  it('holds for several requests in one batch, each its own', async () => {
    const kinds = ['integer', 'boolean', 'null', 'string'].map((type) => ({ type: 'object', properties: { x: { type, ...(type === 'string' && { maxLength: 9 }) } }, required: ['x'] }))
    const values = await Promise.all(kinds.map(async (schema) => JSON.parse((await tiny.generate({ messages: 'hi', schema, sampling: greedy })).text) as { x: unknown }))
    expect(values.map(({ x }) => (x === null ? 'null' : typeof x))).toEqual(['number', 'boolean', 'null', 'string'])
  })

  it('of a new reply does not hold the one after it', async () => {
    await tiny.generate({ messages: 'hi', schema: answer, sampling: greedy })
    expect((await tiny.generate({ messages: 'hi', sampling: greedy })).text).toMatch(/^I am a tiny model/)
  })

  it('and log-probabilities are not had together', async () => {
    await expect(tiny.generate({ messages: 'hi', schema: answer, logprobs: 0 })).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a greedy reply is the one of llama.cpp', () => {
  const schemas: readonly NonNullable<GenerateRequest['schema']>[] = [
    answer,
    { type: 'object', properties: { result: { type: 'string', maxLength: 12 } }, required: ['result'] },
    { type: 'object', properties: { naïve: { enum: ['ja', '日本', null, 1.5] }, list: { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3 } }, required: ['naïve', 'list'] },
    { anyOf: [{ type: 'object', properties: { 'é': { type: 'number' } }, required: ['é'], additionalProperties: { type: 'boolean' } }, { const: [1, 'two'] }] },
  ]
  it.each(['on', 'off'] as const)('held to a schema, with reasoning %s', async (reasoning) => {
    for (const schema of schemas) {
      for (const messages of ['What is 12 + 30?', 'Answer in JSON with the key result: what is 700 - 58?', 'Sort ascending: 5, 3, 9.']) {
        const asked = { messages, reasoning, schema, maxTokens: 150, sampling: greedy } as const
        const [one, other] = [await tiny.generate(asked), await llamaCpp.generate(asked)]
        expect([one.reasoning, one.text, one.finish, one.usage.output], JSON.stringify(asked)).toEqual([other.reasoning, other.text, other.finish, other.usage.output])
      }
    }
  })
  it('held to a call', async () => {
    for (const messages of ['How is the weather?', 'What is 12 + 30?']) {
      const asked = { messages, tools: [tool('forecast'), tool('weather')], toolChoice: { name: 'weather' }, maxTokens: 300, sampling: greedy } as const
      const [one, other] = [await tiny.generate(asked), await llamaCpp.generate(asked)]
      expect([one.toolCalls, one.finish]).toEqual([other.toolCalls, other.finish])
    }
  })
})

it('a call comes where one is demanded, with the input its schema describes', async () => {
  for (const model of [tiny, random]) {
    for (const toolChoice of ['required', { name: 'weather' }] as const) {
      const { toolCalls, finish, text } = await model.generate({ messages: 'hi', tools: [tool('forecast'), tool('weather')], toolChoice, sampling: greedy, maxTokens: 900 })
      if (finish === 'length') continue
      expect(finish, text).toBe('tool-calls')
      for (const { name, input } of toolCalls) {
        expect(toolChoice === 'required' ? ['forecast', 'weather'] : ['weather']).toContain(name)
        expect(['Paris', 'São Paulo']).toContain((input as { city: string }).city)
      }
    }
  }
})

it('a model in half precision opens, in either form, and answers', async () => {
  for (const precision of ['fp16', 'q4f16'] as const) {
    const model = await openOnnx({ model: await forged(folder, { name: precision, precision }), parallel: 2 })
    expect(model.info.quantisation).toBe(precision)
    const asked = { messages: 'Good morning!', maxTokens: 12, sampling: greedy } as const
    const [one, two, again] = [...(await Promise.all([model.generate(asked), model.generate({ ...asked, messages: 'Good evening to you all!' })])), await model.generate(asked)]
    expect(again.text).toBe(one.text)
    expect(two.usage.output).toBeGreaterThan(0)
    expect(again.usage.cachedInput).toBeGreaterThan(0)
    await model.close()
  }
})
