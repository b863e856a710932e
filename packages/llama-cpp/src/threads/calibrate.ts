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
  /** Tokens. */
  readonly contextSize: number
}

/** Milliseconds of decoding that are measured; those of warming up do not count. */
const decodeBudget = 120
/** Milliseconds for each kind of batch with more tokens, which varies less. */
const batchBudget = 60
/**
 * Milliseconds that a reply decodes before it is measured: Linux gives a new thread a core of its
 * own reliably only once it knows the other cores as busy.
 */
const warmUpTime = 40
/** Milliseconds of a reply that are measured in one run. */
const measuredTime = 60
/**
 * Tokens of a prompt that replies are measured after, and milliseconds that it would take to decode
 * as many: attention over a prompt gains from threads, and the rest of a small model hardly does.
 */
const maxPromptSize = 128
const promptTime = 1_000
/** Milliseconds that it would take to decode as many tokens as the batch of a prompt has. */
const batchTime = 100
/** Milliseconds of a step that is so long that the threads wait for next to none of it. */
const longStep = 100
/** Tokens. */
const maxBatchSize = 32
const token = 0 as Token

/** Measures in less than a second how many threads each kind of batch is fastest with. */
export async function calibrate({
  context,
  threads,
  cores,
  parallel,
  contextSize,
}: CalibrationOptions): Promise<ThreadCounts> {
  const { sequence, release } = await context.take([], AbortSignal.any([]))
  try {
    return await measureOn(sequence, { threads, cores, parallel, contextSize })
  } finally {
    // A request counts as alone only where no other one is there.
    release()
  }
}

async function measureOn(
  sequence: LlamaSequence,
  { threads, cores, parallel, contextSize }: Omit<CalibrationOptions, 'context'>,
): Promise<ThreadCounts> {
  threads.counts = sameThreads(cores)
  let promptSize = 0
  const search = (budget: number, run: () => Promise<ThreadRun>) =>
    findFastestThreads({
      maxThreads: cores,
      budget,
      async run(count) {
        threads.counts = sameThreads(count)
        const measured = await run()
        await forgetFrom(sequence, promptSize)
        return measured
      },
    })
  const searchForBatch = (size: number) =>
    search(batchBudget, async () => {
      const startedAt = performance.now()
      await sequence.evaluateWithoutGeneratingNewTokens(repeatToken(size))
      return { steps: 1, time: performance.now() - startedAt }
    })

  const { time: firstTime } = await decode(sequence, {
    contextSize,
    warmUpTime: 0,
    measuredTime: 0,
  })
  await sequence.clearHistory()
  if (firstTime > longStep) return sameThreads(cores)
  let stepTime = firstTime
  promptSize = Math.min(maxPromptSize, contextSize / 4, promptTime / firstTime) | 0
  await sequence.evaluateWithoutGeneratingNewTokens(repeatToken(promptSize))
  const decodeCount = await search(decodeBudget, async () => {
    const run = await decode(sequence, {
      contextSize: contextSize - promptSize,
      warmUpTime,
      measuredTime,
    })
    stepTime = Math.min(stepTime, run.time / run.steps)
    return run
  })
  const batchSize = Math.min(
    maxBatchSize,
    contextSize - promptSize - 1,
    Math.max(4, Math.round(batchTime / stepTime)),
  )
  const prefill = await searchForBatch(batchSize)
  const isSmallerBatch = parallel > 1 && parallel < batchSize
  const decodeTogether = isSmallerBatch ? await searchForBatch(parallel) : prefill
  await sequence.clearHistory()
  return { prefill, decode: decodeCount, decodeTogether }
}

function repeatToken(count: number): Token[] {
  return Array.from({ length: count }, () => token)
}

/** Forgets all tokens but the first `count`. */
async function forgetFrom(sequence: LlamaSequence, count: number): Promise<void> {
  await sequence.eraseContextTokenRanges([{ start: count, end: sequence.nextTokenIndex }])
}

interface DecodeOptions {
  /** Tokens: a longer reply would shift the context. */
  readonly contextSize: number
  /** Milliseconds. */
  readonly warmUpTime: number
  /** Milliseconds. */
  readonly measuredTime: number
}

/**
 * Decodes as replies do: a token is sampled at each step, which wakes other threads in between. At
 * least one step is left out, before which the threads have slept, and one is measured.
 */
async function decode(
  sequence: LlamaSequence,
  { contextSize, warmUpTime, measuredTime }: DecodeOptions,
): Promise<ThreadRun> {
  const begunAt = performance.now()
  let startedAt: number | undefined
  let tokens = 0
  let steps = 0
  let time = 0
  const options = { ...greedyRuntimeSampling, yieldEogToken: true }
  for await (const _ of sequence.evaluate([token], options)) {
    const now = performance.now()
    tokens++
    if (startedAt === undefined) {
      if (now - begunAt >= warmUpTime || tokens >= contextSize / 2) startedAt = now
      continue
    }
    steps++
    time = now - startedAt
    if (time >= measuredTime || tokens >= contextSize - 2) break
  }
  return { steps, time }
}
