import type { NanoError } from '@nano/core'
import { type GgufHeader, valueKinds } from './read-header.ts'

/** The error for a key of a header whose value cannot be right. */
export type KeyFault = (key: string, reason: string) => NanoError

/**
 * Compares the arrays of a vocabulary: the runtime reads as many types and scores as there are
 * tokens, and ends the process over a token that comes twice.
 */
export function assertVocabulary({ values }: GgufHeader, fault: KeyFault): void {
  const tokens = values.get('tokenizer.ggml.tokens')
  if (tokens === undefined) return
  if (typeof tokens !== 'object' || tokens.kind !== valueKinds.string)
    throw fault('tokenizer.ggml.tokens', 'are not texts')
  const repeatedToken = findRepeated(tokens.items.filter((token) => token !== ''))
  if (repeatedToken !== undefined) {
    const text = Buffer.from(String(repeatedToken), 'latin1').toString()
    throw fault('tokenizer.ggml.tokens', `have ${JSON.stringify(text)} twice`)
  }
  for (const { name, kind, minLength } of [
    { name: 'token_type', kind: valueKinds.int32, minLength: tokens.length },
    { name: 'scores', kind: valueKinds.float32, minLength: tokens.length },
    { name: 'merges', kind: valueKinds.string, minLength: 0 },
  ]) {
    const array = values.get(`tokenizer.ggml.${name}`)
    if (array === undefined) continue
    if (typeof array !== 'object' || array.kind !== kind)
      throw fault(`tokenizer.ggml.${name}`, 'have the wrong type')
    if (array.length < minLength)
      throw fault(
        `tokenizer.ggml.${name}`,
        `are ${array.length}, and there are ${minLength} tokens`,
      )
  }
}

function findRepeated<T>(items: readonly T[]): T | undefined {
  const seenItems = new Set<T>()
  return items.find((item) => seenItems.size === seenItems.add(item).size)
}
