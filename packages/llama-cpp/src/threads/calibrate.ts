import { findFastestThreads, sameThreads, type ThreadRun } from '@nano/chat/engine'
import type { ThreadCounts } from '@nano/core/driver'
import { greedyRuntimeSampling } from '../decode/decode-in-runtime.ts'
import type { BatchThreads } from '../engine/batch-scheduler.ts'
import type { SharedContext } from '../engine/shared-context.ts'
import type { LlamaSequence, Token } from '../runtime.ts'

interface CalibrationOptions {
  readonly context: SharedContext
  readonly threads: BatchThreads
  /** The most threads that are tried. */
  readonly cores: number
  readonly parallel: number
}

/** Milliseconds of decoding that are measured. */
const decodeBudget = 300
/** Milliseconds for each kind of batch with more tokens, which varies less. */
const batchBudget = 120
/** Steps of a reply in one run. */
const maxSteps = 8
/** Milliseconds that it would take to decode as many tokens as the batch of a prompt has. */
const batchTime = 200
/** Milliseconds of a step that is so long that the threads wait for next to none of it. */
const longStep = 100
/** The shortest context has 32. */
const maxBatchSize = 16
const token = 0 as Token

/** Measures for about a second how many threads each kind of batch is fastest with. */
export async function calibrate({
  context,
  threads,
  cores,
  parallel,
}: CalibrationOptions): Promise<ThreadCounts> {
  const { sequence, release } = await context.take([], AbortSignal.any([]))
  threads.counts = sameThreads(cores)
  const search = (budget: number, run: (end: number) => Promise<ThreadRun>) =>
    findFastestThreads({
      maxThreads: cores,
      budget,
      async run(count, end) {
        threads.counts = sameThreads(count)
        const measured = await run(end)
        await sequence.clearHistory()
        return measured
      },
    })
  const searchForBatch = (size: number) =>
    search(batchBudget, async () => {
      const tokens = Array.from({ length: size }, () => token)
      const startedAt = performance.now()
      await sequence.evaluateWithoutGeneratingNewTokens(tokens)
      return { steps: 1, time: performance.now() - startedAt }
    })

  const { time: stepTime } = await decode(sequence, 0)
  await sequence.clearHistory()
  if (stepTime > longStep) {
    release()
    return sameThreads(cores)
  }
  const decodeCount = await search(decodeBudget, (end) => decode(sequence, end))
  const batchSize = Math.min(maxBatchSize, Math.max(4, Math.round(batchTime / stepTime)))
  const prefill = await searchForBatch(batchSize)
  const isSmallerBatch = parallel > 1 && parallel < batchSize
  const decodeTogether = isSmallerBatch ? await searchForBatch(parallel) : prefill
  release()
  return { prefill, decode: decodeCount, decodeTogether }
}

/**
 * Decodes as replies do: a token is sampled at each step, which wakes other threads in between. The
 * first step is left out: the threads have slept before it.
 */
async function decode(sequence: LlamaSequence, end: number): Promise<ThreadRun> {
  let tokens = 0
  let startedAt = NaN
  const options = { ...greedyRuntimeSampling, yieldEogToken: true }
  for await (const _ of sequence.evaluate([token], options)) {
    if (tokens++ === 0) startedAt = performance.now()
    else if (tokens > maxSteps || performance.now() > end) break
  }
  return { steps: tokens - 1, time: performance.now() - startedAt }
}
