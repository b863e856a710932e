import type { CompletionOptions } from '@nano/chat/engine'
import { rejectOnAbort, slots } from '@nano/core/driver'
import type { RemoteSession } from '../worker/remote-session.ts'

/** How many tokens of a prompt one run may read. */
export interface BatchLimits {
  /** Tokens of a run as long as no time is known, and at least. */
  readonly smallest: number
  readonly largest: number
  /** Milliseconds that a run of more than the smallest batch may take. */
  readonly duration: number
}

/** Reads the prompts of an engine, one batch at a time. */
export interface PromptReader {
  /** How many tokens the next run may read. */
  readonly batchSize: () => number
  /**
   * Does work that reads several tokens of a prompt. One request does so at a time, beside the
   * steps of the others, so that those never wait for more than one batch. An abort rejects at
   * once, while the run in the worker goes on.
   */
  takeTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /**
   * Reads all of a prompt except for its last batch, and returns that: a step reads it and samples
   * the first token.
   */
  readAhead(prompt: PromptProgress, options: ReadOptions): Promise<readonly number[]>
}

interface PromptProgress {
  readonly sequence: number
  readonly prompt: readonly number[]
  /** How many tokens of it are in the KV cache. */
  readonly cachedInput: number
}

type ReadOptions = Pick<CompletionOptions, 'signal' | 'onPrefill'>

/** A reader whose batches are as long as the time of the last full one allows. */
export function promptReader(
  session: Pick<RemoteSession, 'call'>,
  { smallest, largest, duration }: BatchLimits,
): PromptReader {
  const turns = slots([{}])
  let batchSize = smallest

  async function readBatch(sequence: number, tokens: readonly number[]): Promise<void> {
    const startedAt = performance.now()
    await session.call('readTokens', { sequence, tokens })
    const time = performance.now() - startedAt
    const size = Math.floor((tokens.length * duration) / time)
    batchSize = Math.min(Math.max(size, smallest), largest)
  }

  async function takeTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = await turns.take(signal)
    try {
      return await rejectOnAbort(work(), signal)
    } finally {
      turns.release(turn)
    }
  }

  return {
    batchSize: () => batchSize,
    takeTurn,
    async readAhead({ sequence, prompt, cachedInput }, { signal, onPrefill }) {
      let processed = cachedInput
      while (prompt.length - processed > batchSize) {
        const tokens = prompt.slice(processed, processed + batchSize)
        await takeTurn(signal, () => readBatch(sequence, tokens))
        signal.throwIfAborted()
        processed += tokens.length
        onPrefill?.({ processed, total: prompt.length })
      }
      return prompt.slice(processed)
    },
  }
}
