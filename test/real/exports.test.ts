import { openOnnx } from '@nano/onnx'
import { describe, expect, it } from 'vitest'
import { architectures } from '../../scripts/real-models/random-models.ts'
import { askAll, nameTest, readAnswers, realModel } from './replies.ts'
import { randomRequests } from './requests.ts'

/** Exports of each architecture, and who answers as they do. */
const exports = Object.entries(architectures).flatMap(([name, precisions]) => [
  { name, exporter: 'optimum', answers: name, peer: 'transformers' },
  ...precisions.map((precision) => ({
    name,
    exporter: `builder-${precision}`,
    answers: precision === 'int4' ? `${name}-int4` : name,
    peer: precision === 'int4' ? 'onnxruntime-genai' : 'transformers',
  })),
])

describe('a model with random weights', () => {
  for (const { name, exporter, answers, peer } of exports) {
    const { path, missing } = realModel(`random/${exporter}/${name}`)
    it.skipIf(missing)(
      nameTest(`of ${name}, exported by ${exporter}, answers as ${peer}`, missing),
      async () => {
        const expected = readAnswers(realModel(`random/answers/${answers}.json`).path)
        // The tokenizer and its template are SmolLM2's, whatever the name of the folder says.
        const model = await openOnnx({ model: path, format: 'chatml' })
        const prompts = []
        for (const { messages } of randomRequests)
          prompts.push((await model.render({ messages })).tokens)
        const replies = await askAll(model, randomRequests)
        expect(prompts).toEqual(expected.map(({ promptTokens }) => promptTokens))
        expect(replies.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens))
      },
    )
  }
})
