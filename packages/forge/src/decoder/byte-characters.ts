/**
 * GPT-2's character for each byte: the byte itself where it is printable, else a character from
 * U+0100 on, in order.
 */
export const byteCharacters: readonly string[] = listByteCharacters()

function listByteCharacters(): readonly string[] {
  let replacedCount = 0
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCodePoint(isPrintable ? byte : 256 + replacedCount++)
  })
}
