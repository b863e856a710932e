import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addTokenLoop } from '@nano/onnx-graph'
import type { GenerateInput, GenerateResult, Model } from '@nano/core'
import { onnx } from '@nano/tiny'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { decoder } from '../../../src/decode/decoder.ts'
import { graphOf } from '../../../src/session/decoder-graph.ts'
import { openOnnx } from '../../../src/index.ts'
import type { Runtime, Session } from '../../../src/session/runtime.ts'

let plain: Model
let loop: Model
beforeAll(async () => {
  plain = await openOnnx({ model: onnx.transformers, quantization: 'q4', maxRunTime: 0 })
  // In 4 bits requests do not batch, so several are served by a loop too.
  loop = await openOnnx({
    model: onnx.transformers,
    quantization: 'q4',
    parallel: 3,
    maxRunTime: long,
  })
})
afterAll(() => Promise.all([plain.close(), loop.close()]))

const greedy = { temperature: 0 } as const
/** Milliseconds: on a busy machine, too, several steps fit into a run. */
const long = 10_000
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
const told = ({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage: { input, output },
}: GenerateResult) => ({ reasoning, text, toolCalls, finishReason, input, output })

describe('a model in a loop says what it says a step at a time', () => {
  it.each<[what: string, request: object]>([
    ['with reasoning', { reasoning: 'on', sampling: greedy }],
    ['without', { reasoning: 'off', sampling: greedy }],
    ['cut by a limit', { reasoning: 'on', maxTokens: 7, sampling: greedy }],
    ['stopped by a string', { reasoning: 'on', stop: ['1', '4'], sampling: greedy }],
    [
      'with a thought that its budget closes in the middle of a run',
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
    ['with one token to choose from', { reasoning: 'on', maxTokens: 40, sampling: { topK: 1 } }],
    ['held to a schema', { reasoning: 'on', schema, sampling: greedy }],
    [
      'with chance and a seed',
      { reasoning: 'on', maxTokens: 60, sampling: { temperature: 3, topP: 1, seed: 5 } },
    ],
    [
      'with chance, cut-offs and penalties',
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
      'by chance, with a thought that its budget closes in the middle of a run',
      {
        reasoning: 'on',
        reasoningBudget: 6,
        maxTokens: 60,
        sampling: { temperature: 1.2, seed: 3 },
      },
    ],
    ['with log-probabilities', { reasoning: 'on', maxTokens: 20, logprobs: 1, sampling: greedy }],
  ])('%s', async (_what, request) => {
    for (const messages of questions) {
      const asked = { messages, ...request } as GenerateInput
      expect(told(await loop.generate(asked)), JSON.stringify(asked)).toEqual(
        told(await plain.generate(asked)),
      )
    }
  })
  it('for several at once, and in conversations, which find their cache', async () => {
    const ask = (content: string): GenerateInput => ({
      messages: [{ role: 'user', content }],
      reasoning: 'on',
      sampling: greedy,
    })
    const together = await Promise.all(
      questions.slice(0, 3).map((content) => loop.generate(ask(content))),
    )
    for (const [index, result] of together.entries()) {
      expect(told(result)).toEqual(told(await plain.generate(ask(questions[index] ?? ''))))
      const next = {
        messages: [
          { role: 'user', content: questions[index] ?? '' },
          result.message,
          { role: 'user', content: 'Add 7 to that.' },
        ],
        reasoning: 'on',
        sampling: greedy,
      } as const
      const [one, other] = [await loop.generate(next), await plain.generate(next)]
      expect(told(one)).toEqual(told(other))
      expect(one.usage.cachedInput).toBeGreaterThan(20)
    }
  })
  it.each([onnx.genai, onnx.genaiInt4])('from %s', async (model) => {
    const [one, other] = [
      await openOnnx({ model, maxRunTime: long }),
      await openOnnx({ model, maxRunTime: 0 }),
    ]
    for (const messages of questions)
      expect(told(await one.generate({ messages, reasoning: 'on', sampling: greedy }))).toEqual(
        told(await other.generate({ messages, reasoning: 'on', sampling: greedy })),
      )
    await Promise.all([one.close(), other.close()])
  })
  it('up to the end of the context', async () => {
    const short = { model: 'tiny', contextLength: 64 } as const
    const [one, other] = [
      await openOnnx({ ...short, maxRunTime: long }),
      await openOnnx({ ...short, maxRunTime: 0 }),
    ]
    const asked = { messages: questions[0] ?? '', reasoning: 'on', sampling: greedy } as const
    expect(told(await one.generate(asked))).toEqual(told(await other.generate(asked)))
    await Promise.all([one.close(), other.close()])
  })
})

it('a loop takes several steps to a run, and keeps no more of them than were wanted', async () => {
  const path = join(onnx.transformers, 'onnx/model.onnx')
  const session = (await InferenceSession.create(addTokenLoop(readFileSync(path)), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  })) as unknown as Session
  const runs = vi.spyOn(session, 'run')
  const graph = graphOf(session, path)
  const run = decoder({
    runtime: { InferenceSession, Tensor, env: {} } as unknown as Runtime,
    session,
    graph,
    loop: { session, graph },
    vocabularySize: 640,
    sequences: 1,
    ends: [],
    maxRunTime: long,
  })
  await run.tryOut()
  const prompt = [624, 5, 6, 7]
  run.begin(0, prompt, { sampling: greedy })
  runs.mockClear()
  const reply: number[] = []
  const next = async (tokens: readonly number[]) => {
    const [sampled] = await run.next([
      {
        sequence: 0,
        tokens,
        are: reply.length === 0 ? 'prompt' : 'sampled',
        most: 24 - reply.length,
      },
    ])
    const { token, ahead = [] } = sampled as {
      readonly token: number
      readonly ahead?: readonly number[]
    }
    reply.push(token, ...ahead)
  }
  await next(prompt)
  while (reply.length < 24) await next(reply.slice(-1))
  expect(reply).toHaveLength(24)
  expect(runs.mock.calls.length).toBeLessThan(8)
  // All but the last are in the cache.
  expect(run.begin(0, [...prompt, ...reply, 9], { sampling: greedy })).toBe(
    prompt.length + reply.length - 1,
  )
})

