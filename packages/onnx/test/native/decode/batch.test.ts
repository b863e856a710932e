import { join } from 'node:path'
import { shapes } from '@nano/forge'
import { addStaticCache } from '@nano/onnx-graph'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../../test/shared/temporary-folder.ts'
import type { Decoder } from '../../../src/decode/decoder.ts'
import { openOnnx } from '../../../src/index.ts'
import { writeConcatenatingModel, writeRandomModel } from '../random-models.ts'
import { createDecoder, modelFiles, sampleFirst, tokenOf } from './create-decoder.ts'

const folder = temporaryFolder()
const files = { ...modelFiles, concatenating: await writeConcatenatingModel(folder, 640) }
const greedy = { sampling: { temperature: 0 } } as const
const prompts: readonly (readonly number[])[] = [
  [624, 5, 6],
  [624, ...Array.from({ length: 40 }, (_, index) => 10 + index)],
  [624, 99],
  [624, ...Array.from({ length: 17 }, (_, index) => 3 * index)],
]
const sequenceCount = prompts.length

const sampleFirstOf = (decoder: Decoder, sequence: number) =>
  sampleFirst(decoder, sequence, { prompt: prompts[sequence] ?? [], ...greedy })

interface Reply {
  readonly sequence: number
  readonly length: number
  readonly hasStaticCache?: boolean
}

/** The greedy reply of one sequence alone. */
async function replyAlone(
  path: string,
  { sequence, length, hasStaticCache = false }: Reply,
): Promise<number[]> {
  const { decoder } = await createDecoder({
    path,
    sequenceCount,
    ...(hasStaticCache && { rewrite: addStaticCache }),
  })
  const reply = [await sampleFirstOf(decoder, sequence)]
  while (reply.length < length)
    reply.push(
      tokenOf(
        await decoder.sampleTokens([{ sequence, tokens: reply.slice(-1), origin: 'sampled' }]),
      ),
    )
  return reply
}

it.each([
  ['fp32', 1],
  ['genai', 1],
  ['q4', 4],
  ['concatenating', 4],
] as const)(
  'a step of four sequences of the file %s takes %i runs, and gives each its reply alone',
  async (name, runsPerStep) => {
    const { decoder, runs } = await createDecoder({ path: files[name], sequenceCount })
    const replies: number[][] = []
    for (const sequence of prompts.keys()) replies.push([await sampleFirstOf(decoder, sequence)])
    runs.mockClear()
    for (let step = 1; step < 12; step++) {
      const results = await decoder.sampleTokens(
        replies.map((reply, sequence) => ({
          sequence,
          tokens: reply.slice(-1),
          origin: 'sampled',
        })),
      )
      for (const [sequence, reply] of replies.entries()) reply.push(tokenOf([results[sequence]]))
    }
    expect(runs.mock.calls.length / 11).toBe(runsPerStep)
    for (const [sequence, reply] of replies.entries())
      expect(reply, `sequence ${sequence}`).toEqual(
        await replyAlone(files[name], { sequence, length: 12 }),
      )
  },
)

it.each([false, true])(
  'sequences join and leave a batch, and get their own caches back (static cache: %s)',
  async (hasStaticCache) => {
    const { decoder } = await createDecoder({
      path: files.fp32,
      sequenceCount,
      ...(hasStaticCache && { rewrite: addStaticCache }),
    })
    const replies: number[][] = []
    for (const sequence of prompts.keys()) replies.push([await sampleFirstOf(decoder, sequence)])
    // The sequences of each step: one joins, one leaves, one is alone, the longest leaves.
    const steps = [[0, 1], [0, 1, 2], [0, 2], [2], [0, 1, 2, 3], [3, 1], [0, 2, 3], [1]]
    for (const sequences of steps) {
      const results = await decoder.sampleTokens(
        sequences.map((sequence) => ({
          sequence,
          tokens: replies[sequence]?.slice(-1) ?? [],
          origin: 'sampled',
        })),
      )
      for (const [index, sequence] of sequences.entries())
        replies[sequence]?.push(tokenOf([results[index]]))
    }
    for (const [sequence, reply] of replies.entries())
      expect(reply, `sequence ${sequence}`).toEqual(
        await replyAlone(files.fp32, { sequence, length: reply.length, hasStaticCache }),
      )
    // A new request finds in the cache what the batch wrote.
    const [prompt = [], reply = []] = [prompts[2], replies[2]]
    const nextPrompt = [...prompt, ...reply.slice(0, 3), 7, 8]
    expect(decoder.beginReply(2, nextPrompt, greedy)).toBe(prompt.length + 3)
  },
)

