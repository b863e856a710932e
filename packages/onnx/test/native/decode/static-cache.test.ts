import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { conformance } from '@nano/core/conformance'
import { addStaticCache } from '@nano/onnx-graph'
import { onnx } from '@nano/tiny'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { type Decoder, decoder } from '../../../src/decode/decoder.ts'
import { graphOf } from '../../../src/session/decoder-graph.ts'
import { openFrom } from '../../../src/open.ts'
import { openOn } from '../../../src/worker/open-model.ts'
import type { Runtime, Session } from '../../../src/session/runtime.ts'
import type { Sampled } from '../../../src/decode/sample-token.ts'

const files = {
  fp32: join(onnx.transformers, 'onnx/model.onnx'),
  q4: join(onnx.transformers, 'onnx/model_q4.onnx'),
  genai: join(onnx.genaiInt4, 'model.onnx'),
}
const runtime = { InferenceSession, Tensor, env: {} } as unknown as Runtime

async function opened(
  path: string,
  { staticCache, sequences = 1 }: { readonly staticCache: boolean; readonly sequences?: number },
) {
  const bytes = readFileSync(path)
  const session = (await InferenceSession.create(staticCache ? addStaticCache(bytes) : bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  })) as unknown as Session
  const runs = vi.spyOn(session, 'run')
  const run = decoder({
    runtime,
    session,
    graph: graphOf(session, path),
    vocabularySize: 640,
    sequences,
    ends: [],
    maxRunTime: 0,
  })
  const { batches } = await run.tryOut()
  runs.mockClear()
  return { run, runs, batches }
}

/** Tokens of a reply, after what is kept of the prompt. */
async function reply(
  run: Decoder,
  {
    sequence = 0,
    prompt,
    length,
    batchSize = 64,
  }: {
    readonly sequence?: number
    readonly prompt: readonly number[]
    readonly length: number
    readonly batchSize?: number
  },
) {
  let at = run.begin(sequence, prompt, { sampling: { temperature: 1.5, topK: 20, seed: 7 } })
  const kept = at
  for (; prompt.length - at > batchSize; at += batchSize)
    await run.read(sequence, prompt.slice(at, at + batchSize))
  const tokens: number[] = []
  for (let next = prompt.slice(at); tokens.length < length; next = tokens.slice(-1)) {
    const [sampled] = await run.next([
      { sequence, tokens: next, are: tokens.length === 0 ? 'prompt' : 'sampled' },
    ])
    tokens.push((sampled as Sampled).token)
  }
  return { kept, tokens }
}

const prompt = (length: number, step = 7) => [
  624,
  ...Array.from({ length: length - 1 }, (_, index) => 40 + ((index * step) % 500)),
]

describe.each(Object.entries(files))('a static cache, of the file %s,', (_, path) => {
  it('gives the tokens that a growing one gives, past the room it begins with', async () => {
    const [own, other] = [
      await opened(path, { staticCache: true }),
      await opened(path, { staticCache: false }),
    ]
    for (const length of [3, 64, 300]) {
      const asked = { prompt: prompt(length, length), length: 270 }
      expect((await reply(own.run, asked)).tokens).toEqual((await reply(other.run, asked)).tokens)
    }
  })

  it('keeps what a new prompt begins with, without a copy', async () => {
    const { run, runs } = await opened(path, { staticCache: true })
    const first = await reply(run, { prompt: prompt(100), length: 30 })
    const tensor = () => runs.mock.lastCall?.[0]['past_key_values.0.key']
    const before = tensor()
    const next = [...prompt(100), ...first.tokens.slice(0, 10), 9, 8, 7]
    const again = await reply(run, { prompt: next, length: 30 })
    expect(again.kept).toBe(110)
    expect(tensor()).toBe(before)
    expect(again.tokens).toEqual(
      (await reply((await opened(path, { staticCache: true })).run, { prompt: next, length: 30 }))
        .tokens,
    )
  })
})

it('gives back the room of a long prompt when a short one follows', async () => {
  const { run, runs } = await opened(files.fp32, { staticCache: true })
  const length = () => runs.mock.lastCall?.[0]['past_key_values.0.key']?.dims[2]
  await reply(run, { prompt: prompt(1_500), length: 2 })
  expect(length()).toBeGreaterThan(1_500)
  const short = { prompt: [...prompt(20), 9], length: 5 }
  const { kept, tokens } = await reply(run, short)
  expect(kept).toBe(20)
  expect(length()).toBeLessThan(300)
  expect(tokens).toEqual(
    (await reply((await opened(files.fp32, { staticCache: true })).run, short)).tokens,
  )
})

it('of which a step gives nothing but what it has read', async () => {
  const { run, runs } = await opened(files.fp32, { staticCache: true })
  await reply(run, { prompt: prompt(90), length: 5 })
  for (const given of runs.mock.results.slice(-4)) {
    const { 'new_key_values.3.value': value, ...others } = await given.value
    expect(value?.dims).toEqual([1, 2, 1, 32])
    expect(Object.keys(others).some((name) => name.startsWith('present'))).toBe(false)
  }
})

it('of several sequences, whose batch grows past its room, gives each what it gets alone', async () => {
  const several = await opened(files.fp32, { staticCache: true, sequences: 3 })
  expect(several.batches).toBe(true)
  const prompts = [prompt(5), prompt(180, 11), prompt(30, 13)]
  const sampling = { temperature: 0, repetitionPenalty: 1.4 } as const
  const first = async (run: Decoder, sequence: number, index: number) => {
    run.begin(sequence, prompts[index] ?? [], { sampling })
    const [sampled] = await run.next([{ sequence, tokens: prompts[index] ?? [], are: 'prompt' }])
    return (sampled as Sampled).token
  }
  const replies: number[][] = []
  for (const index of prompts.keys()) replies.push([await first(several.run, index, index)])
  several.runs.mockClear()
  for (let step = 0; step < 150; step++) {
    const sampled = await several.run.next(
      replies.map((tokens, sequence) => ({ sequence, tokens: tokens.slice(-1), are: 'sampled' })),
    )
    for (const [sequence, tokens] of replies.entries())
      tokens.push((sampled[sequence] as Sampled).token)
  }
  expect(several.runs).toHaveBeenCalledTimes(150)
  for (const index of prompts.keys()) {
    const { run } = await opened(files.fp32, { staticCache: true })
    const tokens = [await first(run, 0, index)]
    while (tokens.length < 151)
      tokens.push(
        (
          (
            await run.next([{ sequence: 0, tokens: tokens.slice(-1), are: 'sampled' }])
          )[0] as Sampled
        ).token,
      )
    expect(tokens, `sequence ${index}`).toEqual(replies[index])
  }
})

it('a large model on the CPU is opened with one, and a small one without', async () => {
  const given = []
  for (const small of [true, false]) {
    const opening = {
      path: files.fp32,
      vocabularySize: 640,
      tokenizer: join(onnx.transformers, 'tokenizer.json'),
      ends: [633],
      sequences: 1,
      threads: 1,
      maxRunTime: 0,
      small,
      devices: ['cpu'],
    } as const
    const { sessions } = await openOn(runtime, 'cpu', opening)
    given.push(sessions.map(({ outputMetadata }) => outputMetadata.at(-1)?.name))
    for (const session of sessions) await session.release()
  }
  expect(given).toEqual([['present.3.value'], ['new_key_values.3.value']])
})

describe('with the cache of a large model', async () => {
  await conformance(it, () => openFrom(0, { model: 'tiny', device: 'cpu', threads: 1 }))
})
