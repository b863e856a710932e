import { openOnnx } from '@nano/onnx'
import { describe, expect, it } from 'vitest'
import { answersPath } from '../../scripts/real-models/answers.ts'
import { architectures, incompleteInFp16 } from '../../scripts/real-models/random-models.ts'
import { askAll, nameTest, readAnswers, realModel } from './replies.ts'
import { randomRequests } from '../../scripts/real-models/requests.ts'

const transformersAnswers = (name: string) =>
  answersPath({ model: realModel(`random/hf/${name}`).path, requests: randomRequests })
const genaiAnswers = (name: string) => realModel(`random/builder-int4/${name}-answers.json`).path

/** Exports of each architecture, and who answers as they do. */
const exports = Object.entries(architectures).flatMap(([name, precisions]) => [
  { name, exporter: 'optimum', answers: transformersAnswers(name), peer: 'transformers' },
  ...precisions.map((precision) => ({
    name,
    exporter: `builder-${precision}`,
    answers: precision === 'int4' ? genaiAnswers(name) : transformersAnswers(name),
    peer: precision === 'int4' ? 'onnxruntime-genai' : 'transformers',
  })),
])

describe('a model with random weights', () => {
  for (const { name, exporter, answers, peer } of exports) {
    const { path, missing } = realModel(`random/${exporter}/${name}`)
    it.skipIf(missing)(
      nameTest(`of ${name}, exported by ${exporter}, answers as ${peer}`, missing),
      async () => {
        const answersOfPeer = readAnswers(answers)
        // The tokenizer and its template are SmolLM2's, whatever the name of the folder says.
        const model = await openOnnx({ model: path, format: 'chatml' })
        const { contextLength = 0 } = model.info
        const isAnswerable = ({ promptTokens, tokens }: (typeof answersOfPeer)[number]) =>
          promptTokens.length + tokens.length <= contextLength
        const expectedReplies = answersOfPeer.filter(isAnswerable)
        const requests = randomRequests.filter((_, index) => isAnswerable(answersOfPeer[index]!))
        // It has the positions of short texts only.
        const knowsShortTexts = name === 'phi3-long'
        expect(requests).toHaveLength(randomRequests.length - (knowsShortTexts ? 1 : 0))
        const prompts = []
        for (const { messages } of requests) prompts.push((await model.render({ messages })).tokens)
        const replies = await askAll(model, requests, { withTokens: true })
        expect(prompts).toEqual(expectedReplies.map(({ promptTokens }) => promptTokens))
        for (const [index, { tokens }] of expectedReplies.entries()) {
          const reply = replies[index]?.tokens ?? []
          const fork = tokens.findIndex((token, place) => reply[place] !== token)
          // Rounding to fp16 may decide between tokens that are as near as this.
          const { logprobs, secondLogprobs } = expectedReplies[index]!
          const gap = (logprobs?.[fork] ?? 0) - (secondLogprobs?.[fork] ?? -Infinity)
          const isNearTie = exporter === 'builder-fp16' && fork > 0 && gap < 0.005
          if (!isNearTie) expect(reply).toEqual(tokens)
        }
      },
    )
  }

  for (const name of incompleteInFp16) {
    const { path, missing } = realModel(`random/builder-fp16/${name}`)
    it.skipIf(missing)(
      nameTest(`of ${name}, exported by builder-fp16, is refused`, missing),
      async () => {
        await expect(openOnnx({ model: path, format: 'chatml' })).rejects.toMatchObject({
          code: 'unsupported',
          message: expect.stringMatching(/lacks the (?:attention window|positions)/),
        })
      },
    )
  }
})
