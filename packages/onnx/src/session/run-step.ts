import { createLoopFeeds, type LoopRun } from '@nano/onnx-graph'
import type { Graph } from './decoder-graph.ts'
import { disposeOf, filled, type Tensors } from '../cache/kv-cache.ts'
import type { Runtime, Session, Tensor } from './runtime.ts'

/** One sequence of a step. */
interface Row {
  /** Tokens in its cache. */
  readonly past: number
  /** Tokens to read, as many in each row. */
  readonly tokens: readonly number[]
}

interface Outputs {
  /** `[rows, positions, vocabulary]`; absent where they were not asked for. */
  readonly logits: Tensor | undefined
  /** What a loop chose; absent where it was not asked to. */
  readonly tokens: readonly number[] | undefined
  /**
   * What the next step takes in: the runtime's own outputs, not copied, or the static cache,
   * filled.
   */
  readonly cache: Tensors
}

interface StepOptions {
  /**
   * `[rows, heads, length, width]`: a row's keys and values come first, and what is behind them in
   * a longer cache is not looked at. On the device it is gone after the run.
   */
  readonly cache: Tensors
  readonly logits: boolean
  /** Of a graph that is a loop: more than a step. */
  readonly loop?: LoopRun
}

/** One run of the decoder. */
export type Step = (rows: readonly Row[], options: StepOptions) => Promise<Outputs>

/** What a loop is fed for a step that only reads: it chooses a token, which nobody looks at. */
const oneStep: LoopRun = { steps: 1, vocabularySize: 1, temperature: 0 }

export interface StepperOptions {
  readonly runtime: Runtime
  readonly session: Session
  readonly graph: Graph
}

export function stepper({ runtime, session, graph }: StepperOptions): Step {
  const presents = graph.cache.map(({ present }) => present)

  function feeds(rows: readonly Row[], loop: LoopRun): Tensors {
    const count = rows.length
    const length = rows[0]?.tokens.length ?? 0
    const longest = Math.max(...rows.map(({ past }) => past)) + length
    const integers = (dims: readonly number[], values: readonly number[]) =>
      tensor(runtime, 'int64', { dims, values })
    const mask = () => new runtime.Tensor('int64', maskOf(rows, longest), [count, longest])
    return {
      input_ids: tensor(runtime, graph.ids, {
        dims: [count, length],
        values: rows.flatMap(({ tokens }) => tokens),
      }),
      ...(graph.mask && { attention_mask: mask() }),
      ...(graph.positions && {
        position_ids: integers(
          [count, length],
          rows.flatMap(({ past, tokens }) => tokens.map((_, index) => past + index)),
        ),
      }),
      ...(graph.logitsKept && { num_logits_to_keep: integers([], [1]) }),
      ...(graph.loop &&
        Object.fromEntries(
          Object.entries(createLoopFeeds(loop)).map(([name, { type, data, dims }]) => [
            name,
            new runtime.Tensor(type, data, dims),
          ]),
        )),
      ...(graph.cacheBranch && {
        use_cache_branch: new runtime.Tensor('bool', Uint8Array.of(longest > length ? 1 : 0), [1]),
      }),
    }
  }

  return async (rows, { cache, logits, loop }) => {
    // onnxruntime-node 1.30.0 mixes outputs up where some stay on the device and others are not
    // fetched.
    const fetches = [
      ...presents,
      ...(logits || graph.onDevice ? ['logits'] : []),
      ...(loop ? ['tokens'] : []),
    ]
    const outputs = await session.run({ ...feeds(rows, loop ?? oneStep), ...cache }, fetches)
    disposeOf(cache)
    const read = Object.fromEntries(
      graph.cache.flatMap(({ past, present }) =>
        outputs[present] ? [[past, outputs[present]] as const] : [],
      ),
    )
    return {
      logits: outputs['logits'],
      tokens: outputs['tokens'] && Array.from(outputs['tokens'].data, Number),
      cache: graph.staticCache
        ? filled(cache, { kind: { graph, runtime }, pasts: rows.map(({ past }) => past), read })
        : read,
    }
  }
}

/**
 * Ones for what each row has, then zeros: GroupQueryAttention takes the sum of a row for its
 * length.
 */
function maskOf(rows: readonly Row[], width: number): BigInt64Array {
  const mask = new BigInt64Array(rows.length * width)
  for (const [index, { past, tokens }] of rows.entries())
    mask.fill(1n, index * width, index * width + past + tokens.length)
  return mask
}

interface Integers {
  readonly dims: readonly number[]
  readonly values: readonly number[]
}

function tensor({ Tensor }: Runtime, type: 'int64' | 'int32', { dims, values }: Integers): Tensor {
  return new Tensor(
    type,
    type === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values),
    dims,
  )
}
