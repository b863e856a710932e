import { NanoError } from '@nano/core'
import { type BatchThreads, prepareBatches } from '../engine/batch-scheduler.ts'
import { type SharedContext, sharedContext } from '../engine/shared-context.ts'
import { toNanoError } from '../error.ts'
import type { LoraFile } from '../gguf/lora-file.ts'
import type { ParsedOptions } from '../options.ts'
import type { LlamaContext, LlamaModel, Token } from '../runtime.ts'
import type { ContextShape } from './context-shape.ts'
import { log } from './open-device.ts'

interface OpenContextOptions {
  /** Begins the messages of errors while it decodes. */
  readonly name: string
  readonly model: LlamaModel
  readonly shape: ContextShape
  readonly threads: BatchThreads
  readonly options: ParsedOptions
}

/**
 * Opens a context, with a LoRA adapter or without. Throws `out-of-memory`, `unsupported` for a type
 * of KV cache that the model or the device has no kernel for; `signal.reason` on abort, which only
 * the context without an adapter listens to.
 */
export async function openContext(
  { name, model, shape, threads, options }: OpenContextOptions,
  lora?: LoraFile,
): Promise<SharedContext> {
  const { parallel, kvCache } = options
  const signal = lora ? undefined : options.signal
  await log.clear()
  let context: LlamaContext | undefined
  try {
    context = await threads.makeContext(() =>
      model.createContext({
        ...shape,
        batchSize: shape.batchSize + parallel,
        threads: { ideal: threads.maxCount, min: 1 },
        batching: { itemPrioritizationStrategy: prepareBatches(threads) },
        createSignal: signal,
        ...(lora && { lora: { adapters: [lora] } }),
      }),
    )
    const newContext = sharedContext({
      context,
      parallel,
      batchSize: shape.batchSize,
      threads,
      name,
      log,
    })
    await tryOut(newContext)
    return newContext
  } catch (cause) {
    await context?.dispose()
    const activity = lora
      ? `making a context for ${lora.filePath}`
      : `making a context with a KV cache of ${kvCache}`
    const error = await toNanoError({ cause, activity, log, signal })
    if (kvCache === 'f16' || !NanoError.is(error) || error.code === 'out-of-memory') throw error
    throw new NanoError(
      'unsupported',
      `llama-cpp: this model cannot keep its KV cache in ${kvCache} on this device. ` +
        `Use kvCache: 'f16'. (${error.message})`,
      { cause },
    )
  }
}

/** Reads one token: a type of KV cache without a kernel fails only when it is used. */
async function tryOut(context: SharedContext): Promise<void> {
  const { sequence, release } = await context.take([], AbortSignal.any([]))
  await sequence.evaluateWithoutGeneratingNewTokens([0 as Token])
  await sequence.adaptStateToTokens([], false)
  release()
}
