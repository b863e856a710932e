import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onnx } from '@nano/tiny'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { vi } from 'vitest'
import { type Decoder, decoder } from '../../../src/decode/decoder.ts'
import type { StepResult } from '../../../src/decode/step-request.ts'
import { readDecoderGraph } from '../../../src/session/decoder-graph.ts'
import type { Runtime, Session } from '../../../src/session/runtime.ts'

export const runtime = { InferenceSession, Tensor, env: {} } as unknown as Runtime

/** Files of the embedded model. */
export const modelFiles = {
  fp32: join(onnx.transformers, 'onnx/model.onnx'),
  q4: join(onnx.transformers, 'onnx/model_q4.onnx'),
  genai: join(onnx.genai, 'model.onnx'),
  genaiInt4: join(onnx.genaiInt4, 'model.onnx'),
}

/** How a test changes the bytes of a model. */
type Rewrite = (model: Uint8Array) => Uint8Array

/** A session on one CPU thread, and its graph. */
export async function createSession(path: string, rewrite: Rewrite = (model) => model) {
  const session = (await InferenceSession.create(rewrite(readFileSync(path)), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  })) as unknown as Session
  return { session, graph: readDecoderGraph(session, { label: path }) }
}

interface DecoderSettings {
  readonly path: string
  readonly rewrite?: Rewrite
  readonly sequenceCount?: number
  readonly vocabularySize?: number
}

/** A decoder that takes one step per run, and a spy on the runs. */
export async function createDecoder({
  path,
  rewrite,
  sequenceCount = 1,
  vocabularySize = 640,
}: DecoderSettings) {
  const { session, graph } = await createSession(path, rewrite)
  const run = session.run.bind(session)
  const runs = vi.spyOn(session, 'run')
  const newDecoder = decoder({
    runtime,
    session,
    graph,
    vocabularySize,
    sequenceCount,
    endTokens: [],
    maxRunTime: 0,
  })
  const { canBatch } = await newDecoder.runTrial()
  runs.mockClear()
  /** Lets runs of some numbers of rows fail, as where memory is short. */
  const failRuns = (isFailing: (rows: number) => boolean) =>
    runs.mockImplementation((feeds, fetches) =>
      isFailing(feeds['input_ids']?.dims[0] ?? 0)
        ? Promise.reject(new Error('std::bad_alloc'))
        : run(feeds, fetches),
    )
  return { decoder: newDecoder, canBatch, runs, failRuns }
}

/** The token of the first result. */
export function tokenOf([result]: readonly (StepResult | Error | undefined)[]): number {
  if (result === undefined || result instanceof Error) throw result ?? new Error('no result')
  return result.token
}

/** Begins a reply, and returns its first token. */
export async function sampleFirst(
  decoder: Decoder,
  sequence: number,
  {
    prompt,
    ...settings
  }: { readonly prompt: readonly number[] } & Parameters<Decoder['beginReply']>[2],
): Promise<number> {
  const cachedCount = decoder.beginReply(sequence, prompt, settings)
  return tokenOf(
    await decoder.sampleTokens([{ sequence, tokens: prompt.slice(cachedCount), origin: 'prompt' }]),
  )
}
