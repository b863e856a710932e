import type { Model, Sampling } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOnnx } from '../../src/index.ts'

let here: Model
let there: Model
beforeAll(async () => {
  here = await openOnnx({ model: 'tiny' })
  there = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(() => Promise.all([here.close(), there.close()]))

const draws = 1_500

/** How often each reply came, of as many as there are seeds. */
async function frequencies(
  model: Model,
  sampling: Sampling,
  maxTokens: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < draws; seed++) {
    const { text } = await model.generate({
      messages: 'Which is larger, 12 or 30?',
      reasoning: 'off',
      maxTokens,
      sampling: { ...sampling, seed },
    })
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

/**
 * Chi-square of two samples of one size, in standard deviations from what one distribution gives;
 * the rare are taken together.
 */
function apart(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const pairs = [...new Set([...a.keys(), ...b.keys()])].map(
    (key) => [a.get(key) ?? 0, b.get(key) ?? 0] as const,
  )
  const rare = pairs
    .filter(([one, other]) => one + other < 10)
    .reduce(([x, y], [one, other]) => [x + one, y + other] as const, [0, 0] as const)
  const cells = [...pairs.filter(([one, other]) => one + other >= 10), rare].filter(
    ([one, other]) => one + other > 0,
  )
  const chiSquare = cells.reduce((sum, [one, other]) => sum + (one - other) ** 2 / (one + other), 0)
  const degrees = Math.max(1, cells.length - 1)
  return (chiSquare - degrees) / Math.sqrt(2 * degrees)
}

describe('a request has the distribution that it has on llama.cpp', () => {
  it.each<[what: string, sampling: Sampling, tokens: number]>([
    ['a temperature', { temperature: 2.5, topP: 1 }, 1],
    ['top-k', { temperature: 4, topK: 5, topP: 1 }, 1],
    ['top-p', { temperature: 4, topP: 0.999 }, 1],
    ['min-p', { temperature: 4, topP: 1, minP: 0.002 }, 1],
    [
      'penalties',
      {
        temperature: 3,
        topK: 3,
        topP: 1,
        repetitionPenalty: 1.3,
        presencePenalty: 0.5,
        frequencyPenalty: 0.5,
      },
      3,
    ],
  ])('with %s', async (_what, sampling, tokens) => {
    const [one, other] = [
      await frequencies(here, sampling, tokens),
      await frequencies(there, sampling, tokens),
    ]
    // Of one token only, nothing would be tested.
    expect(Math.max(...one.values())).toBeLessThan(draws * 0.95)
    expect(apart(one, other)).toBeLessThan(4)
  })
})

it('two distributions are told apart', async () => {
  const [mild, hot] = [
    await frequencies(here, { temperature: 2.5, topP: 1 }, 1),
    await frequencies(there, { temperature: 2.8, topP: 1 }, 1),
  ]
  expect(apart(mild, hot)).toBeGreaterThan(8)
})

it('log-probabilities are those of llama.cpp', async () => {
  const asked = {
    messages: 'What is 348 + 27?',
    reasoning: 'on',
    maxTokens: 40,
    logprobs: 4,
    sampling: { temperature: 0 },
  } as const
  const [one, other] = [
    (await here.generate(asked)).logprobs ?? [],
    (await there.generate(asked)).logprobs ?? [],
  ]
  expect(one.map(({ token, text, top }) => [token, text, top.length])).toEqual(
    other.map(({ token, text, top }) => [token, text, top.length]),
  )
  for (const [index, { logprob }] of one.entries())
    expect(logprob).toBeCloseTo(other[index]?.logprob ?? NaN, 2)
})

it('a seed repeats a reply, another differs, and so do two without', async () => {
  const say = async (sampling: Sampling) =>
    (
      await here.generate({
        messages: 'hi',
        maxTokens: 30,
        sampling: { temperature: 20, topP: 1, ...sampling },
      })
    ).text
  expect(await say({ seed: 1 })).toBe(await say({ seed: 1 }))
  expect(await say({ seed: 1 })).not.toBe(await say({ seed: 2 }))
  expect(await say({})).not.toBe(await say({}))
})
