import { fileError } from '../file-error.ts'

/** The longest text in bytes that is replaced as one character of several code points. */
const maxClusterBytes = 5

const maxCachedCharacters = 10_000

const encoder = new TextEncoder()
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Replaces characters as the map of a SentencePiece model says. The map is, in base64, the length
 * of a trie, the trie as a double array, and the replacements, each ended by a zero byte. As the
 * reference does, the first entry that is a prefix of a character replaces the whole of it.
 * @see https://github.com/huggingface/spm_precompiled
 * @see https://github.com/s-yata/darts-clone
 */
export function charsmapNormalizer(base64: string, name: string): (text: string) => string {
  const { units, replacements } = parseCharsmap(base64, name)

  /** Of characters that were seen. */
  const cache = new Map<string, string | undefined>()

  function findReplacement(character: string): string | undefined {
    const start = findFirst(units, encoder.encode(character))
    if (start === undefined) return undefined
    const end = replacements.indexOf(0, start)
    return new TextDecoder().decode(replacements.subarray(start, end < 0 ? undefined : end))
  }

  function replace(character: string): string | undefined {
    if (!cache.has(character)) {
      if (cache.size >= maxCachedCharacters) cache.clear()
      cache.set(character, findReplacement(character))
    }
    return cache.get(character)
  }

  const replaceCodePoints = (text: string) =>
    Array.from(text, (character) => replace(character) ?? character).join('')
  return (text) =>
    Array.from(clusters.segment(text), ({ segment }) => {
      // Most are one character of one UTF-16 unit.
      const isShort = segment.length === 1 || encoder.encode(segment).length <= maxClusterBytes
      return (isShort ? replace(segment) : undefined) ?? replaceCodePoints(segment)
    }).join('')
}

interface Charsmap {
  readonly units: Uint32Array
  readonly replacements: Uint8Array
}

function parseCharsmap(base64: string, name: string): Charsmap {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    const trieLength = view.getUint32(0, true)
    const units = Uint32Array.from({ length: trieLength / 4 }, (_, index) =>
      view.getUint32(4 + 4 * index, true),
    )
    return { units, replacements: bytes.subarray(4 + trieLength) }
  } catch (cause) {
    throw fileError(name, 'the map of characters of its normalizer is broken', cause)
  }
}

/** The value of the shortest key that the bytes start with. */
function findFirst(units: Uint32Array, bytes: Uint8Array): number | undefined {
  let position = offsetOf(units[0] ?? 0)
  for (const byte of bytes) {
    if (byte === 0) return undefined
    position ^= byte
    const unit = units[position] ?? 0
    // The label of a unit, and the bit that marks a value.
    if ((unit & 0x8000_00ff) !== byte) return undefined
    position ^= offsetOf(unit)
    const hasValue = (unit & 0x100) !== 0
    if (hasValue) return (units[position] ?? 0) & 0x7fff_ffff
  }
  return undefined
}

/** The upper 22 bits, times 256 where bit 9 says so. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}
