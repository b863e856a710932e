/** Whether this is `npm run test:long`, of which `npm test` runs a sample with a fixed seed. */
export const isLongRun = process.env.NANO_LONG === '1'

/** The count in `npm test`, and many times as many in the long run. */
export function scaleCount(count: number, factor = 100): number {
  return isLongRun ? count * factor : count
}