it('the error of one sequence leaves the others alone', async () => {
  const { decoder } = await createDecoder({ path: files.fp32, sequenceCount: 3 })
  const replies = [await sampleFirstOf(decoder, 0), await sampleFirstOf(decoder, 1)]
  const results = await decoder.sampleTokens([
    { sequence: 0, tokens: [replies[0] ?? 0], origin: 'sampled' },
    { sequence: 2, tokens: [1_000_000], origin: 'sampled' },
    { sequence: 1, tokens: [replies[1] ?? 0], origin: 'sampled' },
  ])
  expect(results[1]).toBeInstanceOf(Error)
  expect([tokenOf([results[0]]), tokenOf([results[2]])]).toEqual([
    (await replyAlone(files.fp32, { sequence: 0, length: 2 }))[1],
    (await replyAlone(files.fp32, { sequence: 1, length: 2 }))[1],
  ])
})

it('sequences step in turn where their batch does not fit in memory', async () => {
  const { decoder, failRuns } = await createDecoder({ path: files.fp32, sequenceCount: 2 })
  const replies = [await sampleFirstOf(decoder, 0), await sampleFirstOf(decoder, 1)]
  const sampleBoth = () =>
    decoder.sampleTokens(
      replies.map((token, sequence) => ({ sequence, tokens: [token], origin: 'sampled' })),
    )
  failRuns((rows) => rows > 1)
  expect((await sampleBoth()).map((result) => tokenOf([result]))).toEqual([
    (await replyAlone(files.fp32, { sequence: 0, length: 2 }))[1],
    (await replyAlone(files.fp32, { sequence: 1, length: 2 }))[1],
  ])
  failRuns(() => true)
  expect((await sampleBoth()).map(String)).toEqual([
    'Error: std::bad_alloc',
    'Error: std::bad_alloc',
  ])
})

it('a long prompt with a large vocabulary fetches the logits of its last token alone', async () => {
  const shape = {
    ...shapes.small,
    hiddenSize: 64,
    layers: 1,
    feedForwardSize: 64,
    vocabularySize: 128_256,
  }
  const model = await writeRandomModel(folder, { name: 'wide', precision: 'fp32', shape })
  const { decoder, runs } = await createDecoder({
    path: join(model, 'onnx/model.onnx'),
    vocabularySize: shape.vocabularySize,
  })
  const runShapes = () => runs.mock.calls.map(([{ input_ids: ids }]) => ids?.dims)
  const prompt = Array.from({ length: 200 }, (_, index) => 300 + index)
  const token = await sampleFirst(decoder, 0, { prompt, ...greedy })
  expect(runShapes()).toEqual([
    [1, 199],
    [1, 1],
  ])
  // The same token as from parts that are short enough.
  decoder.beginReply(0, [1], greedy)
  await decoder.readTokens(0, prompt.slice(0, 150))
  expect(
    tokenOf(
      await decoder.sampleTokens([{ sequence: 0, tokens: prompt.slice(150), origin: 'prompt' }]),
    ),
  ).toBe(token)
  expect(runShapes().at(-1)).toEqual([1, 50])
})

it('eight requests at once get their replies alone, and their next turns a cache', async () => {
  const questions = Array.from(
    { length: 8 },
    (_, index) => `What is ${123 + 917 * index} + ${77 * (index + 1)}?`,
  )
  const [parallelModel, model] = [
    await openOnnx({ model: 'tiny', parallel: 8 }),
    await openOnnx({ model: 'tiny' }),
  ]
  const createRequest = (messages: string) =>
    ({ messages, reasoning: 'on', sampling: { temperature: 0 } }) as const
  const replies = await Promise.all(
    questions.map((question, index) =>
      parallelModel.generate({
        ...createRequest(question),
        ...(index % 3 === 2 && { maxTokens: 10 + index }),
      }),
    ),
  )
  for (const [index, question] of questions.entries()) {
    const { text, reasoning, finishReason } = await model.generate({
      ...createRequest(question),
      ...(index % 3 === 2 && { maxTokens: 10 + index }),
    })
    expect(replies[index], question).toMatchObject({ text, reasoning, finishReason })
  }
  const nextReplies = await Promise.all(
    questions.map((question, index) =>
      parallelModel.generate({
        ...createRequest(''),
        messages: [
          { role: 'user', content: question },
          replies[index]?.message ?? { role: 'assistant', content: '' },
          { role: 'user', content: 'Now double it.' },
        ],
      }),
    ),
  )
  for (const {
    usage: { input = 0, cachedInput = 0 },
  } of nextReplies)
    expect(cachedInput / input).toBeGreaterThan(0.4)
  await Promise.all([parallelModel.close(), model.close()])
})
