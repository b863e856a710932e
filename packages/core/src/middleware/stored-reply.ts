import { finishReasons, type Part } from '../part.ts'
import { isJsonObject } from '../schema-keywords.ts'

/** A reply as the text that stores hold. Times are those of one call, and are left out. */
export function writeStoredReply(parts: readonly Part[]): string {
  return JSON.stringify(
    parts.map((part) => (part.type === 'finish' ? { ...part, timings: {} } : part)),
  )
}

/** The reply that a store holds, or nothing where it holds something else. */
export function readStoredReply(text: unknown): readonly Part[] | undefined {
  if (typeof text !== 'string') return undefined
  let parts: unknown
  try {
    parts = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || !parts.every(isPart)) return undefined
  // One finish, and nothing behind it.
  const firstFinish = parts.findIndex(({ type }) => type === 'finish')
  return firstFinish >= 0 && firstFinish === parts.length - 1 ? parts : undefined
}

function isPart(part: unknown): part is Part {
  if (!isJsonObject(part)) return false
  const { type, text, id, name, finishReason, usage } = part
  if (type === 'text' || type === 'reasoning') return typeof text === 'string' && text !== ''
  if (type === 'tool-call') return typeof id === 'string' && typeof name === 'string'
  const reasons: readonly unknown[] = finishReasons
  return type === 'finish' && reasons.includes(finishReason) && isJsonObject(usage)
}
