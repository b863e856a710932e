import type { Sampling } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { argmax, logProbabilities, sampler } from '../../src/engine/index.ts'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { chances } from '../support/chances.ts'

const rounds = 20_000
const logits = Float32Array.from([2, 1, 0, -1, -Infinity, 1.5])

function softmax(values: Iterable<number>, temperature = 1): number[] {
  const weights = [...values].map((value) => Math.exp(value / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** How often each token was drawn, of all draws. */
function drawShares(
  settings: Sampling,
  { of = logits, sampled = [] as readonly number[] } = {},
): number[] {
  const { chooseToken: next } = sampler({ seed: 7, ...settings })
  const counts = Array.from(of, () => 0)
  for (let round = 0; round < rounds; round++) counts[next(of, sampled)]!++
  return counts.map((count) => count / rounds)
}

/** Within four standard deviations of each share; what cannot be drawn never was. */
function expectShares(drawnShares: readonly number[], expectedShares: readonly number[]): void {
  for (const [token, share] of expectedShares.entries()) {
    if (share === 0) expect(drawnShares[token], `token ${token}`).toBe(0)
    else
      expect(
        Math.abs(drawnShares[token]! - share),
        `token ${token}: ${drawnShares[token]} for ${share}`,
      ).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / rounds) + 1e-9)
  }
}

const maskOthers = (tokens: readonly number[], values: Iterable<number> = logits) =>
  [...values].map((logit, token) => (tokens.includes(token) ? logit : -Infinity))

describe('draws in proportion to', () => {
  it('the softmax, without settings', () => expectShares(drawShares({}), softmax(logits)))
  it.each([0.5, 0.7, 1.5, 3])('the softmax at temperature %d', (temperature) =>
    expectShares(drawShares({ temperature }), softmax(logits, temperature)),
  )
  it('the softmax of the most likely few, with top-k', () =>
    expectShares(drawShares({ topK: 3 }), softmax(maskOthers([0, 5, 1]))))
  it('everything, where top-k is more than there are', () =>
    expectShares(drawShares({ topK: 100 }), softmax(logits)))
  it('the fewest that have a mass, with top-p', () => {
    // 0.48, 0.29, 0.18, 0.065: two are enough for 0.7, three for 0.8.
    expectShares(drawShares({ topP: 0.7 }), softmax(maskOthers([0, 5])))
    expectShares(drawShares({ topP: 0.8 }), softmax(maskOthers([0, 5, 1])))
    expectShares(drawShares({ topP: 0.01 }), [1, 0, 0, 0, 0, 0])
  })
  it('those that are likely enough beside the best, with min-p', () => {
    expectShares(drawShares({ minP: 0.3 }), softmax(maskOthers([0, 5, 1])))
    expectShares(drawShares({ minP: 0.5 }), softmax(maskOthers([0, 5])))
    expectShares(drawShares({ minP: 1 }), [1, 0, 0, 0, 0, 0])
  })
})

describe('the order of settings', () => {
  it('is top-k before top-p: the mass is that of what is left', () => {
    // Of the best two the first has 0.62, so it is enough for 0.6; of all it has 0.48.
    expectShares(drawShares({ topK: 2, topP: 0.6 }), [1, 0, 0, 0, 0, 0])
    expectShares(drawShares({ topP: 0.6 }), softmax(maskOthers([0, 5])))
  })
  it('is cut-offs before temperature: heat lets no more tokens in', () => {
    expectShares(drawShares({ temperature: 5, topP: 0.7 }), softmax(maskOthers([0, 5]), 5))
    expectShares(drawShares({ temperature: 5, minP: 0.5 }), softmax(maskOthers([0, 5]), 5))
  })
  it('is penalties first: they change what is cut off', () => {
    expectShares(drawShares({ topK: 1, presencePenalty: 1 }, { sampled: [0] }), [0, 0, 0, 0, 0, 1])
    expectShares(
      drawShares({ topP: 0.5, presencePenalty: 2 }, { sampled: [0] }),
      softmax(maskOthers([5, 1], [0, 1, 0, -1, -Infinity, 1.5])),
    )
  })
})

describe('penalties', () => {
  it('of presence are taken off once, of frequency each time', () => {
    expectShares(
      drawShares({ presencePenalty: 0.5 }, { sampled: [0, 0, 0] }),
      softmax([1.5, 1, 0, -1, -Infinity, 1.5]),
    )
    expectShares(
      drawShares({ frequencyPenalty: 0.5 }, { sampled: [0, 0, 0, 1] }),
      softmax([0.5, 0.5, 0, -1, -Infinity, 1.5]),
    )
  })
  it('of repetition make a token less likely, whatever the sign of its logit', () => {
    expectShares(
      drawShares({ repetitionPenalty: 2 }, { sampled: [0, 3, 3] }),
      softmax([1, 1, 0, -2, -Infinity, 1.5]),
    )
  })
  it('leave the logits as they are', () => {
    const logits = Float32Array.from([1, 2])
    sampler({ seed: 1, repetitionPenalty: 2, frequencyPenalty: 1 }).chooseToken(logits, [1])
    expect([...logits]).toEqual([1, 2])
  })
  it('count for the greedy choice too', () =>
    expect(sampler({ temperature: 0, presencePenalty: 3 }).chooseToken(logits, [0])).toBe(5))
})

describe('the greedy choice', () => {
  it('is the highest, of equals the lowest id', () => {
    const ties = Float32Array.from([-Infinity, 1, 3, 3, 3, 2])
    for (const settings of [{ temperature: 0 }, { topK: 1 }] as Sampling[])
      expect(sampler(settings).chooseToken(ties, [])).toBe(2)
    expect(argmax(ties)).toBe(2)
  })
})

describe('a seed', () => {
  const draws = (seed: number) => {
    const { chooseToken: next } = sampler({ seed })
    return Array.from({ length: 100 }, () => next(logits, []))
  }
  it('repeats what is drawn', () => expect(draws(42)).toEqual(draws(42)))
  it.each([0, 1, 2 ** 31, 2 ** 32 - 1])('of %d differs from the next', (seed) =>
    expect(draws(seed)).not.toEqual(draws(seed + 1)),
  )
  it('that is absent is a fresh one', () => {
    const drawTokens = () => {
      const { chooseToken: next } = sampler({})
      return Array.from({ length: 100 }, () => next(logits, [])).join('')
    }
    expect(drawTokens()).not.toBe(drawTokens())
  })
})

describe('a large vocabulary', () => {
  const chance = chances(3)
  const largeLogits = Float32Array.from({ length: 5_000 }, () => Math.log(chance() ** 4 + 1e-9) * 3)
  const draws = scaleCount(100)
  const sortedTokens = [...largeLogits.keys()].toSorted(
    (a, b) => largeLogits[b]! - largeLogits[a]! || a - b,
  )

  it.each([1, 2, 17, 400, 4_999])('gives its %d most likely, and no others', (topK) => {
    const { chooseToken: next } = sampler({ seed: 5, topK, temperature: 50 })
    const keptTokens = new Set(sortedTokens.slice(0, topK))
    const drawnTokens = Array.from({ length: draws }, () => next(largeLogits, []))
    expect(drawnTokens.filter((token) => !keptTokens.has(token))).toEqual([])
    if (topK > 1) expect(new Set(drawnTokens).size).toBeGreaterThan(1)
  })
  it.each([0.1, 0.5, 0.9, 0.999, 0.999999])('gives what has the mass %d, and no others', (topP) => {
    const chances = softmax(largeLogits)
    let mass = 0
    const keptTokens = new Set(
      sortedTokens.slice(
        0,
        sortedTokens.findIndex((token) => (mass += chances[token]!) >= topP + 1e-9) + 1,
      ),
    )
    const { chooseToken: next } = sampler({ seed: 5, topP, temperature: 50 })
    expect(
      Array.from({ length: draws }, () => next(largeLogits, [])).filter(
        (token) => !keptTokens.has(token),
      ),
    ).toEqual([])
  })
})

describe('log-probabilities', () => {
  it('are the logarithm of the softmax', () => {
    const { of } = logProbabilities(logits)
    for (const [token, chance] of softmax(logits).entries()) {
      if (chance === 0) expect(of(token)).toBe(-Infinity)
      else expect(of(token)).toBeCloseTo(Math.log(chance), 5)
    }
  })
  it('are exact where exponents would overflow or vanish', () => {
    expect(logProbabilities(Float32Array.from([10_000, 10_000])).of(1)).toBeCloseTo(-Math.LN2, 5)
    expect(logProbabilities(Float32Array.from([-10_000, -10_000])).of(0)).toBeCloseTo(-Math.LN2, 5)
    expect(logProbabilities(Float32Array.from([500, -500])).of(1)).toBeCloseTo(-1_000, 3)
  })
  it('are never above 0', () =>
    expect(logProbabilities(Float32Array.from([1e-8, -Infinity])).of(0)).toBeLessThanOrEqual(0))
  it('come with the most likely, best first, of equals the lowest id', () => {
    const { top } = logProbabilities(Float32Array.from([1, 3, 1, 3, 0]))
    expect(top(4).map(({ token }) => token)).toEqual([1, 3, 0, 2])
    expect(top(0)).toEqual([])
    expect(top(9)).toHaveLength(5)
  })
})
