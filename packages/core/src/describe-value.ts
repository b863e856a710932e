/** A value for a message: of what is not plain, its kind alone. */
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
