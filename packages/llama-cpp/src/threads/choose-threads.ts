import { sameThreads } from '@nano/chat/engine'
import { rememberThreads } from '@nano/chat/node'
import type { ThreadCounts } from '@nano/core/driver'
import type { BatchThreads } from '../engine/batch-scheduler.ts'
import type { SharedContext } from '../engine/shared-context.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import type { ContextShape } from '../load/context-shape.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama } from '../runtime.ts'
import { calibrate } from './calibrate.ts'

/**
 * Bytes. Threads wait for each other after each operation, also for one that another program keeps
 * from its core. An operation of a larger model takes longer than such a wait.
 */
const minLargeModel = 2_000_000_000

/** Whether a step of a model ends before a second thread has begun. */
export function isTooSmallForThreads({ parameters }: Pick<ModelFile, 'parameters'>): boolean {
  return parameters < 10_000_000
}

interface ThreadChoice {
  readonly llama: Llama
  readonly file: ModelFile
  /** All layers are computed on the CPU. */
  readonly isOnCpu: boolean
  readonly options: Pick<ParsedOptions, 'threads' | 'parallel'>
}

/** The threads that the options, the size or the device decide; absent, they are measured. */
export function decideThreads({
  llama,
  file,
  isOnCpu,
  options: { threads },
}: ThreadChoice): ThreadCounts | undefined {
  if (typeof threads === 'number') return sameThreads(threads)
  if (typeof threads === 'object') return threads
  if (threads === 'cores' || !isOnCpu) return sameThreads(llama.cpuMathCores)
  return isTooSmallForThreads(file) ? sameThreads(1) : undefined
}

/** Gives the threads that were measured for such a model on this machine, or measures them. */
export async function measureThreads(
  { llama, file, options: { parallel } }: ThreadChoice,
  {
    context,
    threads,
    shape,
  }: {
    readonly context: SharedContext
    readonly threads: BatchThreads
    readonly shape: ContextShape
  },
): Promise<ThreadCounts> {
  const { architecture, parameters, quantization } = file
  const { contextSize, flashAttention, experimentalKvCacheKeyType: kvCache } = shape
  const runtime = `llama.cpp ${llama.llamaCppRelease.release}, ${llama.buildType}`
  const cores = llama.cpuMathCores
  return rememberThreads({
    subject: [runtime, architecture, parameters, quantization, kvCache, flashAttention, parallel],
    cores,
    chooseWhenBusy: (freeCores) => (file.size < minLargeModel ? freeCores : cores),
    measure: () => calibrate({ context, threads, cores, parallel, contextSize }),
  })
}
