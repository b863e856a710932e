import { slots } from '@nano/core/driver'

/** A sequence of a KV cache, and what it was last used for. */
export interface PooledSequence<Sequence> {
  readonly sequence: Sequence
  /** Its place in the pool. */
  readonly index: number
  /** The last prompt read into it. */
  prompt: readonly number[]
  /** The number of the request that used it last, counted in this pool; 0 for none. */
  lastUse: number
}

/** The sequences of one KV cache; requests share them, one request each at a time. */
export interface SequencePool<Sequence> {
  /**
   * A free sequence for `prompt`, first come first served. Rejects with `signal.reason` on abort,
   * and then holds nothing.
   */
  take(prompt: readonly number[], signal: AbortSignal): Promise<PooledSequence<Sequence>>
  /** Returns a sequence, which goes to the request that has waited longest. */
  release(sequence: PooledSequence<Sequence>): void
}

/**
 * Of several free sequences a request gets the one whose last prompt its own continues, so that a
 * conversation finds its own. A new conversation gets the one that was unused for longest, even
 * where another shares a system message with it: that one holds another conversation.
 */
export function sequencePool<Sequence>(sequences: readonly Sequence[]): SequencePool<Sequence> {
  const pool = slots(
    sequences.map((sequence, index): PooledSequence<Sequence> => ({
      sequence,
      index,
      prompt: [],
      lastUse: 0,
    })),
  )
  let requests = 0

  return {
    async take(prompt, signal) {
      const slot = await pool.take(signal, (free) => chooseSlot(free, prompt))
      return Object.assign(slot, { prompt, lastUse: ++requests })
    },
    release: pool.release,
  }
}

type Slot = Pick<PooledSequence<unknown>, 'prompt' | 'lastUse'>

function chooseSlot<T extends Slot>(free: readonly T[], prompt: readonly number[]): T | undefined {
  const continuedLength = ({ prompt: slotPrompt }: Slot) =>
    slotPrompt.every((token, index) => token === prompt[index]) ? slotPrompt.length : 0
  return free.toSorted(
    (a, b) => continuedLength(b) - continuedLength(a) || a.lastUse - b.lastUse,
  )[0]
}
