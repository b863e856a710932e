import type { GenerateInput, GenerateResult } from '@nano/core'
import { onnx } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import { openOnnx } from '../../../src/index.ts'

/** Milliseconds: several steps fit into a run on a busy machine too. */
const maxRunTime = 10_000
const greedy = { temperature: 0 } as const

/** Takes one step per run. */
const stepModel = await openOnnx({
  model: onnx.transformers,
  quantization: 'q4',
  maxRunTime: 0,
})
/** Takes several steps per run. A model in 4 bits does not batch, so several requests loop too. */
const loopModel = await openOnnx({
  model: onnx.transformers,
  quantization: 'q4',
  parallel: 3,
  maxRunTime,
})
afterAll(() => Promise.all([stepModel.close(), loopModel.close()]))

const schema = {
  type: 'object',
  properties: { result: { type: 'integer' } },
  required: ['result'],
} as const
const questions = [
  'What is 348 * 27?',
  'What is 95512 - 8765?',
  'Sort ascending: 507, 12, 48, 900.',
  'Which is larger, 94 or 89238?',
  'naïve 日本語 🙂',
]

/** What has to be the same. */
const pickOutcome = ({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage: { input, output },
}: GenerateResult) => ({ reasoning, text, toolCalls, finishReason, input, output })

describe('a loop gives the reply of single steps', () => {
  it.each<[condition: string, request: object]>([
    ['with reasoning', { reasoning: 'on', sampling: greedy }],
    ['without reasoning', { reasoning: 'off', sampling: greedy }],
    ['with a limit of tokens', { reasoning: 'on', maxTokens: 7, sampling: greedy }],
    ['with a stop string', { reasoning: 'on', stop: ['1', '4'], sampling: greedy }],
    [
      'with a reasoning budget that ends within a run',
      { reasoning: 'on', reasoningBudget: 6, sampling: greedy },
    ],
    [
      'with penalties',
      {
        reasoning: 'on',
        maxTokens: 60,
        sampling: {
          temperature: 0,
          repetitionPenalty: 1.1,
          presencePenalty: 0.3,
          frequencyPenalty: 0.7,
        },
      },
    ],
    [
      'with heavy penalties',
      {
        reasoning: 'on',
        maxTokens: 60,
        sampling: { temperature: 0, repetitionPenalty: 3, presencePenalty: 1, frequencyPenalty: 2 },
      },
    ],
    ['with a top-k of 1', { reasoning: 'on', maxTokens: 40, sampling: { topK: 1 } }],
    ['with a schema', { reasoning: 'on', schema, sampling: greedy }],
    [
      'with a temperature and a seed',
      { reasoning: 'on', maxTokens: 60, sampling: { temperature: 2, topP: 1, seed: 5 } },
    ],
    [
      'with a temperature, cut-offs and penalties',
      {
        reasoning: 'on',
        maxTokens: 60,
        sampling: {
          temperature: 1.5,
          topK: 40,
          topP: 0.95,
          minP: 0.02,
          repetitionPenalty: 1.1,
          seed: 11,
        },
      },
    ],
    [
      'with a temperature and a reasoning budget that ends within a run',
      {
        reasoning: 'on',
        reasoningBudget: 6,
        maxTokens: 60,
        sampling: { temperature: 1.2, seed: 3 },
      },
    ],
    ['with log-probabilities', { reasoning: 'on', maxTokens: 20, logprobs: 1, sampling: greedy }],
  ])('%s', async (_condition, request) => {
    for (const messages of questions) {
      const input = { messages, ...request } as GenerateInput
      expect(pickOutcome(await loopModel.generate(input)), JSON.stringify(input)).toEqual(
        pickOutcome(await stepModel.generate(input)),
      )
    }
  })
  it('to several requests at once, and in conversations, which find their cache', async () => {
    const createInput = (content: string): GenerateInput => ({
      messages: [{ role: 'user', content }],
      reasoning: 'on',
      sampling: greedy,
    })
    const replies = await Promise.all(
      questions.slice(0, 3).map((content) => loopModel.generate(createInput(content))),
    )
    for (const [index, result] of replies.entries()) {
      const question = questions[index] ?? ''
      expect(pickOutcome(result)).toEqual(
        pickOutcome(await stepModel.generate(createInput(question))),
      )
      const nextRequest = {
        messages: [
          { role: 'user', content: question },
          result.message,
          { role: 'user', content: 'Add 7 to that.' },
        ],
        reasoning: 'on',
        sampling: greedy,
      } as const
      const loopReply = await loopModel.generate(nextRequest)
      expect(pickOutcome(loopReply)).toEqual(pickOutcome(await stepModel.generate(nextRequest)))
      expect(loopReply.usage.cachedInput).toBeGreaterThan(20)
    }
  })
  it.each([
    ['in fp32', onnx.genai],
    ['in 4 bits', onnx.genaiInt4],
  ])('from a model of onnxruntime-genai %s', async (_quantization, model) => {
    const [loopModel, stepModel] = [
      await openOnnx({ model, maxRunTime }),
      await openOnnx({ model, maxRunTime: 0 }),
    ]
    for (const messages of questions) {
      const input = { messages, reasoning: 'on', sampling: greedy } as const
      expect(pickOutcome(await loopModel.generate(input))).toEqual(
        pickOutcome(await stepModel.generate(input)),
      )
    }
    await Promise.all([loopModel.close(), stepModel.close()])
  })
  it('up to the end of the context', async () => {
    const options = { model: 'tiny', contextLength: 64 } as const
    const [loopModel, stepModel] = [
      await openOnnx({ ...options, maxRunTime }),
      await openOnnx({ ...options, maxRunTime: 0 }),
    ]
    const input = { messages: questions[0] ?? '', reasoning: 'on', sampling: greedy } as const
    expect(pickOutcome(await loopModel.generate(input))).toEqual(
      pickOutcome(await stepModel.generate(input)),
    )
    await Promise.all([loopModel.close(), stepModel.close()])
  })
})
