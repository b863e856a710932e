/** Shorter texts are words of any message. */
const shortest = 8

/**
 * What callers wrote into a request, but for the model's name, which errors must not repeat: each
 * text of it, and each long word with a digit in it, which is what a key looks like. Costs time
 * with the size of the request, and only when it failed.
 */
export function secretsOf(body: unknown): string[] {
  const found = new Set<string>()
  function walk(value: unknown): void {
    if (typeof value === 'string') {
      if (value.trim().length >= shortest) found.add(value.trim())
      for (const word of value.split(/[\s"'{}[\],]+/))
        if (word.length >= shortest && /\d/.test(word)) found.add(word)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, entry] of Object.entries(value)) if (name !== 'model') walk(entry)
    }
  }
  walk(body)
  return [...found]
}
