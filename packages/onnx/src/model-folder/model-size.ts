/** How large a model is: what helps a larger one costs a smaller one more than it gives. */
export type ModelSize = 'tiny' | 'small' | 'large'

/**
 * Bytes. From here on several threads can be faster than one, and a KV cache that no step copies
 * gains more than several steps in one run.
 */
const minSmall = 20_000_000
/**
 * Bytes. From here on a GPU gains more than it costs, and loading takes too long to be repeated for
 * each number of threads.
 */
const minLarge = 200_000_000

export function classifySize(bytes: number): ModelSize {
  if (bytes < minSmall) return 'tiny'
  return bytes < minLarge ? 'small' : 'large'
}
