import type { Message } from '@nano/core'

/** Remembers who served a conversation, for there is its KV cache. */
export interface Affinity<Place> {
  /** Who served the longest beginning of it. */
  find(messages: readonly Message[]): Place | undefined
  keep(messages: readonly Message[], place: Place): void
}

/** `most` conversations are remembered, the latest. */
export function affinity<Place>(most: number): Affinity<Place> {
  const places = new Map<number, Place>()
  return {
    find: (messages) =>
      prefixes(messages)
        .map((hash) => places.get(hash))
        .findLast((place) => place !== undefined),
    keep(messages, place) {
      const hash = prefixes(messages).at(-1)
      if (hash === undefined) return
      // Set anew, it is the latest.
      places.delete(hash)
      places.set(hash, place)
      const [oldest] = places.keys()
      if (places.size > most && oldest !== undefined) places.delete(oldest)
    },
  }
}

/**
 * A hash for each beginning of the conversation that ends with a user's message; a chance match
 * costs a cache and nothing else.
 */
function prefixes(messages: readonly Message[]): number[] {
  const hashes: number[] = []
  let [high, low] = [0x811c9dc5, 0x9747b28c]
  for (const message of messages) {
    if (message.role === 'assistant') continue
    for (const character of JSON.stringify(message)) {
      const code = character.codePointAt(0) ?? 0
      high = Math.imul(high ^ code, 0x01000193)
      low = Math.imul(low ^ code, 0x85ebca6b)
    }
    hashes.push((high >>> 0) * 2 ** 21 + (low >>> 11))
  }
  return hashes
}
