import * as z from 'zod/mini'
import { finishReasons, type Part } from '../part.ts'

const textPart = z.looseObject({
  type: z.enum(['text', 'reasoning']),
  text: z.string().check(z.minLength(1)),
})
const callPart = z.looseObject({
  type: z.literal('tool-call'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
})
const finishPart = z.looseObject({
  type: z.literal('finish'),
  finishReason: z.enum(finishReasons),
  usage: z.record(z.string(), z.number()),
  timings: z.record(z.string(), z.number()),
})
const replySchema = z.array(z.union([textPart, callPart, finishPart]))

/** A reply as the text that stores hold. Times are those of one call, and are left out. */
export function writeStoredReply(parts: readonly Part[]): string {
  return JSON.stringify(
    parts.map((part) => (part.type === 'finish' ? { ...part, timings: {} } : part)),
  )
}

/** The reply that a store holds, or nothing where it holds something else. */
export function readStoredReply(text: unknown): readonly Part[] | undefined {
  if (typeof text !== 'string') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { data: parts } = z.safeParse(replySchema, value)
  // One finish, and nothing behind it.
  const firstFinish = parts?.findIndex(({ type }) => type === 'finish')
  return parts && firstFinish === parts.length - 1 ? (parts as readonly Part[]) : undefined
}
