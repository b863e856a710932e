/**
 * Chooses the faster of two ways to serve several sequences: one step for all of them, or runs of
 * several steps for each in turn.
 */
export interface BatchChoice {
  /** Whether to step so many sequences together. */
  shouldBatch(rows: number): boolean
  /** Records the milliseconds of a step of so many sequences. */
  recordBatch(rows: number, duration: number): void
  /** Records the milliseconds per token of a run of several steps for one sequence. */
  recordLoop(duration: number): void
}

/**
 * The most that a recorded time may grow per measurement. A delay that happens once, such as one by
 * another program, is not recorded as the usual time.
 */
const maxGrowth = 1.05
/**
 * The estimate of a batch that is not used shrinks by this factor, so that it is measured again.
 */
const estimateDecay = 0.995

/** Compares the shortest recent times; until both are known, sequences are batched. */
export function batchChoice(): BatchChoice {
  /**
   * By batch size: the shortest recent milliseconds of a step, and its decay since it was measured.
   */
  const batchTimes = new Map<number, { readonly shortest: number; readonly decay: number }>()
  let loopTime = Infinity

  return {
    shouldBatch(rows) {
      const { shortest = 0, decay = 1 } = batchTimes.get(rows) ?? {}
      if (shortest * decay <= rows * loopTime) return true
      batchTimes.set(rows, { shortest, decay: decay * estimateDecay })
      return false
    },
    recordBatch(rows, duration) {
      const previous = batchTimes.get(rows)?.shortest ?? Infinity
      batchTimes.set(rows, { shortest: Math.min(duration, previous * maxGrowth), decay: 1 })
    },
    recordLoop(duration) {
      loopTime = Math.min(duration, loopTime * maxGrowth)
    },
  }
}
