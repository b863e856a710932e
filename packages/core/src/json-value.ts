import * as z from 'zod/mini'
import { runSteps, type Steps } from './schema/steps.ts'

/** Levels of lists and objects in JSON, beyond which no stack is safe. */
const maxDepth = 1_000

/** The values that are checked in one step. */
const stepLength = 500

/**
 * JSON as plain data, which is not copied. zod's own schema of JSON takes twenty times as long: a
 * request may have 100,000 constants.
 */
export const jsonValue = z.custom<z.core.util.JSONType>(
  (value) => runSteps(isJsonInSteps([value])),
  { error: `Invalid input: expected JSON of at most ${maxDepth} levels` },
)

/** Whether all of some values are JSON, found in steps. */
export function* isJsonInSteps(values: readonly unknown[]): Steps<boolean> {
  /** The members of each list and object that the walk is in, and how many it has seen. */
  const levels: { readonly members: readonly unknown[]; seenCount: number }[] = []
  levels.push({ members: values, seenCount: 0 })
  let count = 0
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    if (++count % stepLength === 0) yield
    if (level.seenCount === level.members.length) {
      levels.pop()
      continue
    }
    const value = level.members[level.seenCount++]
    if (!hasMembers(value)) {
      if (!isJsonScalar(value)) return false
      continue
    }
    const members = listMembers(value)
    if (!members || levels.length > maxDepth) return false
    levels.push({ members, seenCount: 0 })
  }
  return true
}

function hasMembers(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isJsonScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}

/** The members of a list or a plain object; undefined for an object of a class. */
function listMembers(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  return isPlainObject(value) ? Object.values(value) : undefined
}

/** Whether an object has no class; that of another realm has another `Object.prototype`. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
