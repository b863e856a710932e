import { seededWords } from '@nano/core/driver'

/** Fills an array with random bits. Each call continues where the last one ended. */
export type RandomBits = (words: Uint32Array) => void

/**
 * Creates a generator of random bits, Marsaglia's xorshift128: a nanosecond or two per word, good
 * enough for weights, never for secrets. The same seed and name give the same bits.
 */
export function randomBits(seed: number, name: number | string): RandomBits {
  const next = seededWords(hash(seed, name))
  // A state of zeros would stay zero.
  let [x, y, z, w] = [next(), next(), next(), next() | 1]

  return (words) => {
    for (let index = 0; index < words.length; index++) {
      const shifted = x ^ (x << 11)
      x = y
      y = z
      z = w
      w = w ^ (w >>> 19) ^ shifted ^ (shifted >>> 8)
      words[index] = w
    }
  }
}

/** Computes FNV-1a of the name, starting from the seed. */
function hash(seed: number, name: number | string): number {
  let value = 0x811c_9dc5 ^ Math.imul(seed | 0, 0x9e37_79b1) ^ Math.floor(seed / 2 ** 32)
  for (const character of String(name))
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x0100_0193)
  return value
}
