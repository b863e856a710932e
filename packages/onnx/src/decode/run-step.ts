import { createLoopFeeds, type LoopRun } from '@nano/onnx-graph'
import { fillStaticCache } from '../cache/static-cache.ts'
import type { DecoderGraph } from '../session/decoder-graph.ts'
import {
  disposeTensors,
  type Runtime,
  type Session,
  type Tensor,
  type Tensors,
} from '../session/runtime.ts'

/** One sequence of a step. */
interface StepRow {
  /** How many tokens its cache holds. */
  readonly cachedTokens: number
  /** The tokens to read; each row has the same number of them. */
  readonly tokens: readonly number[]
}

interface StepOptions {
  /**
   * `[rows, heads, length, head size]`. The keys and values of a row come first; the rest of a
   * longer cache is ignored. A cache on the device is gone after the run.
   */
  readonly cache: Tensors
  readonly needsLogits: boolean
  /** For a graph that is a loop: runs more than one step. */
  readonly loop?: LoopRun
}

interface StepOutputs {
  /** `[rows, positions, vocabulary]`; absent where the step does not need logits. */
  readonly logits: Tensor | undefined
  /** The tokens that a loop chose. */
  readonly tokens: readonly number[] | undefined
  /**
   * The cache for the next step: the runtime's own outputs, not copied, or the filled static cache.
   */
  readonly cache: Tensors
}

/** Runs the decoder once. */
export type RunStep = (rows: readonly StepRow[], options: StepOptions) => Promise<StepOutputs>

/** Where a decoder runs. */
export interface StepTarget {
  readonly runtime: Runtime
  readonly session: Session
  readonly graph: DecoderGraph
  /** Reads tokens without a cache, where `session` can only continue one. */
  readonly promptSession?: Session
}

/** The function that runs a decoder's session. */
export function stepRunner(target: StepTarget): RunStep {
  const runOnce = singleRunner(target)
  if (!target.graph.readsOneToken) return runOnce

  return async (rows, options) => {
    const isContinuation = rows.some(({ cachedTokens }) => cachedTokens > 0)
    const count = rows[0]?.tokens.length ?? 0
    if (!isContinuation || count < 2) return runOnce(rows, options)
    let { cache } = options
    for (let index = 0; ; index++) {
      const isLast = index === count - 1
      const row = ({ cachedTokens, tokens }: StepRow): StepRow => ({
        cachedTokens: cachedTokens + index,
        tokens: tokens.slice(index, index + 1),
      })
      const needsLogits = isLast && options.needsLogits
      const outputs = await runOnce(rows.map(row), { ...options, cache, needsLogits })
      if (isLast) return outputs
      cache = outputs.cache
    }
  }
}

function singleRunner({ runtime, session, graph, promptSession }: StepTarget): RunStep {
  const presents = graph.cacheEntries.map(({ present }) => present)

  return async (rows, { cache, needsLogits, loop }) => {
    const isPrompt = promptSession && rows.every(({ cachedTokens }) => cachedTokens === 0)
    // onnxruntime-node 1.30.0 mixes up outputs where some stay on the device and others are not
    // fetched.
    const fetches = [
      ...presents,
      ...(needsLogits || graph.keepsCacheOnDevice ? ['logits'] : []),
      ...(loop ? ['tokens'] : []),
    ]
    const feeds = createFeeds(rows, { runtime, graph, loop: loop ?? readOnlyRun })
    const outputs = isPrompt
      ? await promptSession.run(feeds, fetches)
      : await session.run({ ...feeds, ...cache }, fetches)
    disposeTensors(cache)
    const present = Object.fromEntries(
      graph.cacheEntries.flatMap(({ past, present }) =>
        outputs[present] ? [[past, outputs[present]] as const] : [],
      ),
    )
    const cachedTokens = rows.map((row) => row.cachedTokens)
    return {
      logits: outputs['logits'],
      tokens: outputs['tokens'] && Array.from(outputs['tokens'].data, Number),
      cache: graph.hasStaticCache
        ? fillStaticCache(cache, { layout: { graph, runtime }, cachedTokens, newValues: present })
        : present,
    }
  }
}

/** What a loop is fed for a step that only reads: it chooses a token, which nobody uses. */
const readOnlyRun: LoopRun = { steps: 1, vocabularySize: 1, chances: [0] }

interface FeedOptions extends Omit<StepTarget, 'session'> {
  readonly loop: LoopRun
}

function createFeeds(rows: readonly StepRow[], { runtime, graph, loop }: FeedOptions): Tensors {
  const length = rows[0]?.tokens.length ?? 0
  const shape = [rows.length, length]
  const total = Math.max(...rows.map(({ cachedTokens }) => cachedTokens)) + length
  return {
    input_ids: createIntegers(runtime, graph.idType, {
      dims: shape,
      values: rows.flatMap(({ tokens }) => tokens),
    }),
    ...(graph.hasMask && {
      attention_mask: new runtime.Tensor('int64', createMask(rows, total), [rows.length, total]),
    }),
    ...(graph.hasPositions && {
      position_ids: createIntegers(runtime, 'int64', {
        dims: shape,
        values: rows.flatMap(({ cachedTokens, tokens }) =>
          tokens.map((_, index) => cachedTokens + index),
        ),
      }),
    }),
    ...(graph.hasLogitsToKeep && {
      num_logits_to_keep: createIntegers(runtime, 'int64', { dims: [], values: [1] }),
    }),
    ...(graph.isLoop &&
      Object.fromEntries(
        Object.entries(createLoopFeeds(loop)).map(([name, { type, data, dims }]) => [
          name,
          new runtime.Tensor(type, data, dims),
        ]),
      )),
    ...(graph.hasCacheBranch && {
      use_cache_branch: new runtime.Tensor('bool', Uint8Array.of(total > length ? 1 : 0), [1]),
    }),
  }
}

/**
 * Ones for the tokens of each row, then zeros: GroupQueryAttention sums a row to get its length.
 */
function createMask(rows: readonly StepRow[], width: number): BigInt64Array {
  const mask = new BigInt64Array(rows.length * width)
  for (const [index, { cachedTokens, tokens }] of rows.entries())
    mask.fill(1n, index * width, index * width + cachedTokens + tokens.length)
  return mask
}

interface Integers {
  readonly dims: readonly number[]
  readonly values: readonly number[]
}

function createIntegers(
  { Tensor }: Runtime,
  type: 'int64' | 'int32',
  { dims, values }: Integers,
): Tensor {
  return new Tensor(
    type,
    type === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values),
    dims,
  )
}
