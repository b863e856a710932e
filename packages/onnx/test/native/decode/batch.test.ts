import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shapes } from '@nano/forge'
import { addStaticCache } from '@nano/onnx-graph'
import { onnx } from '@nano/tiny'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../../../../test/shared/temporary-folder.ts'
import { type Decoder, decoder } from '../../../src/decode/decoder.ts'
import { graphOf } from '../../../src/session/decoder-graph.ts'
import { openOnnx } from '../../../src/index.ts'
import type { Runtime, Session } from '../../../src/session/runtime.ts'
import { concatenating, forged } from '../random-models.ts'

const folder = temporaryFolder()
const files = {
  fp32: join(onnx.transformers, 'onnx/model.onnx'),
  q4: join(onnx.transformers, 'onnx/model_q4.onnx'),
  genai: join(onnx.genai, 'model.onnx'),
  concatenating: await concatenating(folder, 640),
}
const greedy = { sampling: { temperature: 0 } } as const
const prompts = [
  [624, 5, 6],
  [624, ...Array.from({ length: 40 }, (_, index) => 10 + index)],
  [624, 99],
  [624, ...Array.from({ length: 17 }, (_, index) => 3 * index)],
]

async function opened(
  path: string,
  sequences: number,
  { vocabularySize = 640, staticCache = false } = {},
) {
  const model = staticCache ? addStaticCache(readFileSync(path)) : readFileSync(path)
  const session = (await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  })) as unknown as Session
  const whole = session.run.bind(session)
  const spy = vi.spyOn(session, 'run')
  /** Makes it a runtime without the memory for some numbers of rows. */
  const refuse = (when: (rows: number) => boolean) =>
    spy.mockImplementation((feeds, fetches) =>
      when(feeds['input_ids']?.dims[0] ?? 0)
        ? Promise.reject(new Error('std::bad_alloc'))
        : whole(feeds, fetches),
    )
  const run = decoder({
    runtime: { InferenceSession, Tensor, env: {} } as unknown as Runtime,
    session,
    graph: graphOf(session, path),
    vocabularySize,
    sequences,
    ends: [],
    maxRunTime: 0,
  })
  await run.tryOut()
  return {
    run,
    runs: () => spy.mock.calls.length,
    shapes: () => spy.mock.calls.map(([{ input_ids: ids }]) => ids?.dims),
    refuse,
  }
}

async function first(run: Decoder, sequence: number): Promise<number> {
  const prompt = prompts[sequence] ?? []
  const kept = run.begin(sequence, prompt, greedy)
  return token(await run.next([{ sequence, tokens: prompt.slice(kept), are: 'prompt' }]))
}

function token([sampled]: readonly (object | undefined)[]): number {
  return (sampled as { token: number }).token
}

/** The greedy reply of one sequence by itself. */
async function alone(
  path: string,
  sequence: number,
  length: number,
  kept: { readonly staticCache?: boolean } = {},
): Promise<number[]> {
  const { run } = await opened(path, prompts.length, kept)
  const reply = [await first(run, sequence)]
  while (reply.length < length)
    reply.push(token(await run.next([{ sequence, tokens: reply.slice(-1), are: 'sampled' }])))
  return reply
}

it.each([
  ['fp32', 1],
  ['genai', 1],
  ['q4', 4],
  ['concatenating', 4],
] as const)(
  'four sequences of the file %s take %i runs for a step, and each gets what it gets alone',
  async (name, expected) => {
    const { run, runs } = await opened(files[name], prompts.length)
    const replies: number[][] = []
    for (const sequence of prompts.keys()) replies.push([await first(run, sequence)])
    const before = runs()
    for (let step = 1; step < 12; step++) {
      const sampled = await run.next(
        replies.map((reply, sequence) => ({ sequence, tokens: reply.slice(-1), are: 'sampled' })),
      )
      for (const [sequence, reply] of replies.entries()) reply.push(token([sampled[sequence]]))
    }
    expect((runs() - before) / 11).toBe(expected)
    for (const [sequence, reply] of replies.entries())
      expect(reply, `sequence ${sequence}`).toEqual(await alone(files[name], sequence, 12))
  },
)

