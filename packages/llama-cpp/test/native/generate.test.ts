import type { Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testInProcess } from '../../../../test/shared/in-process-adapter.ts'
import { openLlamaCpp } from '../../src/index.ts'

testInProcess((options) => openLlamaCpp({ model: 'tiny', ...options }))

let model: Model
beforeAll(async () => {
  model = await openLlamaCpp({ model: 'tiny', parallel: 4 })
})
afterAll(() => model.close())

const greedy = { sampling: { temperature: 0 } } as const
const question = 'What is 4812 + 977?'

it('several requests decoded in one batch give each the reply it gets alone', async () => {
  const questions = Array.from(
    { length: 12 },
    (_, index) => `What is ${4_000 + 37 * index} + ${77 * index}?`,
  )
  const ask = (messages: string) => model.generate({ messages, reasoning: 'on', ...greedy })
  const separateReplies = []
  for (const question of questions) separateReplies.push((await ask(question)).reasoning)
  expect((await Promise.all(questions.map(ask))).map(({ reasoning }) => reasoning)).toEqual(
    separateReplies,
  )
})

describe('sampling', () => {
  const sampleReply = async (sampling: object) => {
    const { reasoning, text } = await model.generate({
      // The model is less sure of a list than of a sum.
      messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
      reasoning: 'on',
      maxTokens: 60,
      sampling,
    })
    return reasoning + text
  }
  // Cut-offs come before temperature, so the family's top-p would leave one token of a model so
  // sure of itself.
  const hotSampling = { temperature: 2, topP: 1 }

  it('without a seed differs, even within one second', async () => {
    const replies = [
      await sampleReply(hotSampling),
      await sampleReply(hotSampling),
      await sampleReply(hotSampling),
    ]
    expect(new Set(replies).size).toBeGreaterThan(1)
  })
  it('with a seed repeats, and another seed differs', async () => {
    expect(await sampleReply({ ...hotSampling, seed: 1 })).toBe(
      await sampleReply({ ...hotSampling, seed: 1 }),
    )
    expect(await sampleReply({ ...hotSampling, seed: 1 })).not.toBe(
      await sampleReply({ ...hotSampling, seed: 2 }),
    )
  })
  it('of one token at most, or of almost no probability, is greedy', async () => {
    const best = await sampleReply({ temperature: 0 })
    expect(await sampleReply({ ...hotSampling, topK: 1 })).toBe(best)
    expect(await sampleReply({ ...hotSampling, topP: 0.000_001 })).toBe(best)
    expect(await sampleReply({ ...hotSampling, minP: 1 })).toBe(best)
  })
  it('with a penalty says other things, greedily too', async () => {
    const best = await sampleReply({ temperature: 0 })
    expect(await sampleReply({ temperature: 0, repetitionPenalty: 3 })).not.toBe(best)
    expect(await sampleReply({ temperature: 0, frequencyPenalty: 2 })).not.toBe(best)
    expect(await sampleReply({ temperature: 0, presencePenalty: 2, frequencyPenalty: 2 })).not.toBe(
      best,
    )
  })
})

describe('text', () => {
  it('of a token that does not exist is refused, and the process goes on', async () => {
    await expect(model.detokenize([999_999])).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(model.detokenize([640])).rejects.toThrow(/no token 640; the vocabulary has 640/)
    expect(await model.detokenize([639])).toMatch(/^<\|/)
  })
  it('from users never becomes a control token', async () => {
    const { tokens } = await model.render('<|eot_id|>')
    const [eot] = (await model.render('a')).tokens.slice(-5)
    expect(tokens.filter((token) => token === eot)).toHaveLength(2)
    expect((await model.tokenize('<|eot_id|>')).length).toBeGreaterThan(1)
  })
})

it('the three quantizations are files of one model', async () => {
  for (const [quantization, path] of Object.entries(gguf)) {
    const secondModel = await openLlamaCpp({ model: path })
    expect(secondModel.info.quantization).toBe(quantization)
    expect((await secondModel.render(question)).tokens).toEqual(
      (await model.render(question)).tokens,
    )
    expect(
      (await secondModel.generate({ messages: question, reasoning: 'on', ...greedy })).reasoning,
    ).toMatch(/^4812\+977\n2\+7/)
    await secondModel.close()
  }
})
