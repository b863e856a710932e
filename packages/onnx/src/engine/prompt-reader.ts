import type { CompletionOptions } from '@nano/chat/engine'
import { rejectOnAbort, slots } from '@nano/core/driver'
import type { RemoteSession } from '../worker/remote-session.ts'

/** Reads the prompts of an engine, one batch at a time. */
export interface PromptReader {
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

/** A reader whose batches have `batchSize` tokens. */
export function promptReader(
  session: Pick<RemoteSession, 'call'>,
  batchSize: number,
): PromptReader {
  const turns = slots([{}])

  async function takeTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = await turns.take(signal)
    try {
      return await rejectOnAbort(work(), signal)
    } finally {
      turns.release(turn)
    }
  }

  return {
    takeTurn,
    async readAhead({ sequence, prompt, cachedInput }, { signal, onPrefill }) {
      let processed = cachedInput
      while (prompt.length - processed > batchSize) {
        const tokens = prompt.slice(processed, processed + batchSize)
        await takeTurn(signal, () => session.call('readTokens', { sequence, tokens }))
        signal.throwIfAborted()
        processed += batchSize
        onPrefill?.({ processed, total: prompt.length })
      }
      return prompt.slice(processed)
    },
  }
}
