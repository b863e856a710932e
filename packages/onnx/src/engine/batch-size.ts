interface BatchOptions {
  /** Bytes of the weights. */
  readonly modelBytes: number
  readonly isOnCpu: boolean
  /** Requests served at once. */
  readonly parallel: number
}

/** The most tokens of a prompt that one run reads; more are no faster. */
const maxBatchSize = 512
/** Tokens: each run costs a third of a second besides its tokens with 4 billion parameters. */
const minBatchSize = 128
/** Tokens times bytes: 128 tokens of 4 billion parameters in 4 bits take seconds on two cores. */
const batchWork = minBatchSize * 2.7e9
/** The tokens of other requests wait for a run, so where there are some it reads fewer. */
const sharedPart = 1 / 4

/**
 * How many tokens of a prompt one run reads. It depends on nothing that is measured: rounding
 * differs from one division of a prompt to another, and a reply may too.
 */
export function chooseBatchSize({ modelBytes, isOnCpu, parallel }: BatchOptions): number {
  if (!isOnCpu) return maxBatchSize
  const part = parallel > 1 ? sharedPart : 1
  const tokens = Math.floor((part * batchWork) / modelBytes)
  return Math.min(Math.max(tokens, part * minBatchSize), maxBatchSize)
}
