import { addTokenLoop } from '@nano/onnx-graph'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Decoder, decoder } from '../../../src/decode/decoder.ts'
import type { StepRequest, StepResult } from '../../../src/decode/step-request.ts'
import type { LoadedSession } from '../../../src/worker/load-session.ts'
import { createSession, modelFiles, runtime, sampleFirst } from './create-decoder.ts'

let step: LoadedSession
let loop: LoadedSession
beforeAll(async () => {
  step = await createSession(modelFiles.fp32)
  loop = await createSession(modelFiles.fp32, addTokenLoop)
})
afterAll(() => Promise.all([step.session.release(), loop.session.release()]))

/** A decoder that runs for at most 10 s: several steps fit into a run on a busy machine too. */
const createLoopDecoder = (session: LoadedSession, sequenceCount: number) =>
  decoder({
    runtime,
    ...session,
    loop,
    vocabularySize: 640,
    sequenceCount,
    endTokens: [],
    maxRunTime: 10_000,
  })

async function sample(
  decoder: Decoder,
  ...requests: readonly StepRequest[]
): Promise<readonly (readonly number[])[]> {
  const results = (await decoder.sampleTokens(requests)) as readonly StepResult[]
  return results.map(({ token, followingTokens = [] }) => [token, ...followingTokens])
}

it('a loop takes several steps per run, and samples no more tokens than are wanted', async () => {
  const runs = vi.spyOn(loop.session, 'run')
  const loopDecoder = createLoopDecoder(loop, 1)
  await loopDecoder.runTrial()
  const settings = { sampling: { temperature: 0 } } as const
  const prompt = [624, 5, 6, 7]
  runs.mockClear()
  const reply = [await sampleFirst(loopDecoder, 0, { prompt, ...settings })]
  while (reply.length < 24) {
    const maxTokens = 24 - reply.length
    const [tokens = []] = await sample(loopDecoder, {
      sequence: 0,
      tokens: reply.slice(-1),
      origin: 'sampled',
      maxTokens,
    })
    reply.push(...tokens)
  }
  expect(reply).toHaveLength(24)
  expect(runs.mock.calls.length).toBeLessThan(8)
  // All tokens but the last are in the cache.
  expect(loopDecoder.beginReply(0, [...prompt, ...reply, 9], settings)).toBe(
    prompt.length + reply.length - 1,
  )
})

it('a request loops alone and batches with others, and gets the reply it gets alone', async () => {
  const [sharedDecoder, separateDecoder] = [createLoopDecoder(step, 2), createLoopDecoder(step, 1)]
  expect(await sharedDecoder.runTrial()).toMatchObject({ canBatch: true })
  await separateDecoder.runTrial()
  const prompts = [
    [624, 5, 6, 7],
    [624, 9, 8],
  ] as const
  // Without a penalty the model repeats one token.
  const settings = { sampling: { temperature: 0, repetitionPenalty: 1.3 } } as const

  const replies: number[][] = []
  for (const [sequence, prompt] of prompts.entries())
    replies.push([await sampleFirst(sharedDecoder, sequence, { prompt, ...settings })])
  const createRequest = (sequence: number): StepRequest => ({
    sequence,
    tokens: replies[sequence]?.slice(-1) ?? [],
    origin: 'sampled',
    maxTokens: 4,
  })
  const sampleBoth = async () => {
    const results = await sample(sharedDecoder, createRequest(0), createRequest(1))
    for (const [sequence, tokens] of results.entries()) replies[sequence]?.push(...tokens)
    return results
  }

  for (const tokens of await sampleBoth()) expect(tokens).toHaveLength(1)
  for (const sequence of [0, 1]) {
    const [tokens = []] = await sample(sharedDecoder, createRequest(sequence))
    expect(tokens.length).toBeGreaterThan(1)
    replies[sequence]?.push(...tokens)
  }
  // Both again, in whichever way is faster by now.
  await sampleBoth()

  for (const [sequence, prompt] of prompts.entries()) {
    const reply = [await sampleFirst(separateDecoder, 0, { prompt, ...settings })]
    while (reply.length < 16) {
      const maxTokens = 16 - reply.length
      const tokens = reply.slice(-1)
      const request: StepRequest = { sequence: 0, tokens, origin: 'sampled', maxTokens }
      reply.push(...(await sample(separateDecoder, request)).flat())
    }
    expect(replies[sequence]).toEqual(reply.slice(0, replies[sequence]?.length))
  }
})
