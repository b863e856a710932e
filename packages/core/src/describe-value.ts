/**
 * Describes a value in an error message. Of a text, a list or an object it says only the kind: what
 * is in it may be a prompt or a key.
 */
export function describeValue(value: unknown): string {
  if (
    value === undefined ||
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return String(value)
  if (typeof value === 'string') return 'a text'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
