import type { Sampling } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { addTokenLoop, createLoopFeeds } from '../../src/index.ts'
import { replyByLoop, replyByStep, toNumbers, toTensors } from '../support/reply.ts'
import {
  emptyCache,
  modelWriter,
  nextCache,
  openPair,
  stepFeeds,
  tinyModels,
  type SessionPair,
} from '../support/session.ts'
import { settingsToTry } from '../support/settings.ts'
import { randomRows, tableDecoder } from '../support/table-decoder.ts'

const writeModel = modelWriter()

it('a loop chooses what the sampler does among equal logits and impossible tokens', async () => {
  for (let seed = 0; seed < scaleCount(3); seed++) {
    const { originalSession, rewrittenSession } = await openPair(
      await writeModel(tableDecoder({ rows: randomRows(80, seed), idType: 'int32' })),
      addTokenLoop,
    )
    for (const settings of [
      ...settingsToTry,
      { temperature: 8, topP: 0.5 },
      { temperature: 30, topP: 0.97, topK: 60 },
      { temperature: 20, frequencyPenalty: 2 },
      { temperature: 12, repetitionPenalty: 2 },
    ]) {
      const sampling = { ...settings, seed }
      const options = { prompt: [3], length: 64, vocabularySize: 80, sampling }
      expect(
        (await replyByLoop(rewrittenSession, options, 16)).tokens,
        JSON.stringify(settings),
      ).toEqual((await replyByStep(originalSession, options)).tokens)
    }
  }
})

it('a loop never chooses a token beyond the vocabulary', async () => {
  const rows = randomRows(40, 1).map((row) =>
    row.map((logit, id) => (id < 30 ? logit : logit + 100)),
  )
  const { originalSession, rewrittenSession } = await openPair(
    await writeModel(tableDecoder({ rows })),
    addTokenLoop,
  )
  for (const temperature of [0, 4]) {
    const sampling = { temperature, seed: 1 }
    const options = { prompt: [3], length: 32, vocabularySize: 30, sampling }
    const { tokens } = await replyByLoop(rewrittenSession, options, 32)
    expect(tokens).toEqual((await replyByStep(originalSession, options)).tokens)
    expect(Math.max(...tokens)).toBeLessThan(30)
  }
})

describe('a choice is left to the caller', () => {
  const impossibleLogit = -Infinity

  it('where rounding could decide it, with the logits and the cache up to there', async () => {
    // Three tokens follow each other. After the third, two are equally likely and the chance lies
    // on the boundary between them.
    const { rewrittenSession } = await openPair(
      await writeModel(
        tableDecoder({
          rows: [
            [impossibleLogit, 9, impossibleLogit],
            [impossibleLogit, impossibleLogit, 9],
            [1.5, 1.5, impossibleLogit],
          ],
        }),
      ),
      addTokenLoop,
    )
    const run = (settings: Sampling, chance: number) =>
      runFourSteps(rewrittenSession, { ...settings, chances: [0.1, 0.2, chance, 0.2] })

    const outputs = await run({ temperature: 1 }, 0.5)
    expect(toNumbers(outputs.tokens!)).toEqual([1, 2, -1])
    expect(outputs.logits).toMatchObject({
      dims: [1, 1, 3],
      data: Float32Array.of(1.5, 1.5, impossibleLogit),
    })
    expect(nextCache(outputs)['past_key_values.0.key']!.data).toEqual(Float32Array.of(0, 1, 2))

    const atTopP = await run({ temperature: 1, topP: 0.5 }, 0.2)
    expect(toNumbers(atTopP.tokens!)).toEqual([1, 2, -1])
    const besideBoundary = await run({ temperature: 1 }, 0.501)
    expect(toNumbers(besideBoundary.tokens!)).toEqual([1, 2, 1, 2])
  })

  it.each([0, 1])('where logits are not numbers, at temperature %i', async (temperature) => {
    const { rewrittenSession } = await openPair(
      await writeModel(
        tableDecoder({
          rows: [
            [impossibleLogit, 9, impossibleLogit],
            [NaN, NaN, NaN],
            [0, 0, 0],
          ],
        }),
      ),
      addTokenLoop,
    )
    const chances = [0.1, 0.2, 0.3, 0.4]
    for (const settings of [{}, { topK: 2 }, { topP: 0.5 }]) {
      const { tokens } = await runFourSteps(rewrittenSession, { temperature, ...settings, chances })
      expect(toNumbers(tokens!)).toEqual([1, -1])
    }
  })

  it('seldom', async () => {
    const { rewrittenSession } = await openPair(
      tinyModels['as onnxruntime-genai has them'],
      addTokenLoop,
    )
    for (const [seed, settings] of settingsToTry.entries()) {
      const sampling = { ...settings, seed }
      const options = { prompt: [1, 9], length: 64, vocabularySize: 640, sampling }
      expect((await replyByLoop(rewrittenSession, options, 16)).leftChoices).toBe(0)
    }
  })
})

function runFourSteps(
  session: SessionPair['rewrittenSession'],
  settings: Omit<Parameters<typeof createLoopFeeds>[0], 'steps' | 'vocabularySize'>,
) {
  const cache = emptyCache(session)
  return session.run({
    ...stepFeeds(session, [0], cache),
    ...cache,
    ...toTensors(createLoopFeeds({ steps: 4, vocabularySize: 3, ...settings })),
  })
}
