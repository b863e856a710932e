/**
 * JSON as Python's `json.dumps` spaces it, which is what models were trained on: `{"a": [1, 2]}`.
 */
export function toSpacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toSpacedJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${toSpacedJson(entry)}`).join(', ')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
