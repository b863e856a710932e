import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { shapes, type Shape } from '../../src/index.ts'
import { onnxTransformer, writeOnnx, type OnnxTransformerOptions } from '../../src/onnx/index.ts'
import { computeLastLogits, findLargestDifference, openSession, runStep } from './session.ts'

const folder = temporaryFolder()
const shape = shapes.small
const prompt = [501, 65, 300, 66, 12, 499]
const precisions = ['fp32', 'fp16', 'q4', 'q4f16'] as const

let count = 0
async function openTransformer(options: Partial<OnnxTransformerOptions> = {}) {
  const path = join(folder, `${count++}.onnx`)
  const graph = onnxTransformer({ shape, precision: 'fp32', deviation: 0.1, ...options })
  await writeOnnx({ path, ...graph })
  return openSession(path)
}

describe('a small model with random weights', () => {
  it.each(precisions)('in %s runs, and gives each token a logit', async (precision) => {
    const session = await openTransformer({ precision })
    const cache = session.inputMetadata.find(({ name }) => name === 'past_key_values.1.value')
    expect(cache).toMatchObject({
      type: precision.endsWith('16') ? 'float16' : 'float32',
      shape: ['batch_size', 2, 'past_sequence_length', 128],
    })
    const { logits } = await runStep(session, prompt)
    expect(logits.map(({ length }) => length)).toEqual(prompt.map(() => 512))
    expect(logits.flat().every(Number.isFinite)).toBe(true)
    expect(new Set(logits.at(-1)).size).toBeGreaterThan(100)
  })

  it.each(precisions)('in %s gives the same logits with and without a cache', async (precision) => {
    const session = await openTransformer({ precision })
    const wholeStep = await runStep(session, prompt)
    const firstStep = await runStep(session, prompt.slice(0, 4))
    const secondStep = await runStep(session, prompt.slice(4, 5), { after: firstStep })
    const thirdStep = await runStep(session, prompt.slice(5), { after: secondStep })
    const tolerance = precision.endsWith('16') ? 0.1 : 1e-4
    expect(Math.max(...wholeStep.logits.at(-1)!)).toBeGreaterThan(1)
    expect(
      findLargestDifference(
        [...secondStep.logits, ...thirdStep.logits].flat(),
        wholeStep.logits.slice(4).flat(),
      ),
    ).toBeLessThan(tolerance)
  })

  it('is the same for the same seed, and another one for another seed', async () => {
    const logitsOf = async (seed: number) =>
      computeLastLogits(await openTransformer({ seed, precision: 'q4' }), prompt)
    const logits = await logitsOf(1)
    expect(await logitsOf(1)).toEqual(logits)
    expect(findLargestDifference(await logitsOf(2), logits)).toBeGreaterThan(0.1)
  })

  it('has logits of the same deviation in four bits as in full precision', async () => {
    const deviationOf = async (options: Partial<OnnxTransformerOptions>) => {
      const logits = await computeLastLogits(await openTransformer(options), prompt)
      const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length
      return Math.sqrt(logits.reduce((sum, logit) => sum + (logit - mean) ** 2, 0) / logits.length)
    }
    const fullDeviation = await deviationOf({})
    for (const hasZeroPoints of [false, true])
      expect((await deviationOf({ precision: 'q4', hasZeroPoints })) / fullDeviation).toBeCloseTo(
        1,
        0,
      )
  })
})

it('positions follow the cache, and of position_ids only the distances count', async () => {
  const expected = await computeLastLogits(await openTransformer(), prompt)
  const session = await openTransformer({ hasPositionIds: true })
  const logitsAt = (positions: number[]) => computeLastLogits(session, prompt, { positions })
  expect(findLargestDifference(await logitsAt([0, 1, 2, 3, 4, 5]), expected)).toBeLessThan(1e-4)
  expect(findLargestDifference(await logitsAt([7, 8, 9, 10, 11, 12]), expected)).toBeLessThan(1e-3)
  expect(findLargestDifference(await logitsAt([0, 1, 2, 3, 4, 900]), expected)).toBeGreaterThan(
    0.01,
  )
})

it('a scaled context changes distant positions', async () => {
  const { ropeScaling: _, ...unscaledShape } = shape
  const positions = [0, 1, 2, 3, 4, 1_500]
  const logitsOf = async (shape: Shape) =>
    computeLastLogits(await openTransformer({ shape, hasPositionIds: true }), prompt, { positions })
  expect(
    findLargestDifference(await logitsOf(shape), await logitsOf(unscaledShape)),
  ).toBeGreaterThan(0.001)
})

it('logits are those of all positions, of the last, or of as many as requested', async () => {
  const logitsOf = async (logits: 'all' | 'last' | 'requested', logitsToKeep?: number) => {
    const session = await openTransformer({ logits })
    return (await runStep(session, prompt, logitsToKeep === undefined ? {} : { logitsToKeep }))
      .logits
  }
  const allLogits = await logitsOf('all')
  expect(await logitsOf('last')).toEqual(allLogits.slice(-1))
  expect(await logitsOf('requested', 2)).toEqual(allLogits.slice(-2))
  expect(await logitsOf('requested', 0)).toEqual(allLogits)
})

it('an accuracy level is one that the runtime knows', async () => {
  const exactSession = await openTransformer({ precision: 'q4' })
  const roundedSession = await openTransformer({ precision: 'q4', accuracyLevel: 4 })
  expect(
    findLargestDifference(
      await computeLastLogits(exactSession, prompt),
      await computeLastLogits(roundedSession, prompt),
    ),
  ).toBeLessThan(1)
})

it('a shape whose rows are not whole blocks is refused in four bits only', async () => {
  const oddShape = { ...shape, feedForwardSize: 500 }
  expect(() => onnxTransformer({ shape: oddShape, precision: 'q4' })).toThrow(
    'ffn_down has rows of 500 weights, and q4 packs 32 at a time',
  )
  const session = await openTransformer({ shape: oddShape })
  expect((await runStep(session, prompt)).logits).toHaveLength(6)
  expect(() => onnxTransformer({ shape: { ...shape, kvHeads: 3 }, precision: 'fp32' })).toThrow(
    /4 heads cannot share 3 kvHeads/,
  )
})
