import type { Message } from '@nano/core'

/** Remembers which place served a conversation, because that place has its KV cache. */
export interface ConversationAffinity<Place> {
  /** Returns the place that served the longest prefix of the conversation. */
  find(messages: readonly Message[]): Place | undefined
  remember(messages: readonly Message[], place: Place): void
}

/** Remembers the latest `maxConversations`. */
export function conversationAffinity<Place>(maxConversations: number): ConversationAffinity<Place> {
  const places = new Map<number, Place>()
  return {
    find: (messages) =>
      hashPrefixes(messages)
        .map((hash) => places.get(hash))
        .filter((place) => place !== undefined)
        .at(-1),
    remember(messages, place) {
      const hash = hashPrefixes(messages).at(-1)
      if (hash === undefined) return
      // A map keeps the order of insertion, so the entry moves to the end.
      places.delete(hash)
      places.set(hash, place)
      const [oldestHash] = places.keys()
      if (places.size > maxConversations && oldestHash !== undefined) places.delete(oldestHash)
    },
  }
}

/**
 * Hashes each prefix of the conversation that ends with a message of the user or a tool. Two
 * conversations with one hash cost a cache miss and nothing else.
 */
function hashPrefixes(messages: readonly Message[]): number[] {
  const hashes: number[] = []
  let [high, low] = [0x811c9dc5, 0x9747b28c]
  for (const message of messages) {
    if (message.role === 'assistant') continue
    for (const character of JSON.stringify(message)) {
      const code = character.codePointAt(0) ?? 0
      high = Math.imul(high ^ code, 0x01000193)
      low = Math.imul(low ^ code, 0x85ebca6b)
    }
    // 53 bits: as many as a number holds exactly.
    hashes.push((high >>> 0) * 2 ** 21 + (low >>> 11))
  }
  return hashes
}
