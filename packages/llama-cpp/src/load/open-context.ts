import { sequencePool } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import { bySequence } from '../engine/batch-order.ts'
import type { Context } from '../engine/lora-contexts.ts'
import { log } from './open-device.ts'
import { toNanoError } from '../error.ts'
import { lockstep } from '../engine/lockstep.ts'
import type { Lora } from '../gguf/lora-file.ts'
import type { ContextShape } from './check-memory.ts'
import type { ParsedOptions } from '../options.ts'
import type { LlamaContext, LlamaModel, Token } from '../runtime.ts'
import { tokenBudget } from '../engine/token-budget.ts'

interface MakerOptions {
  readonly model: LlamaModel
  readonly shape: ContextShape
  readonly options: ParsedOptions
}

/** Makes contexts of one shape, with an adapter or without. */
export function contextMaker({
  model,
  shape,
  options,
}: MakerOptions): (lora?: Lora) => Promise<Context> {
  const { signal, parallel, kvCache } = options

  return async (lora) => {
    const doing = lora
      ? `making a context for ${lora.filePath}`
      : `making a context with a KV cache of ${kvCache}`
    log.take()
    let context: LlamaContext | undefined
    try {
      const made = await model.createContext({
        ...shape,
        batchSize: shape.batchSize + parallel,
        batching: { itemPrioritizationStrategy: bySequence },
        createSignal: lora ? undefined : signal,
        ...(lora && { lora: { adapters: [lora] } }),
      })
      context = made
      const sequences = sequencePool(Array.from({ length: parallel }, () => made.getSequence()))
      await probe(sequences)
      return {
        sequences,
        lockstep: lockstep(),
        reading: tokenBudget(shape.batchSize),
        dispose: () => made.dispose(),
      }
    } catch (cause) {
      await context?.dispose()
      const error = toNanoError({ cause, doing, log, signal: lora ? undefined : signal })
      if (kvCache === 'f16' || !NanoError.is(error) || error.code === 'out-of-memory') throw error
      throw new NanoError(
        'unsupported',
        `llama-cpp: this model cannot keep its KV cache in ${kvCache} on this device. Use kvCache: 'f16'. (${error.message})`,
        { cause },
      )
    }
  }
}

/** Reads one token: a type that a model or device has no kernel for fails only when it is used. */
async function probe(sequences: Context['sequences']): Promise<void> {
  const slot = await sequences.take([], AbortSignal.any([]))
  await slot.sequence.evaluateWithoutGeneratingNewTokens([0 as Token])
  await slot.sequence.adaptStateToTokens([], false)
  sequences.release(slot)
}
