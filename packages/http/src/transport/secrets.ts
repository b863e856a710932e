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