it.each([false, true])(
  'a sequence joins and leaves while others go on, and its cache is its own again (static cache: %s)',
  async (staticCache) => {
    const { run } = await opened(files.fp32, prompts.length, { staticCache })
    const replies: number[][] = []
    for (const sequence of prompts.keys()) replies.push([await first(run, sequence)])
    // Who takes part in each step: joining, leaving, one alone, the longest gone.
    for (const part of [[0, 1], [0, 1, 2], [0, 2], [2], [0, 1, 2, 3], [3, 1], [0, 2, 3], [1]]) {
      const sampled = await run.next(
        part.map((sequence) => ({
          sequence,
          tokens: replies[sequence]?.slice(-1) ?? [],
          are: 'sampled',
        })),
      )
      for (const [index, sequence] of part.entries())
        replies[sequence]?.push(token([sampled[index]]))
    }
    for (const [sequence, reply] of replies.entries())
      expect(reply, `sequence ${sequence}`).toEqual(
        await alone(files.fp32, sequence, reply.length, { staticCache }),
      )
    // A new request on it finds what the batch wrote.
    const [prompt = [], [reply = []]] = [prompts[2], replies.slice(2)]
    expect(run.begin(2, [...prompt, ...reply.slice(0, 3), 7, 8], greedy)).toBe(prompt.length + 3)
  },
)

it('a sequence whose step fails does not take the others with it', async () => {
  const { run } = await opened(files.fp32, 3)
  const replies = [await first(run, 0), await first(run, 1)]
  const failed = await run.next([
    { sequence: 0, tokens: [replies[0] ?? 0], are: 'sampled' },
    { sequence: 2, tokens: [1_000_000], are: 'sampled' },
    { sequence: 1, tokens: [replies[1] ?? 0], are: 'sampled' },
  ])
  expect(failed[1]).toBeInstanceOf(Error)
  expect([token([failed[0]]), token([failed[2]])]).toEqual([
    (await alone(files.fp32, 0, 2))[1],
    (await alone(files.fp32, 1, 2))[1],
  ])
})

it('a batch that does not fit is stepped in turn, and a row that does not fit says so', async () => {
  const { run, refuse } = await opened(files.fp32, 2)
  const replies = [await first(run, 0), await first(run, 1)]
  const step = () =>
    run.next(replies.map((token, sequence) => ({ sequence, tokens: [token], are: 'sampled' })))
  refuse((rows) => rows > 1)
  expect((await step()).map((sampled) => token([sampled]))).toEqual([
    (await alone(files.fp32, 0, 2))[1],
    (await alone(files.fp32, 1, 2))[1],
  ])
  refuse(() => true)
  expect((await step()).map(String)).toEqual(['Error: std::bad_alloc', 'Error: std::bad_alloc'])
})

it('the logits of a long prompt are not fetched for every token of a large vocabulary', async () => {
  const shape = { ...shapes.small, hidden: 64, layers: 1, feedForward: 64, vocabulary: 128_256 }
  const { run, shapes: ran } = await opened(
    join(await forged(folder, { name: 'wide', precision: 'fp32', shape }), 'onnx/model.onnx'),
    1,
    { vocabularySize: shape.vocabulary },
  )
  const prompt = Array.from({ length: 200 }, (_, index) => 300 + index)
  run.begin(0, prompt, greedy)
  const long = token(await run.next([{ sequence: 0, tokens: prompt, are: 'prompt' }]))
  expect(ran().slice(-2)).toEqual([
    [1, 199],
    [1, 1],
  ])
  // The same as by parts that are short enough.
  run.begin(0, [1], greedy)
  await run.read(0, prompt.slice(0, 150))
  expect(token(await run.next([{ sequence: 0, tokens: prompt.slice(150), are: 'prompt' }]))).toBe(
    long,
  )
  expect(ran().at(-1)).toEqual([1, 50])
})

it('eight requests at once get the replies they get alone, and conversations find their cache', async () => {
  const questions = Array.from(
    { length: 8 },
    (_, index) => `What is ${123 + 917 * index} + ${77 * (index + 1)}?`,
  )
  const [eight, one] = [
    await openOnnx({ model: 'tiny', parallel: 8 }),
    await openOnnx({ model: 'tiny' }),
  ]
  const ask = (messages: string) =>
    ({ messages, reasoning: 'on', sampling: { temperature: 0 } }) as const
  const together = await Promise.all(
    questions.map((question, index) =>
      eight.generate({ ...ask(question), ...(index % 3 === 2 && { maxTokens: 10 + index }) }),
    ),
  )
  for (const [index, question] of questions.entries()) {
    const { text, reasoning, finishReason } = await one.generate({
      ...ask(question),
      ...(index % 3 === 2 && { maxTokens: 10 + index }),
    })
    expect(together[index], question).toMatchObject({ text, reasoning, finishReason })
  }
  const next = await Promise.all(
    questions.map((question, index) =>
      eight.generate({
        ...ask(''),
        messages: [
          { role: 'user', content: question },
          together[index]?.message ?? { role: 'assistant', content: '' },
          { role: 'user', content: 'Now double it.' },
        ],
      }),
    ),
  )
  for (const {
    usage: { input = 0, cachedInput = 0 },
  } of next)
    expect(cachedInput / input).toBeGreaterThan(0.4)
  await Promise.all([eight.close(), one.close()])
})
