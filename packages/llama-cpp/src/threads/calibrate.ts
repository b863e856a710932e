import { findFastestThreads, sameThreads } from '@nano/chat/engine'
import type { ThreadCounts } from '@nano/core/driver'
import { greedyRuntimeSampling } from '../decode/decode-in-runtime.ts'
import type { SharedContext } from '../engine/shared-context.ts'
import type { LlamaSequence, Token } from '../runtime.ts'
import type { BatchThreads } from './batch-threads.ts'

interface CalibrationOptions {
  readonly context: SharedContext
  readonly threads: BatchThreads
  /** The most threads that are tried. */
  readonly cores: number
  readonly parallel: number
}

/** Milliseconds for each of the kinds of batches. */
const budget = 250
/** Steps of a reply in one run: the first is slower, because its threads have slept. */
const stepsOfRun = 8
/** Tokens of the prompts that are read: the shortest context has 32. */
const promptLength = 16
const token = 0 as Token

/** Measures for about a second how many threads each kind of batch is fastest with. */
export async function calibrate({
  context,
  threads,
  cores,
  parallel,
}: CalibrationOptions): Promise<ThreadCounts> {
  const { sequence, release } = await context.take([], AbortSignal.any([]))
  const search = (run: (end: number) => Promise<number>) =>
    findFastestThreads({
      most: cores,
      budget,
      async run(count, end) {
        threads.counts = sameThreads(count)
        const steps = await run(end)
        await sequence.clearHistory()
        return steps
      },
    })
  const searchForBatch = (size: number) =>
    search(async () => {
      const tokens = Array.from({ length: size }, () => token)
      await sequence.evaluateWithoutGeneratingNewTokens(tokens)
      return 1
    })

  await decode(sequence, 0)
  const decodeCount = await search((end) => decode(sequence, end))
  const prefill = await searchForBatch(promptLength)
  const decodeTogether =
    parallel > 1 ? await searchForBatch(Math.min(parallel, promptLength)) : decodeCount
  release()
  return { prefill, decode: decodeCount, decodeTogether }
}

/** As replies do: a token is sampled at each step, which wakes other threads in between. */
async function decode(sequence: LlamaSequence, end: number): Promise<number> {
  let steps = 0
  const options = { ...greedyRuntimeSampling, yieldEogToken: true }
  for await (const _ of sequence.evaluate([token], options))
    if (++steps === stepsOfRun || performance.now() > end) break
  return steps
}
