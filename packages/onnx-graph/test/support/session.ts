import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import '../../../../test/shared/half-precision-as-bits.ts'
import { shapes } from '../../../forge/src/index.ts'
import { onnxTransformer, writeOnnx } from '../../../forge/src/onnx/index.ts'
import { onnx } from '../../../tiny/src/index.ts'
import type { OnnxGraph } from '../../src/index.ts'

/** The embedded model, as each exporter writes it. */
export const tinyModels = {
  'as transformers.js has them': join(onnx.transformers, 'onnx/model.onnx'),
  'as transformers.js has them, in four bits': join(onnx.transformers, 'onnx/model_q4.onnx'),
  'as onnxruntime-genai has them': join(onnx.genai, 'model.onnx'),
  'as onnxruntime-genai has them, in four bits': join(onnx.genaiInt4, 'model.onnx'),
} as const

/** Creates a function that writes a graph to a temporary file and returns its path. */
export function modelWriter(): (graph: OnnxGraph) => Promise<string> {
  const folder = temporaryFolder()
  let count = 0
  return async (graph) => {
    const path = join(folder, `${count++}.onnx`)
    await writeOnnx({ path, ...graph })
    return path
  }
}

/** A small decoder with random weights. */
export function randomDecoder(
  options: Partial<Parameters<typeof onnxTransformer>[0]> = {},
): OnnxGraph {
  return onnxTransformer({ shape: shapes.small, precision: 'fp32', deviation: 0.1, ...options })
}

/** Sessions of a model as it is, and as it was rewritten. */
export interface SessionPair {
  readonly originalSession: InferenceSession
  readonly rewrittenSession: InferenceSession
}

/** Opens a model and what `rewrite` makes of it. Both find their weights beside the file. */
export async function openPair(
  path: string,
  rewrite: (model: Uint8Array) => Uint8Array,
): Promise<SessionPair> {
  const open = (model: Uint8Array) =>
    InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
    })
  const model = readFileSync(path)
  return { originalSession: await open(model), rewrittenSession: await open(rewrite(model)) }
}

/** Tensors by the name of the input that they feed. */
export type Feeds = Readonly<Record<string, Tensor>>

/** Creates the KV cache of a sequence that has no tokens. */
export function emptyCache({ inputMetadata }: InferenceSession): Feeds {
  return Object.fromEntries(
    inputMetadata.flatMap((input) => {
      if (!input.isTensor || !input.name.startsWith('past')) return []
      const dims = input.shape.map((size, axis) =>
        typeof size === 'number' ? size : axis === 0 ? 1 : 0,
      )
      const tensor =
        input.type === 'float16'
          ? new Tensor('float16', new Uint16Array(0), dims)
          : new Tensor('float32', new Float32Array(0), dims)
      return [[input.name, tensor]]
    }),
  )
}

/** Creates what a session needs besides the cache to read tokens that follow on it. */
export function stepFeeds(
  { inputMetadata }: InferenceSession,
  tokens: readonly number[],
  cache: Feeds,
): Feeds {
  const past = cache['past_key_values.0.key']!.dims[2]!
  const ids = inputMetadata.find(({ name }) => name === 'input_ids')
  const feeds: Feeds = {
    input_ids:
      ids?.isTensor && ids.type === 'int32'
        ? new Tensor('int32', Int32Array.from(tokens), [1, tokens.length])
        : int64Row(tokens),
    attention_mask: int64Row(Array.from({ length: past + tokens.length }, () => 1)),
    position_ids: int64Row(tokens.map((_, index) => past + index)),
    use_cache_branch: new Tensor('bool', [past > 0], [1]),
    num_logits_to_keep: new Tensor('int64', BigInt64Array.of(1n), []),
  }
  return Object.fromEntries(
    Object.entries(feeds).filter(([name]) => inputMetadata.some((input) => input.name === name)),
  )
}

/** Creates a tensor of one sequence, `[1, length]`. */
export function int64Row(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
}

/** Takes the cache for the next step from the outputs of a run. */
export function nextCache(outputs: InferenceSession.ReturnType): Feeds {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith('present'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor as Tensor]),
  )
}
