/** Characters; shorter texts are words that any message may contain. */
const minSecretLength = 8

/**
 * Collects the texts of a request that an error message must not repeat: each text value but the
 * model's name, and each long word with a digit in it, which may be a key. Takes time in proportion
 * to the size of the request, so it is called only after a failure.
 */
export function collectSecrets(body: unknown): string[] {
  const secrets = new Set<string>()
  function visitValue(value: unknown): void {
    if (typeof value === 'string') {
      if (value.trim().length >= minSecretLength) secrets.add(value.trim())
      for (const word of value.split(/[\s"'{}[\],]+/))
        if (word.length >= minSecretLength && /\d/.test(word)) secrets.add(word)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, entry] of Object.entries(value)) if (name !== 'model') visitValue(entry)
    }
  }
  visitValue(body)
  return [...secrets]
}

/** Characters; a message may share shorter pieces with any text. */
const minEchoLength = 16

/**
 * Replaces what a message repeats of a request by `…`: each whole secret, and each longer piece of
 * one, because servers quote texts in part, escaped or cut.
 */
export function removeSecrets(message: string, secrets: readonly string[]): string {
  // The longest first: removing a shorter one inside it would leave the rest in the message.
  const text = secrets
    .filter(Boolean)
    .sort((a, b) => b.length - a.length)
    .reduce((cleanText, secret) => cleanText.replaceAll(secret, '…'), message)
  const echoes = findEchoes(text, secrets)
  return echoes.reduceRight(
    (cleanText, [start, end]) => `${cleanText.slice(0, start)}…${cleanText.slice(end)}`,
    text,
  )
}

/** Ranges of `message` that are pieces of a secret, in order. Linear in the length of both. */
function findEchoes(message: string, secrets: readonly string[]): readonly [number, number][] {
  const starts = new Map<string, number[]>()
  for (let at = 0; at + minEchoLength <= message.length; at++) {
    const piece = message.slice(at, at + minEchoLength)
    starts.set(piece, [...(starts.get(piece) ?? []), at])
  }
  const echoedStarts = new Set<number>()
  for (const secret of secrets)
    for (let at = 0; at + minEchoLength <= secret.length; at++)
      for (const start of starts.get(secret.slice(at, at + minEchoLength)) ?? [])
        echoedStarts.add(start)

  const ranges: [number, number][] = []
  for (const start of [...echoedStarts].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && start <= last[1]) last[1] = start + minEchoLength
    else ranges.push([start, start + minEchoLength])
  }
  return ranges
}
