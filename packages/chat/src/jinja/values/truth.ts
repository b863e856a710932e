import { lengthOf } from './sequence.ts'
import type { Value } from './value.ts'

/** `bool(value)` of Python. */
export function isTrue(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (value.type === 'text') return value.string !== ''
  return lengthOf(value) !== 0
}
