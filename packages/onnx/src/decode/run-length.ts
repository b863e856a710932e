/** Chooses how many decoding steps one run of a loop takes, from how long earlier runs took. */
export interface RunLength {
  /** Steps for the next run. */
  steps(): number
  /** Learns from a run: its milliseconds, and how many tokens it chose. */
  record(run: { readonly duration: number; readonly tokens: number }): void
}

/** More steps per run save little, and are wasted where the reply ends within the run. */
const maxSteps = 16

/** Runs of at most `maxRunTime` milliseconds, or of one step where one step takes longer. */
export function runLength(maxRunTime: number): RunLength {
  let steps = 2
  return {
    steps: () => steps,
    record({ duration, tokens }) {
      steps = Math.max(1, Math.min(maxSteps, Math.floor((maxRunTime * tokens) / duration)))
    },
  }
}
