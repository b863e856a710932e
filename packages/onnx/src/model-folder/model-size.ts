/** How large a model is: what helps a larger one costs a smaller one more than it gives. */
export type ModelSize = 'tiny' | 'small' | 'large'

/**
 * Bytes. From here on the steps of a model are long enough for several threads, and copies of its
 * KV cache take longer than a run of several steps saves.
 */
const minSmall = 20_000_000
/**
 * Bytes. From here on a GPU gains more than it costs, and a model takes too long to load for
 * several numbers of threads to be tried.
 */
const minLarge = 200_000_000

export function classifySize(bytes: number): ModelSize {
  if (bytes < minSmall) return 'tiny'
  return bytes < minLarge ? 'small' : 'large'
}
