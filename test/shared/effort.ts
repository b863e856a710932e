/**
 * The long form of the suite: what ten minutes cannot hold. The suite itself is a sample of it,
 * with a fixed seed.
 */
export const long = process.env.NANO_LONG === '1'

/** How often: `sample` in the suite, a hundred times as often in the long form. */
export function times(sample: number): number {
  return long ? sample * 100 : sample
}
