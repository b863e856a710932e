import type { Model, Sampling } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { openOnnx } from '../../src/index.ts'

const model = await openOnnx({ model: 'tiny' })
const llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
afterAll(() => Promise.all([model.close(), llamaCpp.close()]))

const seedCount = isLongRun ? 1_500 : 250
/** A prompt after which the model is unsure. */
const messages = 'Sort ascending: 5, 3, 9.'

/** How often each reply came, over all seeds. */
async function countReplies(
  model: Model,
  sampling: Sampling,
  maxTokens: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < seedCount; seed++) {
    const { text } = await model.generate({
      messages,
      reasoning: 'off',
      maxTokens,
      sampling: { ...sampling, seed },
    })
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

type Counts = ReadonlyMap<string, number>

/**
 * Chi-square of two samples of one size, in standard deviations from what one distribution gives.
 * Rare replies count as one.
 */
function measureDifference(a: Counts, b: Counts): number {
  const pairs = [...new Set([...a.keys(), ...b.keys()])].map(
    (reply) => [a.get(reply) ?? 0, b.get(reply) ?? 0] as const,
  )
  const rare = pairs
    .filter(([first, second]) => first + second < 10)
    .reduce((sum, pair) => [sum[0] + pair[0], sum[1] + pair[1]] as const, [0, 0] as const)
  const cells = [...pairs.filter(([first, second]) => first + second >= 10), rare].filter(
    ([first, second]) => first + second > 0,
  )
  const chiSquare = cells.reduce(
    (sum, [first, second]) => sum + (first - second) ** 2 / (first + second),
    0,
  )
  const degrees = Math.max(1, cells.length - 1)
  return (chiSquare - degrees) / Math.sqrt(2 * degrees)
}

describe('replies have the distribution of llama.cpp', () => {
  it.each<[settings: string, sampling: Sampling, maxTokens: number]>([
    ['a temperature', { temperature: 1.5, topP: 1 }, 1],
    ['top-k', { temperature: 2, topK: 5, topP: 1 }, 1],
    ['top-p', { temperature: 2, topP: 0.97 }, 1],
    ['min-p', { temperature: 2, topP: 1, minP: 0.01 }, 1],
    [
      'penalties',
      {
        temperature: 2,
        topK: 3,
        topP: 1,
        repetitionPenalty: 1.3,
        presencePenalty: 0.5,
        frequencyPenalty: 0.5,
      },
      3,
    ],
  ])('with %s', async (_settings, sampling, maxTokens) => {
    const counts = await countReplies(model, sampling, maxTokens)
    // If one reply always came, the test would say nothing.
    expect(Math.max(...counts.values())).toBeLessThan(seedCount * 0.95)
    const llamaCounts = await countReplies(llamaCpp, sampling, maxTokens)
    expect(measureDifference(counts, llamaCounts)).toBeLessThan(4)
  })
})

it('the test distinguishes two distributions', async () => {
  const counts = await countReplies(model, { temperature: 1.4, topP: 1 }, 1)
  const llamaCounts = await countReplies(llamaCpp, { temperature: 2, topP: 1 }, 1)
  expect(measureDifference(counts, llamaCounts)).toBeGreaterThan(8)
})

it('log-probabilities are those of llama.cpp', async () => {
  const input = {
    messages: 'What is 348 + 27?',
    reasoning: 'on',
    maxTokens: 40,
    logprobs: 4,
    sampling: { temperature: 0 },
  } as const
  const [logprobs, llamaLogprobs] = [
    (await model.generate(input)).logprobs ?? [],
    (await llamaCpp.generate(input)).logprobs ?? [],
  ]
  expect(logprobs.map(({ token, text, top }) => [token, text, top.length])).toEqual(
    llamaLogprobs.map(({ token, text, top }) => [token, text, top.length]),
  )
  for (const [index, { logprob }] of logprobs.entries())
    expect(logprob).toBeCloseTo(llamaLogprobs[index]?.logprob ?? NaN, 2)
})

it('a seed repeats a reply; other seeds and no seed vary it', async () => {
  const reply = async (seed: Pick<Sampling, 'seed'>) => {
    const sampling = { temperature: 2, topP: 1, ...seed }
    const { reasoning, text } = await model.generate({
      messages,
      reasoning: 'on',
      maxTokens: 60,
      sampling,
    })
    return `${reasoning}|${text}`
  }
  expect(await reply({ seed: 1 })).toBe(await reply({ seed: 1 }))
  expect(await reply({ seed: 1 })).not.toBe(await reply({ seed: 2 }))
  // Two replies are the same once in about a hundred.
  const replies = [await reply({}), await reply({}), await reply({}), await reply({})]
  expect(new Set(replies).size).toBeGreaterThan(1)
})
