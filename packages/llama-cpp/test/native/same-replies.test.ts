import { isDeepStrictEqual } from 'node:util'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { describe, expect, it } from 'vitest'
import { isLongRun, scaleCount } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()
const name = 'Llama 3.1 Nemotron Nano 4B v1.1, random'
const vocabulary = madeUpVocabulary(shapes.small.vocabularySize)

/**
 * The share of replies that may differ in the long tests. The runtime's kernels for several rows
 * sum in another order than those for one. Of a hundred models with random weights, some have two
 * tokens that are nearly as likely, and their replies part there.
 */
const maxShareOfTies = isLongRun ? 0.05 : 0

describe('prompt look-up', () => {
  const requests = [
    {
      messages: 'All work and no play makes Jack a dull boy. '.repeat(6),
      reasoning: 'off',
      maxTokens: 60,
    },
    { messages: 'abcabcabcabcabcabc', reasoning: 'off', maxTokens: 40, stop: ['q'] },
    {
      messages: 'one two three one two three',
      reasoning: 'on',
      reasoningBudget: 12,
      maxTokens: 40,
    },
    { messages: 'x', reasoning: 'off', maxTokens: 1 },
  ] as const

  it('changes no greedy reply of models with random weights, alone and in a batch', async () => {
    let count = 0
    let differentCount = 0
    for (let seed = 0; seed < scaleCount(4); seed++) {
      // A narrow distribution repeats itself, a wide one hardly does.
      const model = await writeModel(
        folder,
        'random.gguf',
        transformer({
          shape: shapes.small,
          quantization: 'Q8_0',
          vocabulary,
          name,
          seed,
          deviation: [0.02, 0.05, 0.1, 0.3][seed % 4]!,
        }),
      )
      const replies = []
      for (const speculation of [undefined, 'prompt-lookup'] as const) {
        const openedModel = await openLlamaCpp({
          model,
          parallel: 3,
          contextLength: 1_024,
          ...(speculation && { speculation }),
        })
        const ask = async (request: (typeof requests)[number]) => {
          const { text, reasoning, finishReason, usage } = await openedModel.generate({
            ...request,
            sampling: { temperature: 0 },
          })
          return { text, reasoning, finishReason, output: usage.output }
        }
        const separateReplies = []
        for (const request of requests) separateReplies.push(await ask(request))
        replies.push(separateReplies, await Promise.all(requests.map(ask)))
        await openedModel.close()
      }
      for (const otherReplies of replies.slice(1))
        for (const [index, reply] of otherReplies.entries()) {
          count++
          if (!isDeepStrictEqual(reply, replies[0]?.[index])) differentCount++
        }
    }
    expect(differentCount / count).toBeLessThanOrEqual(maxShareOfTies)
  })
})

describe('a batch of eight', () => {
  it.each(['Q4_0', 'Q8_0', 'F16'] as const)(
    'in %s gives each request what it gets alone',
    async (quantization) => {
      let count = 0
      let differentCount = 0
      for (let seed = 0; seed < scaleCount(1); seed++) {
        const model = await writeModel(
          folder,
          'batch.gguf',
          transformer({
            shape: shapes.small,
            quantization,
            vocabulary,
            name,
            seed,
            deviation: 0.1,
          }),
        )
        const openedModel = await openLlamaCpp({ model, parallel: 8, contextLength: 512 })
        const ask = async (index: number) =>
          (
            await openedModel.generate({
              messages: `${index} All work and no play. `.repeat(1 + index),
              reasoning: 'off',
              maxTokens: 24,
              sampling: { temperature: 0 },
            })
          ).text
        const indices = Array.from({ length: 8 }, (_, index) => index)
        const separateReplies = []
        for (const index of indices) separateReplies.push(await ask(index))
        for (const [index, reply] of (await Promise.all(indices.map(ask))).entries()) {
          count++
          if (reply !== separateReplies[index]) differentCount++
        }
        await openedModel.close()
      }
      expect(differentCount / count).toBeLessThanOrEqual(maxShareOfTies)
    },
  )
})
