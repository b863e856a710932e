interface BatchOptions {
  /** Bytes of the weights. */
  readonly modelBytes: number
  readonly isOnCpu: boolean
  /** Requests served at once. */
  readonly parallel: number
}

/** The most tokens of a prompt that one run reads; more are no faster. */
const maxBatchSize = 512
/**
 * Tokens. With 4 billion parameters a run costs a third of a second besides its tokens, which is
 * little beside that many of them.
 */
const minBatchSize = 128
/** Tokens times bytes of weights: an abort waits for a run, which takes seconds then. */
const batchWork = minBatchSize * 2.7e9
/** The share of a batch where the tokens of other requests wait for it too. */
const shareBesideOthers = 1 / 4

/**
 * How many tokens of a prompt one run reads. It depends on nothing that is measured: rounding
 * differs from one division of a prompt to another, and a reply may too.
 */
export function chooseBatchSize({ modelBytes, isOnCpu, parallel }: BatchOptions): number {
  if (!isOnCpu) return maxBatchSize
  const share = parallel > 1 ? shareBesideOthers : 1
  const tokens = Math.floor((share * batchWork) / modelBytes)
  return Math.min(Math.max(tokens, share * minBatchSize), maxBatchSize)
}
