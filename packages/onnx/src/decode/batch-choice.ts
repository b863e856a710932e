/**
 * Knows which of two ways to serve several sequences is faster: one step for all, or several steps
 * of each in turn.
 */
export interface Faster {
  /** Whether so many sequences had better step together. */
  together(rows: number): boolean
  /** Milliseconds that a step for so many took. */
  stepped(rows: number, took: number): void
  /** Milliseconds that a token of one took, of a run of several. */
  looped(took: number): void
}

/**
 * How much worse a way may get from one time to the next: what holds it up once, such as another
 * program, does not count.
 */
const drift = 1.05
/** What was not tried is thought so much better each time, until it is tried again. */
const hope = 0.995

export function faster(): Faster {
  /** By how many: the least milliseconds of late, and the part of it that is believed. */
  const steps = new Map<number, { readonly least: number; readonly believed: number }>()
  let token = Infinity

  return {
    together(rows) {
      const { least = 0, believed = 1 } = steps.get(rows) ?? {}
      if (least * believed <= rows * token) return true
      steps.set(rows, { least, believed: believed * hope })
      return false
    },
    stepped(rows, took) {
      steps.set(rows, {
        least: Math.min(took, (steps.get(rows)?.least ?? Infinity) * drift),
        believed: 1,
      })
    },
    looped(took) {
      token = Math.min(took, token * drift)
    },
  }
}
