import type { GenerateRequest } from '@nano/core'
import { afterAll, describe, expect, it } from 'vitest'
import { testConstrainedReplies } from '../../../../test/shared/constrained-replies.ts'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { validSchemas, refusedSchemas } from '../../../chat/test/support/schemas.ts'
import { openDevice } from '../../src/load/open-device.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { type LlamaModel, loadRuntime } from '../../src/runtime.ts'
import { grammarStates } from '../../src/decode/grammar.ts'
import { smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const hotSampling = { temperature: 2, topP: 1, topK: 500 } as const
const tiny = await openLlamaCpp({ model: 'tiny', parallel: 4 })
const random = await openLlamaCpp({
  model: await writeModel(folder, 'random.gguf', smallModel()),
  parallel: 2,
})
afterAll(() => Promise.all([tiny.close(), random.close()]))

testConstrainedReplies({ tiny, random })

describe('a schema', () => {
  it('that cannot be checked is refused, with the place', async () => {
    const schema = { type: 'object', properties: { code: { pattern: '^(a)\\1$' } } }
    await expect(tiny.generate({ messages: 'hi', schema })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('#/properties/code/pattern'),
    })
  })

  it.each(validSchemas.filter(([, schema]) => schema !== true))(
    'of %s makes a grammar that llama.cpp takes',
    async (_what, schema) => {
      const request = { messages: 'hi', reasoning: 'off', sampling: greedy, maxTokens: 3 } as const
      await expect(
        tiny.generate({ ...request, schema: schema as NonNullable<GenerateRequest['schema']> }),
      ).resolves.toMatchObject({ finishReason: expect.stringMatching(/stop|length/) })
    },
  )

  it.each(refusedSchemas)(
    'of %s is refused before llama.cpp sees a grammar',
    async (_what, schema, code) => {
      await expect(
        tiny.generate({ messages: 'hi', schema: schema as NonNullable<GenerateRequest['schema']> }),
      ).rejects.toMatchObject({ code, message: expect.stringMatching(/the schema (at|is|cannot)/) })
    },
  )

  it('holds a text to a length that llama.cpp would not repeat', async () => {
    const schema = { type: 'string', minLength: 2_001, maxLength: 2_003 }
    const { text } = await tiny.generate({
      messages: 'hi',
      reasoning: 'off',
      schema,
      sampling: greedy,
      maxTokens: 2_000,
    })
    expect([2_001, 2_002, 2_003]).toContain((JSON.parse(text) as string).length)
  })

  it('is held to in what is read, whatever control tokens the model would say', async () => {
    for (const model of [tiny, random]) {
      for (let seed = 0; seed < (isLongRun ? 8 : 2); seed++) {
        const request = {
          messages: 'hi',
          reasoning: 'off',
          schema: { type: 'string', minLength: 301 },
        } as const
        const { text, finishReason } = await model.generate({
          ...request,
          sampling: { ...hotSampling, seed },
          maxTokens: 900,
        })
        if (finishReason === 'stop')
          expect(
            (JSON.parse(text) as string).length,
            `seed ${seed}: ${text}`,
          ).toBeGreaterThanOrEqual(301)
      }
    }
  })

  it('whose grammar llama.cpp does not accept is unsupported, with what to do', async () => {
    const runtime = await loadRuntime()
    const begin = grammarStates({
      runtime,
      llama: await openDevice(runtime, 'cpu'),
      model: {} as LlamaModel,
    })
    await expect(begin('root ::= root "a" | "a"')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('Remove parts of the schema'),
      cause: expect.any(Error),
    })
    await expect(
      begin('root ::= "a"'),
      'a fault that is not of the grammar',
    ).rejects.not.toMatchObject({ code: 'unsupported' })
  })
})

describe('log-probabilities', () => {
  const request = { messages: 'What is 12 + 30?', reasoning: 'on', sampling: greedy } as const

  it('are of every token but the last, and greedily each is the likeliest', async () => {
    const {
      logprobs = [],
      usage,
      reasoning,
      text,
    } = await tiny.generate({ ...request, logprobs: 3 })
    expect(logprobs.length).toBe((usage.output ?? 0) - 1)
    for (const { token, logprob, top } of logprobs) {
      expect(top[0]).toMatchObject({ token, logprob })
      expect(top.map(({ logprob }) => logprob)).toEqual(
        top.map(({ logprob }) => logprob).toSorted((a, b) => b - a),
      )
      expect(top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeLessThanOrEqual(
        1.000_01,
      )
    }
    expect(logprobs.map(({ text }) => text).join('')).toContain(reasoning)
    expect(
      logprobs
        .map(({ text }) => text)
        .join('')
        .endsWith(text),
    ).toBe(true)
  })

  it('change nothing of a greedy reply', async () => {
    const [without, withThem] = [
      await tiny.generate(request),
      await tiny.generate({ ...request, logprobs: 0 }),
    ]
    expect([withThem.reasoning, withThem.text, withThem.usage.output]).toEqual([
      without.reasoning,
      without.text,
      without.usage.output,
    ])
  })

  it('are raw: temperature, cut-offs and penalties do not change them', async () => {
    const readFirstTop = async (sampling: object) =>
      (await random.generate({ messages: 'hi', sampling, logprobs: 5, maxTokens: 1 })).logprobs?.[0]
        ?.top
    const greedyTop = await readFirstTop(greedy)
    expect(greedyTop).toHaveLength(5)
    expect(await readFirstTop({ temperature: 2, topK: 3, seed: 1 })).toEqual(greedyTop)
    expect(
      await readFirstTop({ temperature: 0.5, topP: 0.5, repetitionPenalty: 2, seed: 2 }),
    ).toEqual(greedyTop)
  })

  it('come with a budget too, in the order sampled', async () => {
    const { logprobs = [], usage } = await tiny.generate({
      ...request,
      reasoningBudget: 12,
      logprobs: 0,
    })
    expect(logprobs.length).toBe((usage.output ?? 0) - 1)
  })

  it('a seed repeats a reply that has them', async () => {
    const generateReply = async () =>
      (
        await random.generate({
          messages: 'hi',
          sampling: { ...hotSampling, seed: 4 },
          logprobs: 0,
          maxTokens: 30,
        })
      ).text
    expect(await generateReply()).toBe(await generateReply())
  })
})
