/** Chances that repeat with their seed. */
export interface Chances {
  /** Uniform in [0, 1). */
  (): number
  /** An integer between two, both included. */
  integer(min: number, max: number): number
  one<T>(items: readonly T[]): T
}

/** Marsaglia's xorshift of 32 bits. */
export function chances(seed: number): Chances {
  let state = seed | 0 || 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return Object.assign(next, {
    integer: (min: number, max: number) => min + Math.floor(next() * (max - min + 1)),
    one: <T>(items: readonly T[]) => items[Math.floor(next() * items.length)]!,
  })
}
