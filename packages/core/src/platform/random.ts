/** A random integer of 32 bits. Node 18 has no global `crypto`, and gets a weaker one. */
export function randomInteger(): number {
  const [random] = globalThis.crypto?.getRandomValues(new Uint32Array(1)) ?? []
  return random ?? Math.floor(Math.random() * 2 ** 32)
}

/**
 * A generator of uniform numbers in [0, 1), with 53 random bits each: SplitMix in 32 bits, by
 * Steele, Lea and Flood. The same seed gives the same numbers. For sampling, never for secrets.
 */
export function seededRandom(seed = randomInteger()): () => number {
  const nextWord = seededWords(seed)
  return () => ((nextWord() >>> 5) * 0x400_0000 + (nextWord() >>> 6)) / 2 ** 53
}

/** A generator of 32 random bits at a time, from the same sequence as `seededRandom`. */
export function seededWords(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e37_79b9) | 0
    let bits = state ^ (state >>> 16)
    bits = Math.imul(bits, 0x21f0_aaad)
    bits ^= bits >>> 15
    bits = Math.imul(bits, 0x735a_2d97)
    return (bits ^ (bits >>> 15)) >>> 0
  }
}
