const encoder = new TextEncoder()

/** Finds the tokens for the bytes of a text, such as `<0x0A>`; none where one is missing. */
export function findByteTokens(
  ids: ReadonlyMap<string, number>,
): (text: string) => readonly number[] | undefined {
  const byteIds = Array.from({ length: 256 }, (_, byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  )
  return (text) => {
    const tokens = Array.from(encoder.encode(text), (byte) => byteIds[byte])
    const byteTokens = tokens.filter((id) => id !== undefined)
    return byteTokens.length === tokens.length ? byteTokens : undefined
  }
}
