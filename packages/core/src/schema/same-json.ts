import { isJsonObject } from '../schema-keywords.ts'

/** Whether two values are the same in JSON. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]))
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameJson(a[name], b[name]))
  )
}

/** What a comparison with a value costs: it reads all names of an object. */
export function comparisonCost(value: unknown): number {
  if (Array.isArray(value)) return 1 + value.length
  return isJsonObject(value) ? 1 + Object.keys(value).length : 1
}

/** A text that is the same for the same JSON only, whatever the order of names. */
export function toJsonKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJsonKey).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${toJsonKey(value[name])}`).join()}}`
}
