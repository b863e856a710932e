/**
 * The byte that each character of a byte-level vocabulary stands for: printable characters of
 * Latin-1 stand for themselves, all other bytes for the characters from U+0100 on.
 * @see https://github.com/openai/gpt-2/blob/master/src/encoder.py
 */
export const byteOf: ReadonlyMap<string, number> = (() => {
  let unseen = 0
  return new Map(
    Array.from({ length: 256 }, (_, byte) => {
      const seen = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
      return [String.fromCodePoint(seen ? byte : 0x100 + unseen++), byte] as const
    }),
  )
})()

const characterOf = [...byteOf.keys()]

/** Bytes as a byte-level vocabulary spells them, a character each. */
export function toByteLevel(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => characterOf[byte]).join('')
}