it('one request alone runs ahead where several would share a batch, and each gets what it gets alone', async () => {
  const path = join(onnx.transformers, 'onnx/model.onnx')
  const options = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  }
  const [plain, looped] = (await Promise.all(
    [path, addTokenLoop(readFileSync(path))].map((file) =>
      InferenceSession.create(file as string, options),
    ),
  )) as unknown as readonly [Session, Session]
  const runtime = { InferenceSession, Tensor, env: {} } as unknown as Runtime
  const made = (sequences: number) =>
    decoder({
      runtime,
      session: plain,
      graph: graphOf(plain, path),
      loop: { session: looped, graph: graphOf(looped, path) },
      vocabularySize: 640,
      sequences,
      ends: [],
      maxRunTime: long,
    })
  const [shared, own] = [made(2), made(1)]
  expect(await shared.tryOut()).toMatchObject({ batches: true })
  await own.tryOut()
  const prompts = [
    [624, 5, 6, 7],
    [624, 9, 8],
  ] as const
  // Without it they say one token over and over.
  const sampling = { ...greedy, repetitionPenalty: 1.3 }
  const ask = async (run: typeof own, ...asked: Parameters<typeof own.next>[0][number][]) =>
    (await run.next(asked)) as readonly {
      readonly token: number
      readonly ahead?: readonly number[]
    }[]

  /** The greedy reply to a prompt by itself. */
  async function alone(prompt: readonly number[]): Promise<number[]> {
    const kept = own.begin(0, prompt, { sampling })
    const reply = [
      (await ask(own, { sequence: 0, tokens: prompt.slice(kept), are: 'prompt' }))[0]!.token,
    ]
    while (reply.length < 16) {
      const [sampled] = await ask(own, {
        sequence: 0,
        tokens: reply.slice(-1),
        are: 'sampled',
        most: 16 - reply.length,
      })
      reply.push(sampled!.token, ...(sampled!.ahead ?? []))
    }
    return reply
  }

  const replies: number[][] = []
  for (const [sequence, prompt] of prompts.entries()) {
    shared.begin(sequence, prompt, { sampling })
    replies.push([(await ask(shared, { sequence, tokens: prompt, are: 'prompt' }))[0]!.token])
  }
  const next = (sequence: number) =>
    ({ sequence, tokens: replies[sequence]!.slice(-1), are: 'sampled', most: 4 }) as const
  const take = (
    sequence: number,
    { token, ahead = [] }: { readonly token: number; readonly ahead?: readonly number[] },
  ) => {
    replies[sequence]!.push(token, ...ahead)
    return ahead.length
  }
  for (const [sequence, sampled] of (await ask(shared, next(0), next(1))).entries())
    expect(take(sequence, sampled)).toBe(0)
  for (const sequence of [0, 1]) {
    const [sampled] = await ask(shared, next(sequence))
    expect(take(sequence, sampled!)).toBeGreaterThan(0)
  }
  // Together again, whichever way is faster by now.
  for (const [sequence, sampled] of (await ask(shared, next(0), next(1))).entries())
    take(sequence, sampled)
  for (const [sequence, prompt] of prompts.entries())
    expect(replies[sequence]).toEqual((await alone(prompt)).slice(0, replies[sequence]!.length))
  await Promise.all([plain.release(), looped.release()])
})
